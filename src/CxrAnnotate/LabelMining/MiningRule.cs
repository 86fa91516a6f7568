namespace CxrAnnotate;

/// <summary>How an annotation is read: the part of label mining in which the protocols differ.</summary>
internal abstract class MiningRule
{
    private readonly HashSet<string> _normalTokens;

    private MiningRule(MineLabelsOptions options)
    {
        _normalTokens = new HashSet<string>(options.NormalTerms.Select(MeshNormalization.Token), StringComparer.Ordinal);
        NormalForm = options.NormalTerms.Count == 0 ? null : options.NormalTerms[0].Trim();
        NormalLabel = NormalForm is null ? null : MeshNormalization.Token(NormalForm);
    }

    /// <summary>The name of the label of rows without findings; null if no term stands for that.</summary>
    internal string? NormalLabel { get; }

    private string? NormalForm { get; }

    internal static MiningRule Of(MineLabelsOptions options) =>
        options.Protocol == MiningProtocol.Paper ? new PaperRule(options) : new StrictRule(options);

    /// <summary>Reads one row; null if its annotation has no term or cannot be read.</summary>
    /// <param name="mesh">The full terms.</param>
    /// <param name="meshTop">The top terms; read only by the paper's rule.</param>
    /// <param name="forms">Counts how tokens are written; null to read only.</param>
    internal abstract RowFindings? Read(string mesh, string meshTop, WordForms? forms);

    private bool IsNormal(string token) => _normalTokens.Contains(token);

    private RowFindings Normal(WordForms? forms, bool separated)
    {
        forms?.AddHeading(NormalLabel!, NormalForm!);
        return new RowFindings(
            [
                [NormalLabel!],
            ],
            separated
        );
    }

    private sealed class StrictRule(MineLabelsOptions options) : MiningRule(options)
    {
        internal override RowFindings? Read(string mesh, string meshTop, WordForms? forms)
        {
            if (!MeshAnnotation.TryParse(mesh, out MeshAnnotation? annotation))
                return null;
            MeshTerm[] findings = [.. annotation.Terms.Where(term => !IsNormal(MeshNormalization.Token(term.ToString())))];
            if (findings.Length == 0)
                return Normal(forms, separated: true);
            string[][] groups = Array.ConvertAll(findings, CaptionText.Tokenize);
            if (forms is not null)
            {
                for (int i = 0; i < groups.Length; i++)
                {
                    forms.AddHeading(groups[i][0], findings[i].Heading);
                    for (int j = 1; j < groups[i].Length; j++)
                        forms.AddQualifier(groups[i][j], findings[i].Qualifiers[j - 1]);
                }
            }
            return new RowFindings(groups, separated: true);
        }
    }

    private sealed class PaperRule(MineLabelsOptions options) : MiningRule(options)
    {
        internal override RowFindings? Read(string mesh, string meshTop, WordForms? forms)
        {
            string[] tops = Terms(meshTop),
                full = Terms(mesh);
            if (tops.Length == 0 || full.Length == 0)
                return null;
            if (Array.TrueForAll(tops, top => IsNormal(MeshNormalization.Token(top))))
                return Normal(forms, separated: false);
            string[][] groups = new string[tops.Length][];
            for (int i = 0; i < tops.Length; i++)
            {
                // The first full term that has the top term anywhere in it: "granuloma" is found in "calcified granuloma/lung" (quirk a of 1.3).
                string? match = Array.Find(full, term => term.Contains(tops[i], StringComparison.OrdinalIgnoreCase));
                string[] parts = match is not null && match.Length > tops[i].Length ? match[(tops[i].Length + 1)..].Split('/') : [];
                groups[i] = [MeshNormalization.Token(tops[i]), .. parts.Select(MeshNormalization.Token)];
                forms?.AddHeading(groups[i][0], tops[i]);
                bool isPrefix = match is not null && match.StartsWith(tops[i], StringComparison.OrdinalIgnoreCase);
                for (int j = 0; forms is not null && isPrefix && j < parts.Length; j++)
                {
                    if (groups[i][j + 1].Length > 0)
                        forms.AddQualifier(groups[i][j + 1], parts[j].Trim());
                }
            }
            return new RowFindings(groups, separated: false);
        }

        private static string[] Terms(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
