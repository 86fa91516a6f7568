namespace CxrAnnotate.Cli;

/// <summary>The files of an evaluation report: the page, and beside it the same figures and cases for programs.</summary>
/// <param name="Page">The page.</param>
/// <param name="Metrics">All figures (JSON).</param>
/// <param name="Cases">All cases (CSV).</param>
internal sealed record ReportFiles(string Page, string Metrics, string Cases)
{
    /// <summary>The names of the files in a folder.</summary>
    internal static readonly IReadOnlyList<string> InFolder = ["index.html", "metrics.json", "cases.csv"];

    /// <summary>The files at a path: of <c>FILE.html</c> that one and others of its name beside it; otherwise those in the folder.</summary>
    internal static ReportFiles Of(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".HTML" or ".HTM"
            ? new(path, Path.ChangeExtension(path, ".metrics.json"), Path.ChangeExtension(path, ".cases.csv"))
            : new(Path.Combine(path, InFolder[0]), Path.Combine(path, InFolder[1]), Path.Combine(path, InFolder[2]));

    /// <summary>Claims the files before the work begins.</summary>
    /// <exception cref="UsageException">One of them cannot be written.</exception>
    internal void Claim(string option, bool force, params string?[] inputs)
    {
        OutputPath.ClaimFile(Page, option, OutputKind.Page, force, inputs);
        OutputPath.ClaimFile(Metrics, option, OutputKind.Text, force, inputs);
        OutputPath.ClaimFile(Cases, option, OutputKind.Text, force, inputs);
    }

    /// <summary>Writes the files.</summary>
    internal void Write(ReportDocument document)
    {
        document.WriteHtml(Page);
        RunFolder.WriteText(Metrics, document.MetricsJson());
        CsvFile.Write(Cases, document.CaseHeader, document.CaseRows());
    }
}

/// <summary>What the tool knows of a measurement, as the content of a page.</summary>
internal static class EvaluationPage
{
    /// <summary>Makes the document of a measurement.</summary>
    /// <param name="measured">The measurement.</param>
    /// <param name="cases">Its cases.</param>
    /// <param name="columns">The columns by which they are grouped.</param>
    /// <param name="about">The title, and a sentence on what was read.</param>
    /// <param name="space">The joint space, and the error slices in it.</param>
    /// <param name="tables">All figures.</param>
    /// <param name="notes">Caveats.</param>
    /// <param name="cancellation">Stops the computation.</param>
    internal static ReportDocument Of(
        CascadeMeasurement measured,
        IReadOnlyList<ReportCase> cases,
        IReadOnlyList<GroupColumn> columns,
        (string Title, string Lead) about,
        (JointSpace Space, IReadOnlyList<ErrorSlice> Slices) space,
        IReadOnlyList<ResultTable> tables,
        IReadOnlyList<string> notes,
        CancellationToken cancellation
    ) =>
        new(
            measured.Reports[measured.Chosen - 1],
            new ReportPage
            {
                Title = about.Title,
                Lead = about.Lead,
                Labels = measured.Scored.Labels,
                Cases = cases,
                Notes = notes,
                Space = space.Space,
                Slices = space.Slices,
                GroupColumns = [.. columns.Select(column => column.Name)],
                Tables = [.. tables.Select(Table)],
                Training = [.. measured.Iterations.SelectMany(Curves)],
                CancellationToken = cancellation,
            }
        );

    private static IEnumerable<TrainingCurve> Curves(CascadeIterationReport iteration)
    {
        foreach (
            (string network, TrainingHistory? history) in ((string, TrainingHistory?)[])
                [("image network", iteration.Classifier), ("decoder", iteration.Decoder)]
        )
        {
            if (history is not { Epochs.Count: > 0 })
                continue;
            yield return new TrainingCurve(
                $"Iteration {iteration.Iteration}, {network}",
                [.. history.Epochs.Select(epoch => epoch.TrainLoss)],
                Known(history.Epochs.Select(epoch => epoch.ValidationLoss)),
                Known(history.Epochs.Select(epoch => epoch.ValidationScore)),
                history.BestEpoch
            );
        }

        static IReadOnlyList<double> Known(IEnumerable<double?> values) =>
            values.All(value => value is null) ? [] : [.. values.Select(value => value ?? double.NaN)];
    }

    /// <summary>A table of the tool as one of a page.</summary>
    internal static PageTable Table(ResultTable table) =>
        new(
            table.Title,
            [.. table.Columns.Select(column => new PageColumn(column.Name, column.IsBaseline))],
            [
                .. table.Rows.Select(row =>
                {
                    int? best = row.Best(table.Columns);
                    return new PageRow(
                        row.Name,
                        row.Meaning,
                        [
                            .. row.Figures.Select((figure, i) =>
                                figure is null ? null : new PageCell(figure.Text(row.Kind), figure.Interval(row.Kind), best == i)
                            ),
                        ]
                    );
                }),
            ],
            table.HasIntervals ? "Below the figures: 95 % intervals. Grey: trivial baselines." : ""
        );
}
