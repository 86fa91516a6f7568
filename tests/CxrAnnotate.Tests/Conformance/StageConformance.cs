using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace CxrAnnotate.Tests;

/// <summary>
/// Checks the guarantees that ML.NET's users rely on, for any stage: shape = schema = mapper = view; lazy, repeatable, parallel cursors; the same
/// values in batches and row by row, in chains and behind caches; ML.NET's own errors for wrong input; no tensor left behind.
/// </summary>
internal static class StageConformance
{
    /// <summary>
    /// Fits the estimator to the data (at least one row) and checks it and its transformer. Returns the transformer for further checks.
    /// </summary>
    internal static ITransformer Check(MLContext context, IEstimator<ITransformer> estimator, IDataView data, ConformanceOptions? options = null)
    {
        options ??= new ConformanceOptions();
        ITransformer transformer = estimator.Fit(data);
        DataViewSchema schema = transformer.GetOutputSchema(data.Schema);
        Assert.True(transformer.IsRowToRowMapper);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
        string[] outputs = [.. schema.Skip(data.Schema.Count).Select(c => c.Name)];
        string[] read = [.. mapper.GetDependencies(outputs.Select(name => schema[name])).Select(c => c.Name).Distinct()];

        SchemasAgree(transformer, mapper, schema, data);
        ShapeAgrees(estimator, schema, data.Schema);
        TransformIsLazy(transformer, data, outputs, read);
        RowTable all = CursorsRepeat(transformer, data, options);
        InputsPassThrough(data, all, schema);
        CursorsRunInParallel(transformer, data, all, options);
        AnySubsetOfColumnsGivesTheSameValues(transformer, data, outputs, all, options);
        RowsMappedOneByOneGiveTheSameValues(mapper, data, outputs, all, options);
        GettersAreStrict(transformer, data, outputs);
        WorksBehindCachesAndInPreview(context, transformer, data, all, options);
        CursorsMayBeAbandoned(transformer, data, outputs);
        NoTensorIsLeftBehind(transformer, data);
        Assert.Empty(RowTable.Read(transformer.Transform(new EmptyView(data.Schema))).Rows);
        WrongInputIsRefused(estimator, transformer, data.Schema, options.FitInputs ?? read, options.ScoreInputs ?? read);
        SavedAndLoadedItGivesTheSame(context, transformer, data, outputs, all, options);
        if (options.FitInChain)
            WorksInAChain(context, estimator, data, all, options);
        return transformer;
    }

    private static void SchemasAgree(ITransformer transformer, IRowToRowMapper mapper, DataViewSchema schema, IDataView data)
    {
        AssertSame(data.Schema, mapper.InputSchema, "mapper's input schema");
        AssertSame(schema, mapper.OutputSchema, "mapper's output schema");
        AssertSame(schema, transformer.Transform(data).Schema, "view's schema");
    }

    private static void AssertSame(DataViewSchema expected, DataViewSchema actual, string what)
    {
        Assert.True(expected.Select(c => c.Name).SequenceEqual(actual.Select(c => c.Name)), $"The {what} has other columns.");
        foreach ((DataViewSchema.Column e, DataViewSchema.Column a) in expected.Zip(actual))
        {
            Assert.True(e.Type.Equals(a.Type) && e.IsHidden == a.IsHidden, $"The {what} has '{a.Name}' as {a.Type}, not {e.Type}.");
            Assert.Equal(e.Annotations.Schema.Select(k => (k.Name, k.Type)), a.Annotations.Schema.Select(k => (k.Name, k.Type)));
            foreach (DataViewSchema.Column kind in e.Annotations.Schema.Where(k => RowTable.CanRead(k.Type)))
                Assert.Equal(Annotation(e, kind.Name), Annotation(a, kind.Name));
        }
    }

    private static string[]? Annotation(DataViewSchema.Column column, string kind) => TextAnnotations.Read(column, kind);

    private static void ShapeAgrees(IEstimator<ITransformer> estimator, DataViewSchema schema, DataViewSchema input)
    {
        SchemaShape promised = estimator.GetOutputSchema(Shapes.Of(input)),
            kept = Shapes.Of(schema);
        Assert.Equal(kept.Select(c => c.Name).Order(StringComparer.Ordinal), promised.Select(c => c.Name).Order(StringComparer.Ordinal));
        foreach (SchemaShape.Column p in promised)
        {
            SchemaShape.Column k = SchemaShapes.Find(kept, p.Name)!.Value;
            Assert.True(
                SchemaShapes.Describe(p) == SchemaShapes.Describe(k),
                $"The estimator promises '{p.Name}' as {SchemaShapes.Describe(p)}, the transformer gives {SchemaShapes.Describe(k)}."
            );
            Assert.True(
                Kinds(p).SetEquals(Kinds(k)),
                $"The estimator promises '{p.Name}' with [{string.Join(", ", Kinds(p))}], the transformer gives [{string.Join(", ", Kinds(k))}]."
            );
        }

        static ImmutableHashSet<string> Kinds(SchemaShape.Column column) =>
            [.. column.Annotations.Select(c => $"{c.Name}: {SchemaShapes.Describe(c)}")];
    }

    private static void TransformIsLazy(ITransformer transformer, IDataView data, string[] outputs, string[] read)
    {
        RecordingView recorded = new(data);
        IDataView view = transformer.Transform(recorded);
        Assert.Equal(data.GetRowCount(), view.GetRowCount());
        Assert.True(recorded.Opened.IsEmpty, "Transform or GetRowCount read rows.");
        if (outputs.Length > 0)
        {
            RowTable.Read(view, outputs);
            Assert.All(recorded.Opened.SelectMany(names => names), name => Assert.Contains(name, read));
        }

        recorded.Opened.Clear();
        using (view.GetRowCursor([]))
            Assert.All(recorded.Opened, Assert.Empty);
    }

    private static RowTable CursorsRepeat(ITransformer transformer, IDataView data, ConformanceOptions options)
    {
        IDataView view = transformer.Transform(data);
        RowTable first = RowTable.Read(view);
        RowTable.AssertEqual(first, RowTable.Read(view), 0, "second cursor");

        DataViewSchema.Column[] columns = RowTable.Pick(view.Schema);
        DataViewRowCursor[] set = view.GetRowCursorSet(columns, 4);
        int rows = 0;
        HashSet<DataViewRowId> ids = [];
        foreach (DataViewRowCursor cursor in set)
        {
            using (cursor)
            {
                ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
                DataViewRowId value = default;
                for (; cursor.MoveNext(); rows++)
                {
                    id(ref value);
                    ids.Add(value);
                }
            }
        }
        Assert.Equal(first.Rows.Count, rows);
        Assert.Equal(first.Rows.Count, ids.Count);

        // Row ids are the same for all cursors, whether or not outputs are computed.
        using DataViewRowCursor computing = view.GetRowCursor(columns),
            plain = view.GetRowCursor([]);
        Func<object>[] getters = [.. columns.Select(c => RowTable.Getter(computing, c))];
        ValueGetter<DataViewRowId> a = computing.GetIdGetter(),
            b = plain.GetIdGetter();
        while (computing.MoveNext() & plain.MoveNext())
        {
            foreach (Func<object> get in getters)
                get();
            DataViewRowId x = default,
                y = default;
            a(ref x);
            b(ref y);
            Assert.Equal(y, x);
        }
        return first;
    }

    private static void InputsPassThrough(IDataView data, RowTable all, DataViewSchema schema)
    {
        string[] kept = [.. schema.Take(data.Schema.Count).Where(c => !c.IsHidden && RowTable.CanRead(c.Type)).Select(c => c.Name)];
        if (kept.Length > 0)
            RowTable.AssertEqual(all, RowTable.Read(data, kept), 0, "input columns");
    }

    private static void CursorsRunInParallel(ITransformer transformer, IDataView data, RowTable all, ConformanceOptions options)
    {
        IDataView view = transformer.Transform(data);
        RowTable[] tables = new RowTable[3];
        Thread[] threads = [.. Enumerable.Range(0, tables.Length).Select(i => new Thread(() => tables[i] = RowTable.Read(view)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        foreach (RowTable? table in tables)
        {
            Assert.NotNull(table);
            RowTable.AssertEqual(all, table, options.Tolerance, "parallel cursor");
        }
    }

    private static void AnySubsetOfColumnsGivesTheSameValues(
        ITransformer transformer,
        IDataView data,
        string[] outputs,
        RowTable all,
        ConformanceOptions options
    )
    {
        IDataView view = transformer.Transform(data);
        foreach (string name in all.Columns)
            RowTable.AssertEqual(all, RowTable.Read(view, name), options.Tolerance, $"only '{name}' active");

        // Some rows are skipped, others read twice.
        foreach (string name in outputs.Where(all.Columns.Contains))
        {
            int index = all.Columns.IndexOf(name);
            RowTable expected = new(),
                actual = new();
            expected.Columns.Add(name);
            actual.Columns.Add(name);
            using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[name]]);
            Func<object> get = RowTable.Getter(cursor, view.Schema[name]);
            for (int row = 0; cursor.MoveNext(); row++)
            {
                if (row % 3 == 1)
                    continue;
                get();
                actual.Rows.Add([get()]);
                expected.Rows.Add([all.Rows[row][index]]);
            }
            RowTable.AssertEqual(expected, actual, options.Tolerance, $"'{name}' read on some rows");
        }
    }

    private static void RowsMappedOneByOneGiveTheSameValues(
        IRowToRowMapper mapper,
        IDataView data,
        string[] outputs,
        RowTable all,
        ConformanceOptions options
    )
    {
        if (outputs.Length == 0)
            return;
        DataViewSchema.Column[] asked = [.. outputs.Select(name => mapper.OutputSchema[name])];
        using DataViewRowCursor cursor = data.GetRowCursor(mapper.GetDependencies(asked).Select(c => data.Schema[c.Index]));
        using DataViewRow row = mapper.GetRow(cursor, asked);
        RowTable table = new();
        table.Columns.AddRange(outputs);
        Func<object>[] getters = [.. asked.Select(c => RowTable.Getter(row, c))];
        while (cursor.MoveNext())
        {
            Assert.Equal(cursor.Position, row.Position);
            table.Rows.Add(Array.ConvertAll(getters, get => get()));
        }
        RowTable.AssertEqual(all, table, options.Tolerance, "row mapper");
    }

    private static void GettersAreStrict(ITransformer transformer, IDataView data, string[] outputs)
    {
        IDataView view = transformer.Transform(data);
        foreach (string name in outputs)
        {
            using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[name]]);
            Assert.True(cursor.IsColumnActive(view.Schema[name]));
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<TimeSpan>(view.Schema[name]));
            Func<object> get = RowTable.Getter(cursor, view.Schema[name]);
            Exception? early = Record.Exception(get);
            while (early is System.Reflection.TargetInvocationException { InnerException: { } inner })
                early = inner;
            Assert.IsType<InvalidOperationException>(early);

            using DataViewRowCursor none = view.GetRowCursor([]);
            Assert.False(none.IsColumnActive(view.Schema[name]));
            Assert.ThrowsAny<Exception>(() => RowTable.Getter(none, view.Schema[name]));
        }
    }

    private static void WorksBehindCachesAndInPreview(
        MLContext context,
        ITransformer transformer,
        IDataView data,
        RowTable all,
        ConformanceOptions options
    )
    {
        RowTable.AssertEqual(all, RowTable.Read(context.Data.Cache(transformer.Transform(data))), options.Tolerance, "cached output");
        RowTable.AssertEqual(
            all,
            RowTable.Read(transformer.Transform(context.Data.Cache(data)), [.. all.Columns]),
            options.Tolerance,
            "cached input"
        );

        DataDebuggerPreview preview = transformer.Transform(data).Preview(5);
        Assert.Equal(Math.Min(5, all.Rows.Count), preview.RowView.Length);
    }

    private static void CursorsMayBeAbandoned(ITransformer transformer, IDataView data, string[] outputs)
    {
        IDataView view = transformer.Transform(data);
        DataViewSchema.Column[] columns = [.. outputs.Select(name => view.Schema[name])];
        DataViewRowCursor unmoved = view.GetRowCursor(columns);
        unmoved.Dispose();
        unmoved.Dispose();
        using DataViewRowCursor begun = view.GetRowCursor(columns);
        Func<object>[] getters = [.. columns.Select(c => RowTable.Getter(begun, c))];
        Assert.True(begun.MoveNext());
        foreach (Func<object> get in getters)
            get();
    }

    private static void NoTensorIsLeftBehind(ITransformer transformer, IDataView data)
    {
        IDataView view = transformer.Transform(data);
        RowTable.Read(view);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        RowTable.Read(view);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void WrongInputIsRefused(
        IEstimator<ITransformer> estimator,
        ITransformer transformer,
        DataViewSchema schema,
        IReadOnlyList<string> fitInputs,
        IReadOnlyList<string> scoreInputs
    )
    {
        foreach (string name in fitInputs.Union(scoreInputs))
        {
            foreach (
                DataViewSchema wrong in (DataViewSchema[])[Shapes.Without(schema, name), Shapes.Retyped(schema, name, TimeSpanDataViewType.Instance)]
            )
            {
                if (fitInputs.Contains(name))
                {
                    Refused(name, () => estimator.GetOutputSchema(Shapes.Of(wrong)));
                    Refused(name, () => estimator.Fit(new EmptyView(wrong)));
                }
                if (scoreInputs.Contains(name))
                {
                    Refused(name, () => transformer.GetOutputSchema(wrong));
                    Refused(name, () => transformer.Transform(new EmptyView(wrong)));
                    Refused(name, () => transformer.GetRowToRowMapper(wrong));
                }
            }
        }
    }

    private static void Refused(string column, Func<object> use)
    {
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(use);
        Assert.Equal("inputSchema", refusal.ParamName);
        Assert.Contains($"'{column}'", refusal.Message, StringComparison.Ordinal);
    }

    private static void SavedAndLoadedItGivesTheSame(
        MLContext context,
        ITransformer transformer,
        IDataView data,
        string[] outputs,
        RowTable all,
        ConformanceOptions options
    )
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.zip");
        if (options.Saved == SavedStage.Refused)
        {
            Assert.Throws<NotSupportedException>(() => context.Model.Save(transformer, data.Schema, path));
            return;
        }

        context.Model.Save(transformer, data.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema schema);
        Assert.Equal(data.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        IDataView view = loaded.Transform(data);
        if (options.Saved == SavedStage.Nothing)
        {
            AssertSame(data.Schema, view.Schema, "schema of a stage that is saved as nothing");
            return;
        }

        RowTable.AssertEqual(
            all,
            RowTable.Read(view, [.. outputs.Where(all.Columns.Contains)]),
            Math.Max(options.Tolerance, 1e-4f),
            "saved and loaded"
        );
        Assert.Equal(
            transformer.GetOutputSchema(data.Schema).Where(c => !c.IsHidden).Select(c => c.Name).Order(),
            view.Schema.Where(c => !c.IsHidden).Select(c => c.Name).Order()
        );
    }

    private static void WorksInAChain(MLContext context, IEstimator<ITransformer> estimator, IDataView data, RowTable all, ConformanceOptions options)
    {
        string first = data.Schema[0].Name;
        TransformerChain<ITransformer> chain = context
            .Transforms.CopyColumns("Conformance.Copy", first)
            .AppendCacheCheckpoint(context)
            .Append(estimator)
            .Fit(data);
        RowTable.AssertEqual(all, RowTable.Read(chain.Transform(data), [.. all.Columns]), options.Tolerance, "fitted again in a chain");

        ITransformer whole = chain;
        Assert.True(whole.IsRowToRowMapper);
        IRowToRowMapper mapper = whole.GetRowToRowMapper(data.Schema);
        DataViewSchema.Column[] asked = [.. all.Columns.Select(name => mapper.OutputSchema[name])];
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        using DataViewRow row = mapper.GetRow(cursor, mapper.OutputSchema);
        RowTable table = new();
        table.Columns.AddRange(all.Columns);
        Func<object>[] getters = [.. asked.Select(c => RowTable.Getter(row, c))];
        while (cursor.MoveNext())
            table.Rows.Add(Array.ConvertAll(getters, get => get()));
        RowTable.AssertEqual(all, table, options.Tolerance, "chain's row mapper");
    }
}
