using System.Globalization;
using System.Text;

namespace CxrAnnotate.Results;

/// <summary>Tables of figures in Markdown, of the readings that there are: readers in rows, figures in columns.</summary>
internal static class ResultTables
{
    private const string UsualSuffix = ": usual annotation";

    private static readonly Estimate _undefined = new(double.NaN);

    /// <summary>The tables of all files.</summary>
    /// <param name="files">The readings, in the order of the rows; those of a set must have the same cases in the same folds.</param>
    /// <param name="resamples">The number of resamples behind each interval.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <exception cref="InvalidDataException">Readings of a set are of different cases or folds.</exception>
    internal static string Of(IReadOnlyList<ReadingsFile> files, int resamples, int seed)
    {
        var text = new StringBuilder();
        text.AppendLine("# Readers on the same folds").AppendLine();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Brackets are 95 % intervals: the bootstrap over patients, {resamples:N0} resamples, seed {seed}. Differences are paired; "
        );
        text.AppendLine("bold ones have an interval without 0.");
        foreach (IGrouping<string, ReadingsFile> set in files.GroupBy(file => file.Set, StringComparer.Ordinal))
        {
            RequireSameFolds([.. set]);
            Append(text, [.. set], resamples, seed);
        }

        AppendCosts(text, files);
        return text.ToString();
    }

    private static void RequireSameFolds(ReadingsFile[] files)
    {
        foreach (ReadingsFile other in files.Skip(1))
            if (!other.Cases.SequenceEqual(files[0].Cases))
                throw new InvalidDataException(
                    $"The readings of '{other.Set}' by '{files[0].Reader}' and by '{other.Reader}' are of different cases or folds (seeds "
                        + $"{files[0].Seed} and {other.Seed}, {files[0].Folds} and {other.Folds} folds). Run one of them again."
                );
    }

    private static void Append(StringBuilder text, ReadingsFile[] files, int resamples, int seed)
    {
        FoldedCase[] cases = files[0].Cases;
        ReaderOutput[] outputs = [.. files.SelectMany(file => file.Outputs)];
        ReaderOutput[] usual =
        [
            .. files
                .Where(file => AllReaders.Writes(file.Reader))
                .SelectMany(file => file.Outputs)
                .Select(output => UsualAnnotations.Instead(output, cases) with { Name = output.Name + UsualSuffix }),
        ];
        var figures = new SetFigures(cases, [.. outputs, .. usual], resamples, seed);
        string[] names = [.. outputs.Select(output => output.Name)],
            withUsual = [.. outputs.Concat(usual).Select(output => output.Name)];
        string[] sources =
        [
            .. cases
                .Select(one => one.Source)
                .Where(source => source.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        CasePart[] within = sources.Length > 1 ? [.. sources.Select(source => new CasePart(source))] : [];
        CasePart[] abnormal = [new(IsAbnormal: true), .. within.Select(part => part with { IsAbnormal = true })];

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {files[0].Set}: {cases.Length:N0} images, {files[0].Folds} folds");
        Section("Disease", DiseaseColumns(within), names);
        Section("Side and severity, by the probabilities of words", ContextColumns(within.Length > 0 ? within : [new()]), names);
        Section("Annotations of all images", AnnotationColumns(new()), withUsual, againstUsual: true);
        foreach (CasePart part in abnormal)
            Section(
                $"Annotations of abnormal images{(part.Source is { } source ? $", {source}" : "")}",
                AnnotationColumns(part),
                withUsual,
                againstUsual: true
            );

        void Section(string title, FigureColumn[] columns, string[] rows, bool againstUsual = false)
        {
            Table(
                title,
                columns,
                [.. rows.Select(row => (row, (Func<CasePart, AnnotationFigures>)(part => figures.Of(row, part))))],
                isDifference: false
            );
            Differences($"minus {AllReaders.Stock}", row => row is AllReaders.Stock or AllReaders.Stock + UsualSuffix ? null : AllReaders.Stock);
            Differences("minus the control", ControlOf);
            Differences("minus the reader that it is a variant of", OriginalOf);
            if (againstUsual)
                Differences("minus the most frequent annotation of its label within the source", row => row + UsualSuffix);

            // Rows without the other output have no difference.
            void Differences(string from, Func<string, string?> otherOf)
            {
                (string Row, string Other)[] pairs =
                [
                    .. rows.Select(row => (Row: row, Other: otherOf(row)))
                        .Where(pair => pair.Other is not null && rows.Contains(pair.Other))
                        .Select(pair => (pair.Row, pair.Other!)),
                ];
                Table(
                    $"{title}: {from}",
                    columns,
                    [
                        .. pairs.Select(pair =>
                            (pair.Row, (Func<CasePart, AnnotationFigures>)(part => figures.Difference(pair.Row, pair.Other, part)))
                        ),
                    ],
                    isDifference: true
                );
            }
        }

        void Table(string title, FigureColumn[] columns, (string Name, Func<CasePart, AnnotationFigures> Of)[] rows, bool isDifference)
        {
            Estimate[][] values = [.. rows.Select(row => columns.Select(column => column.Figure(row.Of(column.Part))).ToArray())];
            int[] shown = [.. Enumerable.Range(0, columns.Length).Where(k => values.Any(row => !double.IsNaN(row[k].Value)))];
            if (shown.Length == 0)
                return;
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {title}").AppendLine();
            AppendRow(
                [
                    "reader",
                    .. shown.Select(k =>
                    {
                        // A reader without a figure, such as one without words, knows no count either.
                        int filled = Array.FindIndex(values, row => !double.IsNaN(row[k].Value));
                        return $"{columns[k].Title} ({columns[k].Count(rows[filled].Of(columns[k].Part))})";
                    }),
                ]
            );
            text.AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(Enumerable.Repeat("--:|", shown.Length))}");
            for (int r = 0; r < rows.Length; r++)
                if (shown.Any(k => !double.IsNaN(values[r][k].Value)))
                    AppendRow([rows[r].Name, .. shown.Select(k => isDifference ? Difference(values[r][k]) : Value(values[r][k]))]);
        }

        void AppendRow(string[] cells) => text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
    }

    /// <summary>The control of an iteration of the cascade, trained as long without relabeling; null for the control itself.</summary>
    private static string? ControlOf(string output) =>
        output.EndsWith(UsualSuffix, StringComparison.Ordinal) || output.EndsWith(CascadeReader.ControlSuffix, StringComparison.Ordinal)
            ? null
            : ReaderOf(output) + CascadeReader.ControlSuffix;

    private static string? OriginalOf(string output) =>
        AllReaders.OriginalOf(ReaderOf(output)) is { } original ? original + output[ReaderOf(output).Length..] : null;

    private static string ReaderOf(string output) => output.Split(',', ':')[0];

    private static FigureColumn[] DiseaseColumns(CasePart[] within)
    {
        var all = new CasePart();
        return
        [
            new("accuracy", all, f => f.Accuracy, f => $"n {f.LabelledCases}"),
            new("macro-F1", all, f => f.MacroF1, f => $"{f.Labels.Count(label => label.Support > 0)} labels, n {f.LabelledCases}"),
            Abnormal("AUROC normal vs abnormal", all),
            .. within.Select(part => Abnormal($"AUROC {part.Source}", part)),
        ];

        static FigureColumn Abnormal(string title, CasePart part) =>
            new(title, part, f => f.AbnormalAuroc, f => $"{Normal(f)} vs {f.Cases - Normal(f)}");

        static int Normal(AnnotationFigures figures) => figures.Labels.FirstOrDefault(label => label.Label == MeshAnnotation.Normal)?.Support ?? 0;
    }

    private static FigureColumn[] ContextColumns(CasePart[] within) =>
        [
            .. within.Select(part => Ranked("side, right vs left", part, AnnotationSlots.Side)),
            .. within.Select(part => Ranked("severity", part, AnnotationSlots.Severity)),
        ];

    private static FigureColumn Ranked(string title, CasePart part, int slot) =>
        new(
            part.Source is { } source ? $"{title}: {source}" : title,
            part with { IsAbnormal = true },
            f => SlotOf(f, slot)?.Auroc ?? _undefined,
            f => $"n {SlotOf(f, slot)?.RankedCases ?? 0}"
        );

    private static FigureColumn[] AnnotationColumns(CasePart part) =>
        [
            .. Enumerable
                .Range(1, CaptionMetrics.MaximumOrder)
                .Select(n => new FigureColumn($"BLEU-{n}", part, f => f.Bleu[n - 1], f => $"n {f.AnnotatedCases}")),
            new("exact match", part, f => f.ExactMatch, f => $"n {f.AnnotatedCases}"),
            .. AnnotationSlots.Names.Select(
                (name, slot) =>
                    new FigureColumn($"{name} right", part, f => SlotOf(f, slot)?.Accuracy ?? _undefined, f => $"n {SlotOf(f, slot)?.Cases ?? 0}")
            ),
        ];

    private static SlotFigures? SlotOf(AnnotationFigures figures, int slot) => figures.Slots.ElementAtOrDefault(slot);

    private static void AppendCosts(StringBuilder text, IEnumerable<ReadingsFile> files)
    {
        text.AppendLine().AppendLine("## Time and memory").AppendLine();
        text.AppendLine("All folds together, in a process of its own, from the image files on: features or trainings, and readings.").AppendLine();
        text.AppendLine("| set | reader | seconds | seconds of processor time | peak memory, MB |").AppendLine("|---|---|--:|--:|--:|");
        foreach (ReadingsFile file in files)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {file.Set} | {file.Reader} | {file.Cost.Seconds:F0} | {file.Cost.ProcessorSeconds:F0} | {file.Cost.PeakMemoryBytes / 1e6:F0} |"
            );
    }

    private static string Value(Estimate estimate) =>
        double.IsNaN(estimate.Value) ? "-"
        : double.IsNaN(estimate.Low) ? string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:F3}")
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:F3} ({estimate.Low:F3}–{estimate.High:F3})");

    private static string Difference(Estimate estimate)
    {
        if (double.IsNaN(estimate.Value))
            return "-";
        string text = string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:+0.000;-0.000;0.000}");
        if (double.IsNaN(estimate.Low))
            return text;
        text += string.Create(CultureInfo.InvariantCulture, $" ({estimate.Low:F3}–{estimate.High:F3})");
        return estimate.Low > 0 || estimate.High < 0 ? $"**{text}**" : text;
    }
}
