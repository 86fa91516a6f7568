using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>
/// The rules for every public disposable type: running calls complete, later ones throw ObjectDisposedException, disposing twice is harmless.
/// </summary>
public sealed class DisposalTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    private static readonly Dictionary<Type, Func<TrainedCascade, Subject>> _subjects = new()
    {
        [typeof(RadiographAnnotator)] = Annotator,
        [typeof(RecurrentCascadeTransformer)] = Cascade,
        [typeof(ClassifyDiseaseTransformer)] = Classifier,
        [typeof(FeaturizeRadiographsTransformer)] = Featurizer,
        [typeof(DecodeContextTransformer)] = Decoder,
    };

    public static TheoryData<string> Subjects => [.. _subjects.Keys.Select(type => type.Name)];

    [Fact]
    public void Every_public_disposable_type_is_tested_here()
    {
        Type[] disposable =
        [
            .. LibraryAssemblies.PublicTypes.Where(type =>
                type is { IsInterface: false, IsAbstract: false }
                // A scope, which puts a setting back, is not used after it.
                && type != typeof(TorchThreads)
                // Written by the one thread of a training, and closed by who opened it.
                && type != typeof(TrainingLog)
                && (typeof(IDisposable).IsAssignableFrom(type) || typeof(IAsyncDisposable).IsAssignableFrom(type))
            ),
        ];
        Assert.Equal(disposable.Select(t => t.FullName).Order(), _subjects.Keys.Select(t => t.FullName).Order());
    }

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Running_calls_complete_and_later_ones_throw_ObjectDisposedException(string name)
    {
        Subject subject = New(name);
        var wrong = new ConcurrentQueue<Exception>();
        using var running = new CountdownEvent(subject.Calls.Count * 2);
        Thread[] threads =
        [
            .. subject
                .Calls.Concat(subject.Calls)
                .Select(call => new Thread(() =>
                {
                    try
                    {
                        bool counted = false;
                        while (true)
                        {
                            call();
                            if (!counted)
                                running.Signal();
                            counted = true;
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        // With this exception, not with another one or a crash.
                    }
                    catch (Exception e)
                    {
                        wrong.Enqueue(e);
                        // None may hang.
                        while (!running.IsSet)
                            running.Signal();
                    }
                })),
        ];
        foreach (Thread thread in threads)
            thread.Start();
        running.Wait(TestContext.Current.CancellationToken);
        subject.Thing.Dispose();
        subject.Thing.Dispose();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Empty(wrong);
        Assert.All(subject.Calls, call => Assert.Throws<ObjectDisposedException>(call));
    }

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Enumerating_an_earlier_result_after_disposal_throws_ObjectDisposedException(string name)
    {
        Subject subject = New(name);
        Action[] later = [.. subject.Lazy.Select(make => make())];
        subject.Thing.Dispose();
        Assert.NotEmpty(later);
        Assert.All(later, read => Assert.Throws<ObjectDisposedException>(read));
    }

    [Fact]
    public void A_reader_may_be_disposed_within_its_own_enumeration()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 4 });
        int read = 0;
        Assert.Throws<ObjectDisposedException>(() =>
        {
            foreach (AnnotatedRadiograph item in annotator.Annotate(trained.Images, TestContext.Current.CancellationToken))
            {
                Assert.NotNull(item.Reading);
                read++;
                annotator.Dispose();
            }
        });
        Assert.Equal(1, read);

        // And by its source of inputs, within its own call.
        var other = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 4 });
        using IEnumerator<AnnotatedRadiograph> items = other.Annotate(Disposing(), TestContext.Current.CancellationToken).GetEnumerator();
        Assert.Throws<ObjectDisposedException>(() => items.MoveNext());

        IEnumerable<string> Disposing()
        {
            yield return trained.Images[0];
            other.Dispose();
        }
    }

    [Fact]
    public void A_cascade_at_another_iteration_is_disposed_by_itself_and_with_the_original()
    {
        RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        RecurrentCascadeTransformer first = cascade.AtIteration(1),
            second = cascade.AtIteration(1);
        string[] expected = Annotations(cascade.AtIteration(1));
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Annotations(first));
        Assert.Equal(expected, Annotations(second));
        IDataView view = second.Transform(trained.Rows);
        cascade.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Annotations(second));
        Assert.Throws<ObjectDisposedException>(() => Read(view.GetColumn<string>("Annotation")));
        Assert.Throws<ObjectDisposedException>(() => cascade.AtIteration(1));
        second.Dispose();
    }

    [Fact]
    public void A_stage_in_two_chains_is_freed_by_the_first_and_the_second_can_be_disposed_too()
    {
        Subject subject = Classifier(trained);
        var stage = (ITransformer)subject.Thing;
        var first = new TransformerChain<ITransformer>(stage);
        var second = new TransformerChain<ITransformer>(stage);
        first.Dispose();
        Assert.All(subject.Calls, call => Assert.Throws<ObjectDisposedException>(call));
        second.Dispose();
    }

    [Fact]
    public void A_prediction_engine_of_a_disposed_cascade_throws()
    {
        RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        PredictionEngine<PathRow, ReadRow> engine = trained.Context.Model.CreatePredictionEngine<PathRow, ReadRow>(cascade);
        Assert.NotNull(engine.Predict(new PathRow { ImagePath = trained.Images[0] }).Annotation);
        cascade.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Predict(new PathRow { ImagePath = trained.Images[1] }));
        // ML.NET's engine disposes the transformer, too.
        engine.Dispose();
    }

    private Subject New(string name) => _subjects.Single(subject => subject.Key.Name == name).Value(trained);

    private string[] Annotations(RecurrentCascadeTransformer cascade) => [.. cascade.Transform(trained.Rows).GetColumn<string>("Annotation")];

    private static Subject Annotator(TrainedCascade trained)
    {
        var annotator = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 4 });
        string[] some = trained.Images[..6];
        byte[] content = File.ReadAllBytes(some[0]);
        float[] pixels = new float[32 * 32];
        return new Subject(
            annotator,
            [
                () => annotator.Annotate(some[0]),
                () => annotator.Annotate(new MemoryStream(content)),
                () => annotator.Annotate(pixels, 32, 32),
                () => All(annotator.Annotate(some)),
                () => All(annotator.Annotate(Contents(), CancellationToken.None)),
                () => All(annotator.AnnotateAsync(some.ToAsyncEnumerable(), CancellationToken.None)),
                () => All(annotator.AnnotateAsync(Contents().ToAsyncEnumerable(), CancellationToken.None)),
            ],
            [
                () =>
                {
                    var items = annotator.Annotate(some);
                    return () => All(items);
                },
                () =>
                {
                    var items = annotator.Annotate((string[])[]);
                    return () => All(items);
                },
                () =>
                {
                    var items = annotator.Annotate(Contents(), CancellationToken.None);
                    return () => All(items);
                },
                () =>
                {
                    var items = annotator.AnnotateAsync(some.ToAsyncEnumerable(), CancellationToken.None);
                    return () => All(items);
                },
                () =>
                {
                    var items = annotator.AnnotateAsync(Contents().ToAsyncEnumerable(), CancellationToken.None);
                    return () => All(items);
                },
            ]
        );

        IEnumerable<RadiographContent> Contents() => some.Select(path => new RadiographContent(path, new MemoryStream(File.ReadAllBytes(path))));
    }

    private static Subject Cascade(TrainedCascade trained)
    {
        MLContext context = trained.Context;
        RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(trained.Saved);
        IDataView view = cascade.Transform(trained.Rows);
        return new Subject(
            cascade,
            [
                () => Read(view.GetColumn<string>("Annotation")),
                () => Read(cascade.Transform(trained.Rows).GetColumn<float[]>("Score")),
                () => Read(cascade.AtIteration(1).Transform(trained.Rows).GetColumn<float[]>("WordProbability")),
                () => cascade.Save(trained.NewPath()),
                () => cascade.SaveOnnx(trained.NewPath()),
                () => context.Model.Save(cascade, trained.Rows.Schema, trained.NewPath()),
                () => cascade.GetOutputSchema(trained.Rows.Schema),
                () => ((ITransformer)cascade).GetRowToRowMapper(trained.Rows.Schema),
            ],
            [
                () =>
                {
                    IDataView made = cascade.Transform(trained.Rows);
                    return () => Read(made.GetColumn<string>("Annotation"));
                },
                () =>
                {
                    IDataView made = cascade.AtIteration(1).Transform(trained.Rows);
                    return () => Read(made.GetColumn<float[]>("Features"));
                },
                () =>
                {
                    IEnumerable<float[]> made = cascade.Transform(trained.Rows).GetColumn<float[]>("Score");
                    return () => Read(made);
                },
            ]
        );
    }

    private static Subject Classifier(TrainedCascade trained)
    {
        (ITransformer before, ClassifyDiseaseTransformer classifier, DecodeContextTransformer decoder) = Stages(trained);
        decoder.Dispose();
        IDataView rows = before.Transform(trained.Rows),
            view = classifier.Transform(rows);
        return new Subject(
            classifier,
            [
                () => Read(view.GetColumn<float[]>("Score")),
                () => Read(classifier.Transform(rows).GetColumn<float[]>("Features")),
                () => classifier.SaveOnnx(trained.NewPath()),
                () => trained.Context.Model.Save(classifier, rows.Schema, trained.NewPath()),
                () => classifier.GetOutputSchema(rows.Schema),
            ],
            [
                () =>
                {
                    IDataView made = classifier.Transform(rows);
                    return () => Read(made.GetColumn<float[]>("Score"));
                },
            ]
        );
    }

    /// <summary>A decoder with its own network; one that shares the network of a classifier is disposed with that.</summary>
    private static Subject Featurizer(TrainedCascade trained)
    {
        (ITransformer before, ClassifyDiseaseTransformer classifier, DecodeContextTransformer decoder) = Stages(trained);
        decoder.Dispose();
        string folder = Directory.CreateDirectory(trained.NewPath()).FullName;
        CascadeFolder.SaveClassifier(folder, classifier.Model);
        classifier.Dispose();
        IDataView rows = before.Transform(trained.Rows);
        FeaturizeRadiographsTransformer featurizer = trained
            .Context.ChestXray()
            .FeaturizeRadiographs(new() { Weights = Path.Combine(folder, "classifier.safetensors"), CropSize = 56 })
            .Fit(rows);
        IDataView view = featurizer.Transform(rows);
        return new Subject(
            featurizer,
            [
                () => Read(view.GetColumn<float[]>("Features")),
                () => Read(featurizer.Transform(rows).GetColumn<float[]>("Features")),
                () => trained.Context.Model.Save(featurizer, rows.Schema, trained.NewPath()),
                () => featurizer.GetOutputSchema(rows.Schema),
            ],
            [
                () =>
                {
                    IDataView made = featurizer.Transform(rows);
                    return () => Read(made.GetColumn<float[]>("Features"));
                },
            ]
        );
    }

    private static Subject Decoder(TrainedCascade trained)
    {
        (ITransformer before, ClassifyDiseaseTransformer classifier, DecodeContextTransformer decoder) = Stages(trained);
        // Its rows are scored in advance, so that only the decoder is tested.
        IDataView scored = trained.Context.Data.Cache(classifier.Transform(before.Transform(trained.Rows)), "Features", "Score");
        IDataView view = decoder.Transform(scored);
        Assert.NotEmpty(view.GetColumn<string>("Annotation"));
        return new Subject(
            decoder,
            [
                () => Read(view.GetColumn<string>("Annotation")),
                () => Read(decoder.Transform(scored).GetColumn<float[]>("WordProbability")),
                () => decoder.SaveOnnx(trained.NewPath()),
                () => trained.Context.Model.Save(decoder, scored.Schema, trained.NewPath()),
                () => decoder.GetOutputSchema(scored.Schema),
            ],
            [
                () =>
                {
                    IDataView made = decoder.Transform(scored);
                    return () => Read(made.GetColumn<string>("Annotation"));
                },
            ]
        );
    }

    private static (ITransformer Before, ClassifyDiseaseTransformer Classifier, DecodeContextTransformer Decoder) Stages(TrainedCascade trained)
    {
        ChestXrayCatalog cxr = trained.Context.ChestXray();
        TransformerChain<LoadRadiographsTransformer> before = new EstimatorChain<ITransformer>()
            .Append(cxr.MineLabels(new() { MinimumCases = 5 }))
            .Append(cxr.LoadRadiographs(new() { Height = 64, Width = 64 }))
            .Fit(trained.Rows);
        IDataView rows = before.Transform(trained.Rows);
        ClassifyDiseaseTransformer classifier = cxr.ClassifyDisease(
                new()
                {
                    CropSize = 56,
                    Optimization = new() { Epochs = 1 },
                    Seed = 3,
                }
            )
            .Fit(rows);
        DecodeContextTransformer decoder = cxr.DecodeContext(
                new()
                {
                    HiddenSize = 8,
                    Optimization = new() { Epochs = 1 },
                    Seed = 4,
                }
            )
            .Fit(classifier.Transform(rows));
        return (before, classifier, decoder);
    }

    private static void Read<T>(IEnumerable<T> values)
    {
        foreach (T value in values)
            Assert.NotNull(value);
    }

    private static void All(IEnumerable<AnnotatedRadiograph> items) => Assert.All(items, item => Assert.NotNull(item.Reading));

    private static void All(IAsyncEnumerable<AnnotatedRadiograph> items) => All(items.ToListAsync().AsTask().GetAwaiter().GetResult());

    /// <param name="Thing">The object to dispose.</param>
    /// <param name="Calls">Complete calls, which several threads may make.</param>
    /// <param name="Lazy">Requests results now and enumerates them when the action is called.</param>
    private sealed record Subject(IDisposable Thing, IReadOnlyList<Action> Calls, IReadOnlyList<Func<Action>> Lazy);

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class ReadRow
    {
        public string Annotation { get; set; } = "";
    }
}
