using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Reads scored and training views into arrays, with ML.NET's errors where a column is not what it should be.</summary>
internal static class EvaluationReader
{
    private const string NoGroup = "(none)";

    /// <summary>Reads a scored view in one pass.</summary>
    /// <returns>The cases, and the columns that were used for groups and interval units (null: absent).</returns>
    internal static (EvaluationCases Cases, string? GroupColumn, string? UnitColumn) Read(IDataView scored, EvaluateOptions options)
    {
        DataViewSchema schema = scored.Schema;
        bool decoded = options.AnnotationTokensColumnName is not null;
        DataViewSchema.Column label = Key(schema, options.LabelColumnName, out string[] labelNames);
        DataViewSchema.Column predicted = Key(schema, options.PredictedLabelColumnName, out string[] predictedNames);
        DataViewSchema.Column score = Vector(schema, options.ScoreColumnName, out string[]? scoreNames);
        scoreNames ??=
            predictedNames.Length == ((VectorDataViewType)score.Type).Size
                ? predictedNames
                : throw Schema(
                    $"The score column '{score.Name}' has no slot names, and its {((VectorDataViewType)score.Type).Size} slots are not the "
                        + $"{predictedNames.Length} labels of '{predicted.Name}'."
                );
        DataViewSchema.Column? caption = Text(schema, options.CaptionColumnName, optional: !decoded);
        DataViewSchema.Column? tokens = decoded ? Text(schema, options.AnnotationTokensColumnName!, optional: false) : null;
        DataViewSchema.Column? source = Text(schema, options.GroupColumnName, options.GroupColumnName == EvaluateOptions.DefaultGroup);
        DataViewSchema.Column? view = Text(schema, options.ViewColumnName, options.ViewColumnName == EvaluateOptions.DefaultView);
        bool defaultUnits = options.IntervalGroupColumnName == EvaluateOptions.DefaultIntervalGroup;
        DataViewSchema.Column? unit = Text(schema, options.IntervalGroupColumnName, defaultUnits);
        DataViewSchema.Column? study = defaultUnits ? Text(schema, EvaluateOptions.FallbackIntervalGroup, optional: true) : null;
        DataViewSchema.Column? word = null;
        string[]? words = null;
        if (
            decoded
            && (
                options.WordProbabilityColumnName != EvaluateOptions.DefaultWordProbability
                || schema.GetColumnOrNull(options.WordProbabilityColumnName) is not null
            )
        )
            word = Vector(schema, options.WordProbabilityColumnName, out words);
        if (word is not null && words is null)
            throw Schema($"The word probability column '{options.WordProbabilityColumnName}' has no slot names; they say which word a slot is.");

        (IReadOnlyList<string> bases, int[] baseOf) = (BaseLabels.Names(scoreNames), BaseLabels.Indices(scoreNames));
        string[] names = [.. bases.Union(labelNames.Select(BaseLabels.NameOf)).Union(predictedNames.Select(BaseLabels.NameOf))];
        int[] labelOf = [.. labelNames.Select(n => Array.IndexOf(names, BaseLabels.NameOf(n)))];
        int[] predictedOf = [.. predictedNames.Select(n => Array.IndexOf(names, BaseLabels.NameOf(n)))];

        List<int> truth = [],
            decisions = [];
        List<double[]> scores = [];
        List<float[]> wordProbabilities = [];
        List<string> captions = [],
            emitted = [],
            sources = [],
            views = [],
            units = [];
        bool anySource = false,
            anyView = false,
            anyUnit = false,
            anyStudy = false;

        DataViewSchema.Column[] needed =
        [
            .. new DataViewSchema.Column?[] { label, predicted, score, caption, tokens, source, view, unit, study, word }
                .Where(c => c is not null)
                .Select(c => c!.Value)
                .DistinctBy(c => c.Index),
        ];
        using DataViewRowCursor cursor = scored.GetRowCursor(needed);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(label),
            getPredicted = cursor.GetGetter<uint>(predicted);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(score);
        ValueGetter<VBuffer<float>>? getWords = word is { } wordColumn ? cursor.GetGetter<VBuffer<float>>(wordColumn) : null;
        Func<string> getCaption = Getter(cursor, caption),
            getTokens = Getter(cursor, tokens),
            getSource = Getter(cursor, source),
            getView = Getter(cursor, view),
            getUnit = Getter(cursor, unit),
            getStudy = Getter(cursor, study);
        uint key = 0;
        VBuffer<float> vector = default;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            truth.Add(key == 0 ? -1 : labelOf[key - 1]);
            getPredicted(ref key);
            decisions.Add(key == 0 ? -1 : predictedOf[key - 1]);
            getScore(ref vector);
            double[] folded = new double[names.Length];
            foreach ((int slot, float value) in vector.Items())
                folded[baseOf[slot]] += Finite(value, score, scoreNames[slot], truth.Count - 1);
            scores.Add(folded);
            if (getWords is not null)
            {
                getWords(ref vector);
                float[] dense = new float[words!.Length];
                foreach ((int slot, float value) in vector.Items())
                    dense[slot] = Finite(value, word!.Value, words[slot], truth.Count - 1);
                wordProbabilities.Add(dense);
            }

            captions.Add(getCaption());
            emitted.Add(getTokens());
            string group = getSource(),
                projection = getView(),
                patient = getUnit(),
                uid = getStudy();
            anySource |= group.Length > 0;
            anyView |= projection.Length > 0;
            anyUnit |= patient.Length > 0;
            anyStudy |= uid.Length > 0;
            sources.Add(group.Length > 0 ? group : NoGroup);
            views.Add(projection);
            units.Add(
                patient.Length > 0 ? "patient " + patient
                : uid.Length > 0 ? "study " + uid
                : $"row {units.Count}"
            );
        }

        if (truth.Count == 0)
            throw new InvalidOperationException(ErrorCode.NothingToEvaluate.Message("The view to evaluate has no rows."));
        EvaluationCases cases = new()
        {
            Labels = names,
            Truth = [.. truth],
            Predicted = [.. decisions],
            Scores = [.. scores],
            Captions = [.. captions],
            Emitted = decoded ? [.. emitted] : null,
            Words = words ?? [],
            WordProbabilities = word is null ? null : [.. wordProbabilities],
            Sources = anySource ? [.. sources] : null,
            Views = anyView ? [.. views] : null,
            Units = [.. units],
            NormalLabel = options.NormalLabel,
        };
        return (
            cases,
            anySource ? options.GroupColumnName : null,
            anyUnit ? options.IntervalGroupColumnName
            : anyStudy ? EvaluateOptions.FallbackIntervalGroup
            : null
        );
    }

    /// <summary>Reads what the baselines need of the training rows.</summary>
    internal static TrivialBaselines ReadTraining(IDataView training, EvaluateOptions options)
    {
        DataViewSchema schema = training.Schema;
        DataViewSchema.Column label = Key(schema, options.LabelColumnName, out string[] names);
        DataViewSchema.Column? caption = Text(schema, options.CaptionColumnName, optional: options.AnnotationTokensColumnName is null);
        DataViewSchema.Column? source = Text(schema, options.GroupColumnName, optional: true);
        DataViewSchema.Column? view = Text(schema, options.ViewColumnName, optional: true);

        List<string?> labels = [];
        List<string> captions = [],
            sources = [],
            views = [];
        DataViewSchema.Column[] needed =
        [
            .. new DataViewSchema.Column?[] { label, caption, source, view }
                .Where(c => c is not null)
                .Select(c => c!.Value)
                .DistinctBy(c => c.Index),
        ];
        using DataViewRowCursor cursor = training.GetRowCursor(needed);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(label);
        Func<string> getCaption = Getter(cursor, caption),
            getSource = Getter(cursor, source),
            getView = Getter(cursor, view);
        uint key = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            labels.Add(key == 0 ? null : BaseLabels.NameOf(names[key - 1]));
            captions.Add(getCaption());
            string group = getSource();
            sources.Add(group.Length > 0 ? group : NoGroup);
            views.Add(getView());
        }

        return labels.Count > 0
            ? new TrivialBaselines(labels, captions, source is null ? null : sources, view is null ? null : views)
            : throw new InvalidOperationException(
                ErrorCode.NothingToEvaluate.Message($"The view given as {nameof(EvaluateOptions.TrainingData)} has no rows.")
            );
    }

    private static float Finite(float value, DataViewSchema.Column column, string slot, int row) =>
        float.IsFinite(value)
            ? value
            : throw new InvalidOperationException(
                ErrorCode.ScoreNotFinite.Message(
                    $"Row {row} has {value} for '{slot}' in column '{column.Name}'; figures cannot be computed from it. Check the row's image and "
                        + $"the model's weights."
                )
            );

    private static DataViewSchema.Column Find(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) ?? throw Schema($"Could not find input column '{name}'");

    private static DataViewSchema.Column Key(DataViewSchema schema, string name, out string[] names)
    {
        DataViewSchema.Column column = Find(schema, name);
        if (
            column.Type is not KeyDataViewType { RawType: var raw }
            || raw != typeof(uint)
            || column.Annotations.Schema.GetColumnOrNull("KeyValues") is not { Type: VectorDataViewType { ItemType: TextDataViewType } }
        )
            throw Mismatch(
                column,
                $"Key<UInt32> with text key values (several findings are measured by {nameof(ChestXrayCatalog.EvaluateFindings)})"
            );
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        names = [.. values.DenseValues().Select(v => v.ToString())];
        return column;
    }

    private static DataViewSchema.Column Vector(DataViewSchema schema, string name, out string[]? slots)
    {
        DataViewSchema.Column column = Find(schema, name);
        if (column.Type is not VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType { RawType: var raw } } || raw != typeof(float))
            throw Mismatch(column, "known-size vector of Single");
        slots = null;
        if (column.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> values = default;
            column.GetSlotNames(ref values);
            slots = [.. values.DenseValues().Select(v => v.ToString())];
        }

        return column;
    }

    private static DataViewSchema.Column? Text(DataViewSchema schema, string name, bool optional)
    {
        if (optional && schema.GetColumnOrNull(name) is null)
            return null;
        DataViewSchema.Column column = Find(schema, name);
        return column.Type is TextDataViewType ? column : throw Mismatch(column, "String");
    }

    private static Func<string> Getter(DataViewRow row, DataViewSchema.Column? column)
    {
        if (column is not { } present)
            return () => "";
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(present);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.ToString();
        };
    }

    private static ArgumentOutOfRangeException Mismatch(DataViewSchema.Column column, string expected) =>
        Schema($"Schema mismatch for input column '{column.Name}'. Expected: {expected}, got: {column.Type}");

    private static ArgumentOutOfRangeException Schema(string message, string parameter = "inputSchema") =>
        new(parameter, ErrorCode.ColumnUnsuitable.Message(message));
}
