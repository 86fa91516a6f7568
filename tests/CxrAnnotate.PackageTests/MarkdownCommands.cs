using System.Text;
using System.Text.RegularExpressions;

namespace CxrAnnotate.PackageTests;

/// <summary>
/// Makes one shell script of the commands of a page, in their order. A block of commands is fenced as <c>sh</c>. Its first line may be a remark on
/// how it is to be read: <c># in the repository</c> is run there, blocks that begin with <c># needs</c> (data that nobody has here) or <c># takes</c>
/// (a long time) are not run. The page's first program is put where it says that a reader puts it.
/// </summary>
internal static partial class MarkdownCommands
{
    /// <summary>The script, and the blocks that are left out.</summary>
    internal static (string Script, IReadOnlyList<string> LeftOut) Of(string markdown, string repository)
    {
        var script = new StringBuilder("set -euo pipefail\n");
        var leftOut = new List<string>();
        bool programWritten = false;
        foreach (Match block in Block().Matches(markdown.ReplaceLineEndings("\n")))
        {
            string text = block.Groups[2].Value,
                first = text.Split('\n', 2)[0];
            if (block.Groups[1].Value == "csharp")
            {
                if (!programWritten)
                    script.Append("cat > MyApp/Program.cs <<'END OF PROGRAM'\n").Append(text).Append("END OF PROGRAM\n");
                programWritten = true;
            }
            else if (first.StartsWith("# needs ", StringComparison.Ordinal) || first.StartsWith("# takes ", StringComparison.Ordinal))
            {
                leftOut.Add(text);
            }
            else
            {
                script.Append(first == "# in the repository" ? $"cd '{repository}'\n{text}cd \"$OLDPWD\"\n" : text);
            }
        }
        return (script.ToString(), leftOut);
    }

    [GeneratedRegex("^```(sh|csharp)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
