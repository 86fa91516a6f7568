using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// The 14 label columns of CheXpert and MIMIC-CXR: 1 present, 0 absent, -1 uncertain, blank if the report does not mention the finding.
/// </summary>
internal sealed class CheXpertLabels
{
    private readonly (string Label, int Column)[] _columns;
    private readonly SourceLabels _findings;
    private readonly UnusedValues _bad;

    /// <exception cref="InvalidDataException">The table has none of the label columns.</exception>
    internal CheXpertLabels(CsvTable table, UncertaintyPolicy policy, SkippedRows skipped)
    {
        IReadOnlyList<string> names = LabelMap.Of(CheXpertReader.Source).Names;
        _columns = [.. names.Select(name => (name, table.Find(name))).Where(column => column.Item2 >= 0)];
        if (_columns.Length == 0)
            table.Require([.. names]);
        foreach (string name in names.Where(name => table.Find(name) < 0))
            skipped.Note($"no column '{name}'; it counts as not mentioned.");
        // A radiograph without findings may show a tube or a pacemaker.
        _findings = new SourceLabels(
            LabelMap.Of(CheXpertReader.Source),
            policy,
            new UnusedValues("labels"),
            [.. names.Where(name => name is not ("No Finding" or "Support Devices"))]
        );
        _bad = skipped.Values("labels are neither 1, 0, -1 nor blank and count as not mentioned");
    }

    /// <summary>The columns that are read.</summary>
    internal static IReadOnlyList<string> Columns => LabelMap.Of(CheXpertReader.Source).Names;

    internal SourceFindings Of(CsvLine row)
    {
        List<LabelMention> mentions = [];
        foreach ((string label, int column) in _columns)
        {
            string text = row[column];
            if (text.Length == 0)
                continue;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value is not (1 or 0 or -1))
                _bad.Add(row.Line, $"{label}: {text}");
            else
                mentions.Add(
                    new LabelMention(
                        label,
                        value > 0 ? LabelState.Present
                            : value < 0 ? LabelState.Uncertain
                            : LabelState.Absent
                    )
                );
        }

        return _findings.Of(mentions, row.Line);
    }
}
