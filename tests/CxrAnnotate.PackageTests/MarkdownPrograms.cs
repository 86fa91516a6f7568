using System.Text;
using System.Text.RegularExpressions;

namespace CxrAnnotate.PackageTests;

/// <summary>
/// Makes one program of the C# blocks of a page, in their order, as a reader would paste them one below the other: usings first, types last. A page
/// that does not make an
/// MLContext itself is given <c>ml</c> and <c>cxr</c>, under the names that all pages use.
/// </summary>
internal static partial class MarkdownPrograms
{
    /// <summary>The program, or null where the page has no C#.</summary>
    internal static string? Of(string markdown)
    {
        string[] blocks = [.. Block().Matches(markdown.ReplaceLineEndings("\n")).Select(m => m.Groups[1].Value)];
        if (blocks.Length == 0)
            return null;
        var usings = new SortedSet<string>(StringComparer.Ordinal) { "using CxrAnnotate;", "using Microsoft.ML;" };
        var statements = new StringBuilder();
        var types = new StringBuilder();
        if (!blocks.Any(b => b.Contains("var ml = ", StringComparison.Ordinal)))
            statements.AppendLine("var ml = new MLContext(seed: 2016);").AppendLine("ChestXrayCatalog cxr = ml.ChestXray();");
        foreach (string block in blocks)
        {
            bool inTypes = false;
            foreach (string line in block.Split('\n'))
            {
                if (Using().IsMatch(line))
                {
                    usings.Add(line.Trim());
                    continue;
                }

                inTypes |= TypeDeclaration().IsMatch(line);
                (inTypes ? types : statements).AppendLine(line);
            }
        }

        return $"{string.Join('\n', usings)}\n\n{statements}\n{types}";
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [\w.]+;\s*$")]
    private static partial Regex Using();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|partial|readonly)\s+)*(?:class|record|struct|enum|interface)\s+\w")]
    private static partial Regex TypeDeclaration();
}
