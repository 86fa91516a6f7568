namespace CxrAnnotate.PackageTests;

/// <summary>The programs of README.md and of every page of docs, compiled against the package and run.</summary>
public sealed class DocumentedProgramsTests(Packages packages)
{
    [Fact]
    public void Every_program_of_the_documents_compiles_and_runs()
    {
        (string Page, string Source)[] programs =
        [
            .. from page in Pages()
            let source = MarkdownPrograms.Of(File.ReadAllText(page))
            where source is not null
            select (Path.GetFileNameWithoutExtension(page), source),
        ];
        Assert.Contains(programs, p => p.Page == "README");
        IReadOnlyList<string> built = packages.Build([.. programs.Select(p => packages.WriteProgram("page-" + p.Page, p.Source))]);
        Assert.Multiple([
            .. programs.Select(
                (program, i) =>
                    (Action)(
                        () =>
                        {
                            string folder = packages.Folder("run-" + program.Page);
                            PhantomFolder.Copy(packages.Trained.Folder, folder);
                            Command run = Command.Run(built[i], folder);
                            Assert.True(run.ExitCode == 0, $"The program of {program.Page}.md ended with {run.ExitCode}.\n{run.Output}\n{run.Error}");
                            TestContext.Current.TestOutputHelper?.WriteLine($"{program.Page}.md:\n{run.Output}");
                        }
                    )
            ),
        ]);
    }

    private static IEnumerable<string> Pages() =>
        Directory
            .EnumerateFiles(Path.Combine(Packages.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Prepend(Path.Combine(Packages.Root, "README.md"));
}
