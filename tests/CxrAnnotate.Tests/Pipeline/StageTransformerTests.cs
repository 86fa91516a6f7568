using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class StageTransformerTests
{
    private static readonly MLContext Context = new(seed: 1);

    private sealed class Source
    {
        public float Value { get; set; }
        public string Name { get; set; } = "";
        public float[] Tail { get; set; } = [];
    }

    private sealed class Prediction
    {
        public float Twice { get; set; }
        public string Name { get; set; } = "";
        public float[] Pair { get; set; } = [];
        public string Word { get; set; } = "";
        public uint Side { get; set; }
        public float[] Tail { get; set; } = [];
    }

    private static IDataView Rows(int count) =>
        Context.Data.LoadFromEnumerable(
            Enumerable
                .Range(0, count)
                .Select(i => new Source
                {
                    Value = i - 5.25f,
                    Name = $"row {i}",
                    Tail = [.. Enumerable.Repeat(i + 1f, i % 4)],
                })
                .ToArray()
        );

    [Theory]
    [InlineData(1), InlineData(3), InlineData(16)]
    public void A_stage_made_of_a_bound_mapper_conforms(int batchSize)
    {
        foreach (int rows in (int[])[1, 2, 3, 17])
        {
            StageConformance.Check(Context, new FakeEstimator(Context, batchSize), Rows(rows), new() { Tolerance = 0, Saved = SavedStage.Refused });
            StageConformance.Check(
                Context,
                new FakeEstimator(Context, batchSize) { Ahead = true },
                Rows(rows),
                new() { Tolerance = 0, Saved = SavedStage.Refused }
            );
        }
    }

    [Theory]
    [InlineData(Fault.PromisesAnotherType), InlineData(Fault.PromisesNoNames), InlineData(Fault.ReadsMoreThanItSays), InlineData(Fault.MixesUpSlots)]
    [InlineData(Fault.NeverTheSame), InlineData(Fault.LendsItsBuffer), InlineData(Fault.TakesAnyInput)]
    public void A_stage_with_a_fault_does_not_conform(Fault fault) =>
        Assert.ThrowsAny<Exception>(() =>
            StageConformance.Check(
                Context,
                new FakeEstimator(Context, 4) { Fault = fault },
                Rows(10),
                new() { FitInputs = ["Value", "Name"], Saved = SavedStage.Refused }
            )
        );

    [Fact]
    public void The_batched_view_equals_the_plain_map_whatever_the_batch_size_and_which_rows_are_read()
    {
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 20], Gen.Bool.Array[40], Gen.Bool.Array[7], Gen.Bool)
            .Sample(
                (count, batchSize, readRow, active, ahead) =>
                {
                    IDataView view = new FakeTransformer(Context, batchSize) { Ahead = ahead }.Transform(Rows(count));
                    string[] names = [.. new[] { "Value", "Name", "Tail", "Twice", "Pair", "Word", "Side" }.Where((_, i) => active[i])];
                    DataViewSchema.Column[] columns = [.. names.Select(n => view.Schema[n])];
                    using DataViewRowCursor cursor = view.GetRowCursor(columns);
                    Func<object>[] getters = [.. columns.Select(c => RowTable.Getter(cursor, c))];
                    int row = 0;
                    for (; cursor.MoveNext(); row++)
                    {
                        Assert.Equal(row, cursor.Position);
                        if (!readRow[row])
                            continue;
                        float value = row - 5.25f;
                        for (int i = 0; i < names.Length; i++)
                        {
                            object expected = names[i] switch
                            {
                                "Value" => value,
                                "Name" => $"row {row}",
                                "Tail" => Enumerable.Repeat<object>(row + 1f, row % 4).ToArray(),
                                "Twice" => 2 * value,
                                "Pair" => new object[] { value, value * value },
                                "Word" => $"<row {row}>",
                                _ => value < 0 ? 1u : 2u,
                            };
                            Assert.Equal(expected, getters[i]());
                        }
                    }
                    Assert.Equal(count, row);
                    Assert.Equal(-1, cursor.Position);
                }
            );
    }

    [Fact]
    public void Rows_are_computed_in_full_batches_and_once_each()
    {
        FakeTransformer transformer = new(Context, 8);
        RowTable.Read(transformer.Transform(Rows(20)));
        Assert.Equal([8, 8, 4], transformer.Batches);
    }

    [Fact]
    public void The_next_batch_is_computed_while_one_is_returned()
    {
        using var second = new ManualResetEventSlim();
        var stage = new FakeTransformer(Context, 4)
        {
            Ahead = true,
            Computing = (names, _) =>
            {
                if (names[0] == "row 4")
                    second.Set();
            },
        };
        using DataViewRowCursor cursor = Cursor(stage.Transform(Rows(20)), out ValueGetter<ReadOnlyMemory<char>> word);
        Assert.Equal("<row 0>", Next(cursor, word));
        Assert.True(second.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal("<row 1>", Next(cursor, word));
    }

    [Fact]
    public void Disposing_a_cursor_stops_the_computation_ahead()
    {
        using var begun = new ManualResetEventSlim();
        bool stopped = false;
        var stage = new FakeTransformer(Context, 4)
        {
            Ahead = true,
            Computing = (names, stop) =>
            {
                if (names[0] != "row 4")
                    return;
                begun.Set();
                stopped = stop.WaitHandle.WaitOne(TimeSpan.FromMinutes(1));
                stop.ThrowIfCancellationRequested();
            },
        };
        using (DataViewRowCursor cursor = Cursor(stage.Transform(Rows(20)), out ValueGetter<ReadOnlyMemory<char>> word))
        {
            Assert.Equal("<row 0>", Next(cursor, word));
            begun.Wait(TestContext.Current.CancellationToken);
        }

        Assert.True(stopped);
        Assert.Equal(2, stage.Opened);
        Assert.Equal(2, stage.Disposed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_before_a_failing_row_of_the_source_are_returned(bool ahead) =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[2, 8])
            .Sample(
                (good, batchSize) =>
                {
                    IDataView broken = Context.Data.LoadFromEnumerable(
                        Enumerable.Range(0, 30).Select(i => i < good ? new Source { Name = $"row {i}" } : throw new IOException("the disk is gone"))
                    );
                    using DataViewRowCursor cursor = Cursor(
                        new FakeTransformer(Context, batchSize) { Ahead = ahead }.Transform(broken),
                        out ValueGetter<ReadOnlyMemory<char>> word
                    );
                    for (int i = 0; i < good; i++)
                        Assert.Equal($"<row {i}>", Next(cursor, word));
                    Assert.Contains("the disk is gone", Assert.ThrowsAny<Exception>(() => Next(cursor, word)).ToString(), StringComparison.Ordinal);
                },
                iter: 60
            );

    [Fact]
    public void An_error_in_a_batch_computed_ahead_is_reported_when_its_rows_are_read()
    {
        var stage = new FakeTransformer(Context, 3)
        {
            Ahead = true,
            Computing = (names, _) =>
            {
                if (names[0] == "row 3")
                    throw new InvalidOperationException("no memory");
            },
        };
        using DataViewRowCursor cursor = Cursor(stage.Transform(Rows(9)), out ValueGetter<ReadOnlyMemory<char>> word);
        for (int i = 0; i < 3; i++)
            Assert.Equal($"<row {i}>", Next(cursor, word));
        Assert.True(cursor.MoveNext());
        ReadOnlyMemory<char> value = default;
        Assert.Equal("no memory", Assert.Throws<InvalidOperationException>(() => word(ref value)).Message);
    }

    private static DataViewRowCursor Cursor(IDataView view, out ValueGetter<ReadOnlyMemory<char>> word)
    {
        DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Word"]]);
        word = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Word"]);
        return cursor;
    }

    private static string Next(DataViewRowCursor cursor, ValueGetter<ReadOnlyMemory<char>> word)
    {
        Assert.True(cursor.MoveNext());
        ReadOnlyMemory<char> value = default;
        word(ref value);
        return value.ToString();
    }

    [Fact]
    public void Rows_whose_outputs_are_not_read_are_not_computed()
    {
        FakeTransformer transformer = new(Context, 4);
        IDataView view = transformer.Transform(Rows(100));
        RowTable.Read(view, "Name");
        RowTable.Read(Context.Data.TakeRows(Context.Data.SkipRows(view, 90), 3), "Twice");
        Assert.Equal([4], transformer.Batches);
    }

    [Fact]
    public void A_stage_under_another_computes_each_row_once_however_many_of_its_outputs_are_read()
    {
        FakeTransformer below = new(Context, 4),
            above = new(Context, 4, output: "Value");
        IDataView view = above.Transform(below.Transform(Rows(12)));
        RowTable.Read(view, "Twice", "Value", "Pair", "Tail", "Name");
        Assert.Equal(12, below.Batches.Sum());
        Assert.Equal(12, above.Batches.Sum());
    }

    [Fact]
    public void An_output_hides_the_input_of_the_same_name_and_may_read_it()
    {
        IDataView view = new FakeTransformer(Context, 3, output: "Value").Transform(Rows(7));
        Assert.True(view.Schema[0].IsHidden);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => 2 * (i - 5.25f)), view.GetColumn<float>("Value"));
        Assert.Equal(Enumerable.Range(0, 7).Select(i => i - 5.25f), view.GetColumn<float>(view.Schema[0]));
    }

    [Fact]
    public void Computations_are_disposed_with_their_cursors()
    {
        FakeTransformer transformer = new(Context, 4);
        StageConformance.Check(
            Context,
            new Fitted(transformer),
            Rows(9),
            new()
            {
                FitInChain = false,
                FitInputs = [],
                Saved = SavedStage.Refused,
            }
        );
        Assert.True(transformer.Opened > 10);
        Assert.Equal(transformer.Opened, transformer.Disposed);
    }

    [Theory]
    [InlineData(1), InlineData(5)]
    public void Columns_that_cannot_be_copied_stay_in_step_with_the_batch(int batchSize)
    {
        OpaqueView source = new(13);
        IDataView view = new FakeTransformer(Context, batchSize).Transform(source);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<Opaque> opaque = cursor.GetGetter<Opaque>(view.Schema["Opaque"]);
        ValueGetter<float> twice = cursor.GetGetter<float>(view.Schema["Twice"]);
        for (int row = 0; row < 13; row++)
        {
            Assert.True(cursor.MoveNext());
            Opaque? mark = null;
            float value = 0;
            twice(ref value);
            opaque(ref mark!);
            Assert.Equal((row, 2f * row), (mark.Row, value));
        }
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void A_prediction_engine_computes_every_example_anew()
    {
        using PredictionEngine<Source, Prediction> engine = Context.Model.CreatePredictionEngine<Source, Prediction>(
            new FakeEstimator(Context, 16).Append(new FakeEstimator(Context, 16, output: "Value")).Fit(Rows(3))
        );
        foreach (float value in (float[])[3f, 3f, -4f, 0.5f])
        {
            Prediction prediction = engine.Predict(
                new Source
                {
                    Value = value,
                    Name = $"n{value}",
                    Tail = [1, 2],
                }
            );
            Assert.Equal((2 * value, $"<n{value}>", value < 0 ? 1u : 2u), (prediction.Twice, prediction.Word, prediction.Side));
            Assert.Equal([value, value * value], prediction.Pair);
            Assert.Equal([1, 2], prediction.Tail);
        }
    }

    [Fact]
    public void Rows_can_be_enumerated_as_objects()
    {
        Prediction[] rows =
        [
            .. Context.Data.CreateEnumerable<Prediction>(new FakeTransformer(Context, 4).Transform(Rows(11)), reuseRowObject: false),
        ];
        Assert.Equal(Enumerable.Range(0, 11).Select(i => (2 * (i - 5.25f), $"<row {i}>", i % 4)), rows.Select(r => (r.Twice, r.Word, r.Tail.Length)));
    }

    [Fact]
    public void Saving_is_rejected()
    {
        IDataView data = Rows(1);
        ITransformer transformer = new FakeTransformer(Context, 1);
        Exception? failure = Record.Exception(() => Context.Model.Save(transformer, data.Schema, new MemoryStream()));
        while (failure is not null and not NotSupportedException)
            failure = failure.InnerException;
        Assert.Contains(nameof(FakeTransformer), Assert.IsType<NotSupportedException>(failure).Message, StringComparison.Ordinal);
    }

    private sealed class Fitted(ITransformer transformer) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => transformer;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => new FakeEstimator(Context, 1).GetOutputSchema(inputSchema);
    }
}
