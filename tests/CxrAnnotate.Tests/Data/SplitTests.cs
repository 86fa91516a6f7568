using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class SplitTests
{
    private readonly LoggedContext _log = new();

    [Fact]
    public void No_study_is_on_two_sides_all_rows_are_kept_and_so_are_all_columns()
    {
        IDataView view = Studies(200);
        StudySplit split = _log.Cxr.Data.SplitByStudy(view, validation: 0.2, test: 0.3, seed: 5);
        IDataView[] sides = [split.Train, split.Validation, split.Test];
        Assert.All(sides, side => Assert.Equal(view.Schema.Select(c => (c.Name, c.Type)), side.Schema.Select(c => (c.Name, c.Type))));
        Assert.Equal(_log.Rows(view).Select(Key).Order(), sides.SelectMany(side => _log.Rows(side)).Select(Key).Order());
        HashSet<string>[] studies = [.. sides.Select(side => side.GetColumn<string>("StudyId").ToHashSet())];
        Assert.Equal(200, studies.Sum(side => side.Count));
        Assert.Equal(200, studies.SelectMany(side => side).Distinct().Count());

        static string Key(RadiographRecord row) => $"{row.ImagePath} {row.StudyId} {row.Mesh} {row.View}";
    }

    [Fact]
    public void Sides_may_be_left_out()
    {
        StudySplit split = _log.Cxr.Data.SplitByStudy(Studies(30), validation: 0, test: 0.5);
        Assert.Empty(_log.Rows(split.Validation));
        Assert.NotEmpty(_log.Rows(split.Test));
    }

    [Fact]
    public void Every_patient_is_tested_once_in_cross_validation_and_never_trained_on_in_that_fold()
    {
        IDataView view = Studies(90);
        IReadOnlyList<StudySplit> folds = _log.Cxr.Data.CrossValidationSplitByStudy(view, folds: 5, groupColumnName: "PatientId");
        Assert.Equal(5, folds.Count);
        Assert.Equal(view.GetColumn<string>("ImagePath").Order(), folds.SelectMany(fold => fold.Test.GetColumn<string>("ImagePath")).Order());
        foreach (StudySplit fold in folds)
        {
            string[][] patients =
            [
                .. new[] { fold.Train, fold.Validation, fold.Test }.Select(side => side.GetColumn<string>("PatientId").Distinct().ToArray()),
            ];
            Assert.All(patients, Assert.NotEmpty);
            Assert.Equal(45, patients.Sum(side => side.Length));
            Assert.Equal(45, patients.SelectMany(side => side).Distinct().Count());
        }
    }

    [Fact]
    public void Views_are_lazy_and_their_cursors_are_repeatable_independent_and_read_only_the_requested_columns()
    {
        int images = 0;
        IDataView counted = _log
            .Context.Transforms.CustomMapping<Path, Image>((_, _) => Interlocked.Increment(ref images), null)
            .Fit(Studies(50))
            .Transform(Studies(50));
        StudySplit split = _log.Cxr.Data.SplitByStudy(counted);
        string[] first = [.. split.Train.GetColumn<string>("ImagePath")];
        Assert.Equal(first, split.Train.GetColumn<string>("ImagePath"));
        Assert.Equal(0, images);
        DataViewSchema.Column path = split.Train.Schema["ImagePath"];
        var read = new List<string>();
        foreach (DataViewRowCursor cursor in split.Train.GetRowCursorSet([path], 3))
        {
            using (cursor)
            {
                Assert.False(cursor.IsColumnActive(split.Train.Schema["StudyId"]));
                ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(path);
                ReadOnlyMemory<char> value = default;
                for (int row = 0; cursor.MoveNext(); row++)
                {
                    Assert.Equal(row, cursor.Position);
                    get(ref value);
                    read.Add(value.ToString());
                }
            }
        }

        Assert.Equal(first.Order(), read.Order());
        RowTable.AssertEqual(RowTable.Read(split.Train), RowTable.Read(_log.Context.Data.Cache(split.Train)), 0, "cached side");
    }

    [Fact]
    public void A_fixed_split_follows_its_column_whatever_the_case_and_warns_of_rows_on_no_side()
    {
        string[] sides = ["train", "VAL", "test", "Train", "validation", "", "holdout"];
        IDataView view = _log.Cxr.Data.LoadRecords([.. sides.Select((side, i) => new RadiographRecord { ImagePath = $"{i}", Split = side })]);
        StudySplit split = _log.Cxr.Data.SplitByColumn(view);
        Assert.Equal(["0", "3"], split.Train.GetColumn<string>("ImagePath"));
        Assert.Equal(["1", "4"], split.Validation.GetColumn<string>("ImagePath"));
        Assert.Equal(["2"], split.Test.GetColumn<string>("ImagePath"));
        Assert.Single(_log.Warnings, warning => warning.StartsWith("2 rows", StringComparison.Ordinal));
        Assert.Contains(
            "'train'",
            Assert.Throws<InvalidOperationException>(() => _log.Cxr.Data.SplitByColumn(view, "Source")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_fixed_split_that_divides_a_patient_causes_a_warning()
    {
        _log.Cxr.Data.SplitByColumn(
            _log.Cxr.Data.LoadRecords([
                new()
                {
                    StudyId = "1",
                    PatientId = "p",
                    Split = "train",
                },
                new()
                {
                    StudyId = "2",
                    PatientId = "p",
                    Split = "test",
                },
            ])
        );
        Assert.StartsWith("1 value of 'PatientId' is on more than one side", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_view_cannot_be_split()
    {
        IDataView empty = _log.Cxr.Data.LoadRecords([]);
        Assert.Contains(
            "no rows",
            Assert.Throws<InvalidOperationException>(() => _log.Cxr.Data.SplitByStudy(empty)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<InvalidOperationException>(() => _log.Cxr.Data.CrossValidationSplitByStudy(empty));
        Assert.Contains(
            "empty",
            Assert.Throws<InvalidOperationException>(() => _log.Cxr.Data.SplitByColumn(empty)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Rows_without_a_study_cannot_be_split_by_study() =>
        Assert.Contains(
            "1 row has no value in the column 'StudyId'",
            Assert
                .Throws<InvalidOperationException>(() => _log.Cxr.Data.SplitByStudy(_log.Cxr.Data.LoadRecords([new() { StudyId = "1" }, new()])))
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Wrong_columns_and_shares_are_rejected_as_in_ML_NET()
    {
        IDataView view = Studies(10);
        Assert.Contains(
            "'Nowhere'",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.SplitByStudy(view, groupColumnName: "Nowhere")).Message,
            StringComparison.Ordinal
        );
        Assert.Equal("test", Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.SplitByStudy(view, 0.5, 0.5)).ParamName);
        Assert.Equal("validation", Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.SplitByStudy(view, double.NaN)).ParamName);
        Assert.Equal("folds", Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.CrossValidationSplitByStudy(view, 1)).ParamName);
    }

    [Fact]
    public void Studies_may_be_named_by_a_key()
    {
        IDataView view = _log.Context.Transforms.Conversion.MapValueToKey("StudyId").Fit(Studies(40)).Transform(Studies(40));
        StudySplit split = _log.Cxr.Data.SplitByStudy(view);
        Assert.Empty(split.Train.GetColumn<uint>("StudyId").Intersect(split.Test.GetColumn<uint>("StudyId")));
    }

    [Fact]
    public void Stratification_uses_only_headings() =>
        Assert.Equal("calcified granuloma|opacity", DataCatalog.HeadingPattern("Opacity/lung/base| Calcified Granuloma/lung|Opacity/lung/apex"));

    [Fact]
    public void The_Open_i_list_splits_into_shares_without_a_shared_study()
    {
        IDataView view = _log.Cxr.Data.LoadOpenI(TestData.Require("openi/openi.mesh"));
        StudySplit split = _log.Cxr.Data.SplitByStudy(view);
        IDataView[] sides = [split.Train, split.Validation, split.Test];
        Assert.Equal(3753, sides.Sum(side => side.GetColumn<string>("StudyId").Distinct().Count()));
        double[] shares = [0.8, 0.1, 0.1];
        for (int i = 0; i < 3; i++)
        {
            string[] mesh = [.. sides[i].GetColumn<string>("Mesh")];
            // 2,696 normal images, at most 5 per study.
            Assert.InRange(mesh.Count(m => m == "normal"), (2696 * shares[i]) - 5, (2696 * shares[i]) + 5);
        }
    }

    /// <summary>Two studies per patient, one to three images per study.</summary>
    private IDataView Studies(int count) =>
        _log.Cxr.Data.LoadRecords([
            .. Enumerable
                .Range(0, count)
                .SelectMany(study =>
                    Enumerable
                        .Range(0, 1 + (study % 3))
                        .Select(image => new RadiographRecord
                        {
                            ImagePath = $"{study}-{image}.png",
                            StudyId = $"study {study}",
                            PatientId = $"patient {study / 2}",
                            Mesh = (study % 4) switch
                            {
                                0 => "Nodule/lung/left",
                                1 => "Opacity/lung/base|Nodule",
                                _ => "normal",
                            },
                            View = image == 0 ? "Frontal" : "Lateral",
                        })
                ),
        ]);

    private sealed class Path
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Image
    {
        public float Pixel { get; set; }
    }
}
