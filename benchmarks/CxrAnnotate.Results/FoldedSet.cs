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

    private FoldedSet(string table, IDataView rows, string[] labels, FoldedCase[] cases, int[][] test, int seed)
    {
        Table = table;
        Rows = rows;
        Labels = labels;
        Cases = cases;
        Seed = seed;
        _test = test;
    }

    /// <summary>The annotation table.</summary>
    internal string Table { get; }

    /// <summary>The rows of the table, as loaded, in the order of <see cref="Cases"/>.</summary>
    internal IDataView Rows { get; }

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
        IDataView named = context.Transforms.Conversion.MapKeyToValue("LabelName", "Label").Fit(mined).Transform(mined);
        string[] labels = [.. named.GetColumn<string>("LabelName")],
            captions = [.. named.GetColumn<string>("Caption")];
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
                        string.IsNullOrEmpty(labels[i]) ? null : labels[i],
                        captions[i],
                        fold[record.PatientId] + 1
                    )
            ),
        ];
        return new FoldedSet(
            table,
            rows,
            [.. cases.Select(one => one.Label).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            cases,
            [.. Enumerable.Range(1, folds).Select(k => Enumerable.Range(0, cases.Length).Where(i => cases[i].Fold == k).ToArray())],
            seed
        );
    }

    /// <summary>The cases that a fold's models read, as indices.</summary>
    /// <param name="fold">The fold, from 1.</param>
    internal IReadOnlyList<int> Test(int fold) => _test[fold - 1];

    /// <summary>The cases that a fold's models may be trained on: all of other folds.</summary>
    /// <param name="fold">The fold, from 1.</param>
    internal IReadOnlyList<int> Training(int fold) => [.. Enumerable.Range(0, Cases.Count).Where(i => Cases[i].Fold != fold)];
}
