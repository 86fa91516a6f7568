using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Results;

/// <summary>
/// An annotation table with its mined labels, in folds by patient: those of <see cref="ChestXrayCatalog.CrossValidateCascade"/> for the same seed.
/// All readers read it fold by fold.
/// </summary>
internal sealed class FoldedSet
{
    private readonly int[][] _test;

    private FoldedSet(string? table, IDataView rows, string[] labels, FoldedCase[] cases, int[][] test, int seed)
    {
        Table = table;
        Rows = rows;
        Labels = labels;
        Cases = cases;
        Seed = seed;
        _test = test;
    }

    /// <summary>The annotation table; null if the set is of phantoms, which are drawn and not on disk.</summary>
    internal string? Table { get; }

    /// <summary>The rows of the table, as loaded, in the order of <see cref="Cases"/>; of phantoms, those that are read.</summary>
    internal IDataView Rows { get; }

    /// <summary>What trains and tests each fold of phantoms, which shares no row with the others; null if the folds are those of a table.</summary>
    internal IReadOnlyList<(IDataView Train, IDataView Test)>? Draws { get; private init; }

    /// <summary>The mined labels.</summary>
    internal string[] Labels { get; }

    internal IReadOnlyList<FoldedCase> Cases { get; }

    /// <summary>The number of folds.</summary>
    internal int Folds => _test.Length;

    /// <summary>The seed of the folds.</summary>
    internal int Seed { get; }

    /// <summary>Reads a table and folds it.</summary>
    /// <param name="context">The context.</param>
    /// <param name="table">The table; rows without an annotation are left out, as <c>cxr train</c> does.</param>
    /// <param name="folds">The number of folds.</param>
    /// <param name="seed">The seed of the folds.</param>
    /// <param name="mining">The label mining; null: that of <see cref="RecurrentCascadeOptions.ForRadiographs"/>.</param>
    internal static FoldedSet Load(MLContext context, string table, int folds, int seed, MineLabelsOptions? mining = null)
    {
        ChestXrayCatalog cxr = context.ChestXray();
        RadiographRecord[] records =
        [
            .. context
                .Data.CreateEnumerable<RadiographRecord>(cxr.Data.Load(table), reuseRowObject: false)
                .Where(record => record.Mesh.Length > 0),
        ];
        IDataView rows = cxr.Data.LoadRecords(records);
        IReadOnlyList<StudySplit> splits = cxr.Data.CrossValidationSplitByStudy(
            rows,
            folds,
            validation: 0,
            nameof(RadiographRecord.PatientId),
            seed: seed
        );
        var fold = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int k = 0; k < folds; k++)
            foreach (string patient in splits[k].Test.GetColumn<string>(nameof(RadiographRecord.PatientId)))
                fold[patient] = k;

        IDataView mined = cxr.MineLabels(mining ?? RecurrentCascadeOptions.ForRadiographs.Mining).Fit(rows).Transform(rows);
        var (labels, captions) = Truth(context, mined);
        string folder = Path.GetDirectoryName(Path.GetFullPath(table))!;
        FoldedCase[] cases =
        [
            .. records.Select(
                (record, i) =>
                    new FoldedCase(
                        Path.GetRelativePath(folder, record.ImagePath),
                        record.PatientId,
                        record.Source,
                        record.View,
                        labels[i],
                        captions[i],
                        fold[record.PatientId] + 1
                    )
            ),
        ];
        return new FoldedSet(table, rows, LabelsOf(cases), cases, TestsOf(cases, folds), seed);
    }

    /// <summary>Draws phantoms, and divides them into draws that are trained and read by themselves.</summary>
    /// <param name="context">The context.</param>
    /// <param name="draws">The number of draws: the folds of the set.</param>
    /// <param name="phantoms">The phantoms of a draw; a fifth of their studies is read, the others are trained on. The trainings of the draws have
    /// their seed and those after it.</param>
    /// <param name="part">The part of each draw's training studies that is used, above 0, up to 1. The studies that are read are the same.</param>
    /// <param name="minimumCases">The cases that a label needs, on the average of the draws.</param>
    internal static FoldedSet Draw(MLContext context, int draws, ChestPhantomOptions phantoms, double part, int minimumCases)
    {
        int studies = phantoms.Studies,
            read = studies / 5,
            trained = (int)Math.Round(part * (studies - read));
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView rows = cxr.Data.CreatePhantom(phantoms with { Studies = draws * studies }, validation: 0, test: 0);
        // One mining, so that all draws have the same labels whatever part of them is trained on.
        MineLabelsOptions mining = RecurrentCascadeOptions.ForPhantoms.Mining with { MinimumCases = draws * minimumCases };
        IDataView mined = cxr.MineLabels(mining).Fit(rows).Transform(rows);
        var (labels, captions) = Truth(context, mined);
        string[] ids = [.. mined.GetColumn<string>(nameof(RadiographRecord.StudyId))];
        int[] tested = [.. Enumerable.Range(0, ids.Length).Where(row => row % studies < read)];
        FoldedCase[] cases =
        [
            .. tested.Select(row => new FoldedCase(ids[row], ids[row], "", "", labels[row], captions[row], 1 + (row / studies))),
        ];
        return new FoldedSet(null, mined, LabelsOf(cases), cases, TestsOf(cases, draws), phantoms.Seed)
        {
            Draws =
            [
                .. Enumerable
                    .Range(0, draws)
                    .Select(draw => (Train: Rows((draw * studies) + read, trained), Test: Rows(draw * studies, read))),
            ],
        };

        IDataView Rows(int first, int count) => context.Data.TakeRows(first == 0 ? mined : context.Data.SkipRows(mined, first), count);
    }

    private static (string?[] Labels, string[] Captions) Truth(MLContext context, IDataView mined)
    {
        IDataView named = context.Transforms.Conversion.MapKeyToValue("LabelName", "Label").Fit(mined).Transform(mined);
        return (
            [.. named.GetColumn<string>("LabelName").Select(label => string.IsNullOrEmpty(label) ? null : label)],
            [.. named.GetColumn<string>("Caption")]
        );
    }

    private static string[] LabelsOf(FoldedCase[] cases) =>
        [.. cases.Select(one => one.Label).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static int[][] TestsOf(FoldedCase[] cases, int folds) =>
        [.. Enumerable.Range(1, folds).Select(k => Enumerable.Range(0, cases.Length).Where(i => cases[i].Fold == k).ToArray())];

    /// <summary>The cases that a fold's models read, as indices.</summary>
    /// <param name="fold">The fold, from 1.</param>
    internal IReadOnlyList<int> Test(int fold) => _test[fold - 1];

    /// <summary>The cases that a fold's models may be trained on: all of other folds.</summary>
    /// <param name="fold">The fold, from 1.</param>
    internal IReadOnlyList<int> Training(int fold) => [.. Enumerable.Range(0, Cases.Count).Where(i => Cases[i].Fold != fold)];
}
