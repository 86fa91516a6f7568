using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr compare</c>: compares runs on the radiographs that they held out.</summary>
internal sealed class CompareVerb : Verb
{
    private readonly Argument<DirectoryInfo[]> _runs = new Argument<DirectoryInfo[]>("RUN")
    {
        Description = "Runs of 'cxr train' that held out the same rows; the others are compared with the first.",
        Arity = new ArgumentArity(2, 100),
    };

    private readonly Option<FileInfo?> _html = new("--html") { HelpName = "FILE", Description = "Also write the tables as an HTML page." };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    internal CompareVerb()
        : base("compare", "Compare runs on the same held-out radiographs: differences of all figures, with 95 % intervals by the paired bootstrap.")
    {
        Add(_runs);
        Add(_html);
        Add(_force);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("What does another network change?", "cxr compare run other"),
        new("Three runs, as a page", "cxr compare run other third --html compared.html"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string[] runs = [.. parsed.GetRequiredValue(_runs).Select(run => run.ToString())];
        string? html = parsed.GetValue(_html)?.ToString();
        if (html is not null)
            OutputPath.ClaimFile(html, "--html", OutputKind.Page, parsed.GetValue(_force), runs);
        RunComparison compared = RunComparison.Of(runs, session.CreateContext(), cancellation);
        if (html is not null)
            new SectionsPage(
                "Trained runs compared",
                "Runs on the same held-out radiographs. A difference is more than chance where its interval excludes 0.",
                [.. compared.Tables.Select(table => new PageSection(table.Title, []) { Tables = [EvaluationPage.Table(table)] })]
            )
            {
                Notes = compared.Notes,
            }.WriteHtml(html);
        session.Progress.Finish();
        if (session.WantsJson)
        {
            session.WriteJson(compared.Document);
            return;
        }

        foreach (ResultTable table in compared.Tables)
            session.Console.Write(table);
        foreach (string note in compared.Notes)
            session.Console.Say($"[grey]{note}[/]");
        if (html is not null)
            session.Console.Say($"The page is [bold]{html}[/].");
    }
}
