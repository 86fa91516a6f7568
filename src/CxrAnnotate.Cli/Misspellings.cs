using System.CommandLine;
using System.CommandLine.Parsing;

namespace CxrAnnotate.Cli;

/// <summary>
/// Finds mistyped options. The parser takes such a word for a file name or the value of the preceding option: a mistyped <c>--recursive</c> would
/// silently read less.
/// </summary>
internal static class Misspellings
{
    /// <summary>The dashes that text editors and web pages substitute for one or two hyphens.</summary>
    private const string Dashes = "\u2010\u2011\u2012\u2013\u2014\u2212";

    /// <summary>
    /// One line for each word that looks like an option but is not one. Words after <c>--</c> are names, whatever they begin with.
    /// </summary>
    /// <param name="parsed">The parsed command line.</param>
    /// <param name="arguments">The words of the command line.</param>
    internal static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        int end = arguments.ToList().IndexOf("--");
        // Words are compared as they were given: --out=--x is unambiguous.
        HashSet<string> given = [.. end < 0 ? arguments : arguments.Take(end)],
            names = [.. end < 0 ? [] : arguments.Skip(end + 1)];
        Command command = parsed.CommandResult.Command;
        var lines = new List<string>();
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            foreach (string word in result.Tokens.Select(token => token.Value).Where(given.Contains))
            {
                if (result is ArgumentResult && LooksLikeOption(word) && !names.Contains(word))
                    lines.Add(Line(command, word));
                else if (result is OptionResult option && LooksLikeOption(word) && !IsNumber(word))
                    lines.Add($"{Line(command, word)} If '{word}' is the value of {option.Option.Name}, write {option.Option.Name}={word}.");
            }
        }

        lines.AddRange(parsed.UnmatchedTokens.Where(word => given.Contains(word) && LooksLikeOption(word)).Select(word => Line(command, word)));
        return [.. lines.Distinct()];
    }

    /// <summary>The known name closest to a misspelled word, or null.</summary>
    internal static string? Nearest(string word, IEnumerable<string> known)
    {
        string meant = Bare(word);
        return known
            .Select(name => (Name: name, Distance: Distance(meant, Bare(name))))
            .Where(candidate => candidate.Distance <= Math.Max(1, Bare(candidate.Name).Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    private static bool LooksLikeOption(string word) =>
        word.Length > 1 && (word[0] == '-' || (Dashes.Contains(word[0], StringComparison.Ordinal) && !File.Exists(word) && !Directory.Exists(word)));

    private static bool IsNumber(string word) => double.TryParse(word, System.Globalization.CultureInfo.InvariantCulture, out _);

    private static string Line(Command command, string word)
    {
        string name = word.Split('=', ':')[0];
        IEnumerable<string> known = command
            .Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)))
            .SelectMany(option => option.Aliases.Prepend(option.Name))
            .Where(alias => alias.StartsWith("--", StringComparison.Ordinal));
        string verb = command is Verb ? $"cxr {command.Name}" : "cxr";
        string hint = Nearest(name, known) is { } meant ? $" Did you mean {meant}?" : "",
            file = command.Arguments.Count > 0 ? $" To name a file, put it after -- or write ./{word}." : "";
        return $"'{verb}' has no option '{name}'.{hint}{file}";
    }

    private static string Bare(string name) => name.TrimStart([.. Dashes, '-', '/']).ToUpperInvariant();

    /// <summary>
    /// The edit distance: insertions, deletions, substitutions and transpositions of letters; a truncated or extended end counts as one.
    /// </summary>
    private static int Distance(string a, string b)
    {
        if (Math.Min(a.Length, b.Length) >= 3 && (a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal)))
            return Math.Min(1, Math.Abs(a.Length - b.Length));
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] =
                    i == 0 || j == 0
                        ? i + j
                        : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}
