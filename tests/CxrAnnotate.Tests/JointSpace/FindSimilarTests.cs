using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class FindSimilarTests
{
    private sealed class Row
    {
        [VectorType(3)]
        public float[] ContextVector { get; set; } = [];

        public string StudyId { get; set; } = "";

        public string Mesh { get; set; } = "";
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(60)]
    public void The_stage_conforms(int count)
    {
        var ml = new MLContext(1);
        StageConformance.Check(
            ml,
            ml.ChestXray().FindSimilar(new FindSimilarOptions { Count = count, IdColumnNames = ["StudyId", "Mesh"] }),
            ml.Data.LoadFromEnumerable(Rows(50)),
            new ConformanceOptions { FitInputs = ["ContextVector", "StudyId", "Mesh"] }
        );
    }

    [Fact]
    public void Each_row_gets_the_identifiers_of_the_nearest_reference_rows()
    {
        var ml = new MLContext(1);
        Row[] references =
        [
            new() { ContextVector = [1, 0, 0], StudyId = "right" },
            new() { ContextVector = [0, 2, 0], StudyId = "up" },
            new() { ContextVector = [float.NaN, 0, 0], StudyId = "nowhere" },
            new() { ContextVector = [3, 3, 0], StudyId = "between" },
        ];
        List<string> warnings = [];
        ml.Log += (_, log) =>
        {
            if (log.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(log.Message);
        };
        FindSimilarTransformer stage = ml.ChestXray().FindSimilar(2).Fit(ml.Data.LoadFromEnumerable(references));
        Assert.Contains("1 of 4 rows", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal(3, stage.Index.Cases.Count);

        IDataView found = stage.Transform(
            ml.Data.LoadFromEnumerable((Row[])[new() { ContextVector = [5, 1, 0] }, new() { ContextVector = [1, float.PositiveInfinity, 0] }])
        );
        Assert.Equal([["right", "between"], ["", ""]], found.GetColumn<string[]>("SimilarStudyId"));
        float[][] similarities = [.. found.GetColumn<float[]>("Similarity")];
        Assert.Equal([5 / Math.Sqrt(26), 6 / Math.Sqrt(52)], similarities[0].Select(s => (double)s), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.All(similarities[1], s => Assert.Equal(float.NaN, s));
    }

    [Fact]
    public void A_reference_set_without_vectors_and_wrong_options_are_refused()
    {
        var ml = new MLContext(1);
        IDataView none = ml.Data.LoadFromEnumerable((Row[])[new() { ContextVector = [float.NaN, 0, 0] }]);
        Assert.Throws<InvalidOperationException>(() => ml.ChestXray().FindSimilar().Fit(none));
        Assert.Throws<ArgumentOutOfRangeException>(() => ml.ChestXray().FindSimilar(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ml.ChestXray().FindSimilar(new FindSimilarOptions { IdColumnNames = [] }));
        Assert.Throws<ArgumentException>(() => ml.ChestXray().FindSimilar(new FindSimilarOptions { IdColumnNames = ["A", "A"] }));
    }

    private static Row[] Rows(int count)
    {
        var random = new Random(7);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    ContextVector = i % 9 == 4 ? [1, float.NaN, 0] : [.. Enumerable.Range(0, 3).Select(_ => (float)(random.NextDouble() - 0.5))],
                    StudyId = $"study {i}",
                    Mesh = i % 2 == 0 ? "normal" : "Nodule/lung",
                }),
        ];
    }
}
