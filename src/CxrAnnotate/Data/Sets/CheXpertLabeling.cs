using System.Globalization;
using CsvHelper;

namespace CxrAnnotate;

/// <summary>
/// The 14 labels of CheXpert (Irvin et al., 2019, <see href="https://arxiv.org/abs/1901.07031"/>) of an annotation in the MeSH grammar: 1 present, 0
/// absent, -1 uncertain, NaN not mentioned. The page on data sets has the table of headings and labels.
/// </summary>
/// <remarks>
/// <para>Of several terms with one label the strongest state counts: present before uncertain before absent.</para>
/// <para>No Finding is 1 if there is an annotation and no other label except Support Devices is present or uncertain; otherwise it is NaN. Findings
/// without a label (a scoliosis) do not count, except those that only say that there is something (<c>Not Normal</c>).</para>
/// <para>As in CheXpert's labeler, a present or uncertain heart failure makes Cardiomegaly uncertain unless it is present.</para>
/// </remarks>
public static class CheXpertLabeling
{
    private const string NoFinding = "No Finding",
        SupportDevices = "Support Devices",
        Cardiomegaly = "Cardiomegaly",
        HeartFailure = "Heart Failure",
        Export = "chexpert export";

    private static readonly string[] _names = [.. LabelMap.Of(CheXpertReader.Source).Names];
    private static readonly int _noFinding = Array.IndexOf(_names, NoFinding),
        _supportDevices = Array.IndexOf(_names, SupportDevices),
        _cardiomegaly = Array.IndexOf(_names, Cardiomegaly);

    /// <summary>By heading: the labels that it stands for, each with the qualifiers that it must have.</summary>
    private static readonly Dictionary<string, List<(int Label, IReadOnlyList<string> Qualifiers)>> _terms = Terms();

    /// <value>The 14 labels in the order of CheXpert's tables, as they are written there; the first is No Finding.</value>
    public static IReadOnlyList<string> Names { get; } = Array.AsReadOnly(_names);

    /// <summary>The labels of an annotation.</summary>
    /// <param name="annotation">The annotation; empty if there is none, so that No Finding is NaN. A heading that begins with "Possible " is
    /// uncertain. Text that is not in the grammar counts as no annotation.</param>
    /// <param name="absent">The names of absent findings (a heading, with or without qualifiers), joined by '|'. A heading without qualifiers stands
    /// for the finding at any place. May be empty.</param>
    /// <param name="uncertain">The names of uncertain findings, as <paramref name="absent"/>.</param>
    /// <returns>The values, in the order of <see cref="Names"/>.</returns>
    public static IReadOnlyList<float> Of(string annotation, string absent = "", string uncertain = "")
    {
        ArgumentNullException.ThrowIfNull(annotation);
        ArgumentNullException.ThrowIfNull(absent);
        ArgumentNullException.ThrowIfNull(uncertain);
        float[] labels = new float[_names.Length];
        Fill(labels, annotation, absent, uncertain);
        return labels;
    }

    /// <summary>Writes a table of labels with 1.0, 0.0, -1.0 and blanks, as CheXpert's own tables have them.</summary>
    /// <remarks>The labels are numbers and not escaped; the other cells are (<see cref="CsvFile.Cell"/>).</remarks>
    /// <param name="path">The file. It is written whole or not at all.</param>
    /// <param name="header">The names of the columns before those of the labels.</param>
    /// <param name="rows">The texts of each row, one for each name in <paramref name="header"/>, and its labels, as <see cref="Of"/> gives
    /// them.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void Write(string path, IReadOnlyList<string> header, IEnumerable<(IReadOnlyList<string> Cells, IReadOnlyList<float> Labels)> rows)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(rows);
        DurableFile.Write(
            path,
            file =>
            {
                using var csv = CsvWriter.Create(file, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
                csv.WriteRecord([.. header, .. _names]);
                foreach ((IReadOnlyList<string> cells, IReadOnlyList<float> labels) in rows)
                    csv.WriteRecord([.. cells.Select(CsvFile.Cell), .. labels.Select(Text)]);
            }
        );
    }

    /// <summary>As <see cref="Of"/>, into a span of 14.</summary>
    internal static void Fill(Span<float> labels, string annotation, string absent, string uncertain)
    {
        labels.Fill(float.NaN);
        bool annotated = MeshAnnotation.TryParse(annotation, out MeshAnnotation? read),
            other = false;
        foreach (MeshTerm term in read?.Terms ?? [])
        {
            bool possible = term.Heading.StartsWith(SourceLabels.Possible, StringComparison.OrdinalIgnoreCase);
            string heading = possible ? term.Heading[SourceLabels.Possible.Length..] : term.Heading;
            other |= Add(labels, heading, term.Qualifiers, possible ? -1 : 1, isName: false);
        }

        foreach (string[] name in Parts(absent))
            Add(labels, name[0], name[1..], 0, isName: true);
        foreach (string[] name in Parts(uncertain))
            other |= Add(labels, name[0], name[1..], -1, isName: true);
        labels[_noFinding] = float.NaN;
        for (int i = 0; i < labels.Length; i++)
            other |= i != _supportDevices && labels[i] is 1 or -1;
        if (annotated && !other)
            labels[_noFinding] = 1;

        static IEnumerable<string[]> Parts(string joined) =>
            joined
                .Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name.Split('/', StringSplitOptions.TrimEntries));
    }

    /// <summary>Adds a finding to its labels.</summary>
    /// <returns>Whether it says that there is a finding without a label.</returns>
    private static bool Add(Span<float> labels, string heading, IReadOnlyList<string> qualifiers, float state, bool isName)
    {
        if (!_terms.TryGetValue(heading, out List<(int Label, IReadOnlyList<string> Qualifiers)>? meant))
            return false;
        bool other = false;
        foreach ((int label, IReadOnlyList<string> required) in meant)
        {
            if (!(isName && qualifiers.Count == 0) && required.Except(qualifiers, StringComparer.OrdinalIgnoreCase).Any())
                continue;
            other |= label == _noFinding && state != 0;
            labels[label] = Stronger(labels[label], state);
        }

        if (state != 0 && heading.Equals(HeartFailure, StringComparison.OrdinalIgnoreCase))
            labels[_cardiomegaly] = Stronger(labels[_cardiomegaly], -1);
        return other;
    }

    private static float Stronger(float one, float two) =>
        one == 1 || two == 1 ? 1
        : one == -1 || two == -1 ? -1
        : 0;

    private static string Text(float label) => float.IsNaN(label) ? "" : label.ToString("0.0", CultureInfo.InvariantCulture);

    private static Dictionary<string, List<(int Label, IReadOnlyList<string> Qualifiers)>> Terms()
    {
        var terms = new Dictionary<string, List<(int Label, IReadOnlyList<string> Qualifiers)>>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < _names.Length; i++)
        {
            // The terms that the label is read as, and the others that it stands for.
            foreach (LabelTerm term in Of(CheXpertReader.Source, _names[i]).Concat(Of(Export, _names[i])).Where(term => !term.IsNormal))
            {
                MeshTerm parsed = MeshAnnotation.Parse(term.ToString()).Terms[0];
                if (!terms.TryGetValue(parsed.Heading, out List<(int Label, IReadOnlyList<string> Qualifiers)>? meant))
                    terms.Add(parsed.Heading, meant = []);
                meant.Add((i, parsed.Qualifiers));
            }
        }

        return terms;

        static IReadOnlyList<LabelTerm> Of(string map, string label) =>
            LabelMap.Of(map).TryTerms(label, out IReadOnlyList<LabelTerm> found) ? found : [];
    }
}
