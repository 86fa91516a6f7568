using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The joint space of a trained cascade, in torch and as it is saved.</summary>
public sealed class CascadeSpaceTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    [Fact]
    public void A_saved_model_gives_the_context_vectors_of_the_cascade_and_finds_an_image_by_its_own()
    {
        using RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        float[][] vectors = [.. cascade.Transform(trained.Rows).GetColumn<float[]>("ContextVector")];
        using RadiographAnnotator annotator = RadiographAnnotator.Load(trained.Onnx);
        RadiographReading[] readings = [.. annotator.Annotate(trained.Images, TestContext.Current.CancellationToken).Select(item => item.Reading!)];
        for (int i = 0; i < readings.Length; i++)
        {
            // As all numbers of a saved model: to 1e-4 of the largest.
            float tolerance = 1e-4f * vectors[i].Max(Math.Abs);
            Assert.All(vectors[i].Zip(readings[i].ContextVector!), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }

        SimilarityIndex index = SimilarityIndex.Create([.. trained.Images.Select(path => new IndexedCase(path))], vectors);
        Assert.Equal(1, index.Nearest(readings[5], 1)[0].Similarity, 1e-4);
        Assert.Throws<ArgumentException>(() => index.Nearest(readings[5] with { ContextVector = null }, 1));
    }

    [Fact]
    public void The_space_and_the_slices_are_those_of_the_true_annotations_whether_rows_were_read_before_or_not()
    {
        ChestXrayCatalog cxr = trained.Context.ChestXray();
        using RecurrentCascadeTransformer cascade = cxr.LoadCascade(trained.Saved);
        IDataView read = trained.Context.Data.Cache(cascade.Transform(trained.Rows));
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        JointSpace space = cxr.DescribeJointSpace(cascade, trained.Rows, cancellation: cancellation),
            again = cxr.DescribeJointSpace(cascade, read, cancellation: cancellation);
        Assert.Equal(space.ToJson(), again.ToJson());
        string[] meshes = [.. trained.Rows.GetColumn<string>("Mesh")];
        Assert.All(
            space.Points,
            point => Assert.StartsWith(point.Label.Replace('_', ' '), meshes[point.Case], StringComparison.OrdinalIgnoreCase)
        );
        IDataView annotated = cxr.ContextVectors(cascade, new ContextVectorsOptions()).Fit(read).Transform(read);
        float[][] contexts = [.. annotated.GetColumn<float[]>("ContextVector")];
        Assert.Equal(contexts.Count(vector => float.IsFinite(vector[0])), space.Points.Count);
        Assert.All(cxr.FindErrorSlices(cascade, read, new ErrorSlicesOptions { MinimumCases = 2 }), slice => Assert.True(slice.Errors > 0));
    }
}
