using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A radiograph that cannot be read, for whatever reason, does not affect others.</summary>
public sealed class ItemFailureTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    /// <summary>A transfer syntax for which no other test registers a decoder.</summary>
    private const string FailingSyntax = "1.2.826.0.1.3680043.10.1337.1";

    public static TheoryData<string> Failures =>
        ["io", "denied", "disposed", "unsupported", "memory", "argument", "cancelled", "arithmetic", "aggregate"];

    public static IEnumerable<TheoryDataRow<string?>> NoFiles =>
        ((string?[])[null, "", " ", "a\0b.png", "/", "/there/is/none.png", "http://127.0.0.1/a.png", new string('a', 5000)]).Select(
            path => new TheoryDataRow<string?>(path)
        );

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_stream_that_fails_is_its_own_error(string failure)
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 3 });
        AnnotatedRadiograph[] items = [.. annotator.Annotate(Contents(), TestContext.Current.CancellationToken)];
        Check(items);
        Check([
            .. await annotator
                .AnnotateAsync(Contents().ToAsyncEnumerable(), TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken),
        ]);
        if (failure != "cancelled")
            Assert.Throws<InvalidDataException>(() => annotator.Annotate(new FailingStream(failure)));

        IEnumerable<RadiographContent> Contents() =>
            [
                new("first", File.OpenRead(trained.Images[0])),
                new("bad", new FailingStream(failure)),
                new("third", File.OpenRead(trained.Images[1])),
                new("fourth", File.OpenRead(trained.Images[2])),
            ];

        void Check(AnnotatedRadiograph[] read)
        {
            Assert.Equal(["first", "bad", "third", "fourth"], read.Select(item => item.Path));
            Assert.Equal([true, false, true, true], read.Select(item => item.Reading is not null));
            Assert.StartsWith("The radiograph 'bad' cannot be read: ", CxrError.TextOf(read[1].Error!), StringComparison.Ordinal);
            Assert.NotNull(CxrError.CodeOf(read[1].Error));
            Assert.Equal(
                trained.Images[..3].Select(path => annotator.Annotate(path).Annotation),
                read.Where(item => item.Reading is not null).Select(item => item.Reading!.Annotation)
            );
        }
    }

    [Theory]
    [MemberData(nameof(NoFiles))]
    public async Task An_invalid_path_is_its_own_error(string? path)
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new() { BatchSize = 2 });
        string[] paths = [trained.Images[0], path!, trained.Images[1]];
        foreach (
            AnnotatedRadiograph[] items in (AnnotatedRadiograph[][])
                [
                    [.. annotator.Annotate(paths, TestContext.Current.CancellationToken)],
                    [
                        .. await annotator
                            .AnnotateAsync(paths.ToAsyncEnumerable(), TestContext.Current.CancellationToken)
                            .ToListAsync(TestContext.Current.CancellationToken),
                    ],
                ]
        )
        {
            Assert.Equal([true, false, true], items.Select(item => item.Reading is not null));
            Assert.Equal(path ?? "", items[1].Path);
        }

        if (path is null)
            return;
        Assert.Throws<InvalidDataException>(() => annotator.Annotate(path));
        // A row of a table, with and without a cache, and in a saved model.
        using var folder = new ScratchFolder();
        MLContext context = trained.Context;
        IDataView rows = context.Data.LoadFromEnumerable(paths.Select(p => new PathRow { ImagePath = p }));
        foreach (string? cache in (string?[])[null, folder.Path])
        {
            LoadRadiographsTransformer loading = context
                .ChestXray()
                .LoadRadiographs(
                    new()
                    {
                        Height = 8,
                        Width = 8,
                        CacheFolder = cache,
                    }
                )
                .Fit(rows);
            Assert.Equal([false, true, false], loading.Transform(rows).GetColumn<float[]>("Image").Select(image => float.IsNaN(image[0])));
            string saved = Path.Combine(folder.Path, "loading.zip");
            context.Model.Save(loading, rows.Schema, saved);
            Assert.Equal(
                [false, true, false],
                context.Model.Load(saved, out _).Transform(rows).GetColumn<float[]>("Image").Select(image => float.IsNaN(image[0]))
            );
        }
    }

    [Fact]
    public void A_content_without_bytes_is_not_taken_for_a_file()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        AnnotatedRadiograph[] items =
        [
            .. annotator.Annotate(
                [new RadiographContent(trained.Images[0], null!), null!, new RadiographContent(null!, File.OpenRead(trained.Images[0]))],
                TestContext.Current.CancellationToken
            ),
        ];
        Assert.Equal([false, false, true], items.Select(item => item.Reading is not null));
        Assert.All(items[..2], item => Assert.Contains("no content is given", item.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void An_image_of_another_modality_is_rejected_unless_any_is_accepted()
    {
        using var folder = new ScratchFolder();
        new LoggedContext().Cxr.Data.WritePhantom(
            folder.Path,
            new ChestPhantomOptions
            {
                Studies = 3,
                Size = 64,
                Format = PhantomFormat.Dicom,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        byte[] slice = File.ReadAllBytes(new RadiographFinder(recursive: true).Find(folder.Path).First().Path);
        "CS\u0002\0CT"u8.CopyTo(slice.AsSpan(slice.AsSpan().IndexOf("CS\u0002\0DX"u8)));
        string path = folder.Write("slice.dcm", slice);
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        AnnotatedRadiograph refused = annotator.Annotate([path], TestContext.Current.CancellationToken).Single();
        Assert.Equal(ErrorCode.DicomModality, CxrError.CauseOf(new InvalidDataException(refused.Error)));
        Assert.StartsWith("CXR2202: it is not a radiograph", refused.Reason, StringComparison.Ordinal);
        using var any = RadiographAnnotator.Load(trained.Onnx, new() { AcceptAnyModality = true });
        Assert.NotNull(any.Annotate([path], TestContext.Current.CancellationToken).Single().Reading);
    }

    [Fact]
    public void A_decoder_that_fails_is_the_error_of_its_file()
    {
        DicomCodecs.Register(FailingSyntax, _ => throw new InsufficientMemoryException());
        using var folder = new ScratchFolder();
        string bad = folder.Write(
            "bad.dcm",
            DicomWriter.File(
                FailingSyntax,
                new WrittenImage(8, 8, [new int[64]]).Elements(
                    new WrittenElement(0x7FE0_0010, "OB", [])
                    {
                        Fragments =
                        [
                            [],
                            new byte[16],
                        ],
                    }
                )
            )
        );
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        AnnotatedRadiograph[] items = [.. annotator.Annotate([trained.Images[0], bad, trained.Images[1]], TestContext.Current.CancellationToken)];
        Assert.Equal([true, false, true], items.Select(item => item.Reading is not null));
        Assert.Contains("not enough memory", items[1].Error, StringComparison.Ordinal);
        IDataView rows = trained.Context.Data.LoadFromEnumerable(items.Select(item => new PathRow { ImagePath = item.Path }));
        IDataView loaded = trained.Context.ChestXray().LoadRadiographs(new() { Height = 8, Width = 8 }).Fit(rows).Transform(rows);
        Assert.Equal([false, true, false], loaded.GetColumn<float[]>("Image").Select(image => float.IsNaN(image[0])));
    }

    [Fact]
    public void Cancellation_is_not_the_error_of_an_item()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        using var stop = new CancellationTokenSource();
        OperationCanceledException ended = Assert.Throws<OperationCanceledException>(() =>
            annotator.Annotate([new RadiographContent("a", new FailingStream("cancelled") { Before = stop.Cancel })], stop.Token).ToList()
        );
        Assert.Equal(stop.Token, ended.CancellationToken);
    }

    [Fact]
    public void A_message_suits_an_upload_and_names_no_table()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        string message = Assert.Throws<InvalidDataException>(() => annotator.Annotate(new MemoryStream("no image"u8.ToArray()))).Message;
        Assert.DoesNotContain("row", message, StringComparison.Ordinal);
        Assert.DoesNotContain("list", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_exceeds_the_memory_is_read_in_parts()
    {
        ChildTest child = ChildTest.Run<ItemFailureChild>(
            nameof(ItemFailureChild.Child_reads_in_batches_of_more_than_its_memory),
            ("CXR_CHILD_MODEL", trained.Onnx),
            ("CXR_CHILD_IMAGE", trained.Images[0]),
            ("DOTNET_GCHeapHardLimit", "0x4000000")
        );
        Assert.True(child.ExitCode == 0, child.Output);
    }

    private sealed class PathRow
    {
        public string? ImagePath { get; set; }
    }

    private sealed class FailingStream(string failure) : Stream
    {
        internal Action Before { get; init; } = () => { };

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Before();
            throw failure switch
            {
                "io" => new IOException("the line is dead"),
                "denied" => new UnauthorizedAccessException(),
                "disposed" => new ObjectDisposedException("upload"),
                "unsupported" => new NotSupportedException(),
                "memory" => new InsufficientMemoryException(),
                "argument" => new ArgumentOutOfRangeException(nameof(count)),
                "cancelled" => new OperationCanceledException(),
                "arithmetic" => new DivideByZeroException(),
                _ => new AggregateException(new IOException("one"), new IOException("two")),
            };
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>The part of <see cref="ItemFailureTests"/> that runs in a separate process, which trains nothing.</summary>
public sealed class ItemFailureChild
{
    [Fact(Explicit = true)]
    public void Child_reads_in_batches_of_more_than_its_memory()
    {
        const int Items = 5000;
        string model = Environment.GetEnvironmentVariable("CXR_CHILD_MODEL")!,
            image = Environment.GetEnvironmentVariable("CXR_CHILD_IMAGE")!;
        // 64 x 64 numbers of four bytes for each image: 78 MiB in total, and 64 MiB are available.
        using var annotator = RadiographAnnotator.Load(model, new() { BatchSize = Items });
        AnnotatedRadiograph[] items =
        [
            .. annotator.Annotate(Enumerable.Range(0, Items).Select(i => i % 2000 == 7 ? image : ""), TestContext.Current.CancellationToken),
        ];
        Assert.Equal(Items, items.Length);
        Assert.Equal(3, items.Count(item => item.Reading is not null));
    }
}
