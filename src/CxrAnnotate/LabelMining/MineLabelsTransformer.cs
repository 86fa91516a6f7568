using System.Collections.ObjectModel;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Adds label and caption of a row's annotation; adds nothing if the input has no column of annotations. Made by <see cref="MineLabelsEstimator"/>.
/// </summary>
public sealed class MineLabelsTransformer : StageTransformer
{
    private const string Name = "MineLabels";

    private readonly MineLabelsOptions _options;
    private readonly MiningRule _rule;
    private readonly MinedLabels _mined;
    private readonly string[] _forms;

    internal MineLabelsTransformer(
        MLContext context,
        MineLabelsOptions options,
        MiningRule rule,
        MinedLabels mined,
        IReadOnlyDictionary<string, string> forms,
        IReadOnlyList<int> cases,
        IReadOnlyDictionary<string, int>? rare = null
    )
        : base(context)
    {
        (_options, _rule, _mined, _forms) = (options, rule, mined, WordForms.ToEntries(forms));
        Labels = Array.AsReadOnly(mined.Labels.Select(label => label.Name).ToArray());
        Cases = new ReadOnlyDictionary<string, int>(Labels.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => cases[pair.i]));
        RareFindings = new ReadOnlyDictionary<string, int>((rare ?? new Dictionary<string, int>()).ToDictionary());
        DisplayForms = new ReadOnlyDictionary<string, string>(forms.ToDictionary());
    }

    /// <summary>The labels in the order of their keys or slots, most frequent first; several terms are joined by <c>+</c>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The number of training rows of each label; in multi-label mode a row counts for each of its findings.</summary>
    public IReadOnlyDictionary<string, int> Cases { get; }

    /// <summary>
    /// With <see cref="LabelTask.MultiLabel"/> the findings that have no slot because too few training rows have them, with those rows' number, most
    /// frequent first; empty otherwise.
    /// </summary>
    public IReadOnlyDictionary<string, int> RareFindings { get; }

    /// <summary>Single-label or multi-label.</summary>
    internal LabelTask Task => _options.Task;

    /// <summary>The word of a row without findings; null if no term stands for that.</summary>
    internal string? NormalLabel => _rule.NormalLabel;

    /// <summary>How the tokens of captions are written in the MeSH grammar.</summary>
    public IReadOnlyDictionary<string, string> DisplayForms { get; }

    /// <summary>The state from which this transformer can be recreated.</summary>
    internal MineLabelsState ToState() =>
        new()
        {
            Protocol = _options.Protocol,
            Task = _options.Task,
            LabelColumnName = _options.LabelColumnName,
            CaptionColumnName = _options.CaptionColumnName,
            MeshColumnName = _options.MeshColumnName,
            MeshTopColumnName = _options.MeshTopColumnName,
            UncertainColumnName = _options.UncertainColumnName,
            AbsentColumnName = _options.AbsentColumnName,
            Rare = _options.Task == LabelTask.MultiLabel ? RareFindings : null,
            NormalTerms = _options.NormalTerms,
            UnlabelledPatterns = _options.UnlabelledPatterns,
            Labels = [.. _mined.Labels.Select(label => new MinedLabelState(label.Name, label.Terms, Cases[label.Name]))],
            Forms = DisplayForms,
        };

    /// <summary>Recreates a transformer from its state.</summary>
    /// <exception cref="InvalidDataException">The state is incomplete.</exception>
    internal static MineLabelsTransformer FromState(MLContext context, MineLabelsState state)
    {
        if (state.Problem() is { } problem)
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"The saved label mining is damaged: {problem}."));
        var names = new MineLabelsOptions();
        var options = new MineLabelsOptions
        {
            Protocol = state.Protocol,
            Task = state.Task,
            LabelColumnName = state.LabelColumnName ?? names.LabelColumnName,
            CaptionColumnName = state.CaptionColumnName ?? names.CaptionColumnName,
            MeshColumnName = state.MeshColumnName ?? names.MeshColumnName,
            MeshTopColumnName = state.MeshTopColumnName ?? names.MeshTopColumnName,
            UncertainColumnName = state.UncertainColumnName,
            AbsentColumnName = state.AbsentColumnName,
            NormalTerms = state.NormalTerms,
            UnlabelledPatterns = state.UnlabelledPatterns,
        };
        options.Check();
        MinedPattern[] labels = [.. state.Labels.Select((label, i) => new MinedPattern(label.Name, i, label.Terms) { Cases = label.Cases })];
        var mined = new MinedLabels(labels, [], labels, state.UnlabelledPatterns == UnlabelledPatterns.MostFrequentTerm);
        return new MineLabelsTransformer(
            context,
            options,
            MiningRule.Of(options),
            mined,
            state.Forms,
            [.. state.Labels.Select(label => label.Cases)],
            state.Rare
        );
    }

    internal static void WarnUnread(MLContext context, MineLabelsOptions options, int unread, int rows)
    {
        if (unread > 0)
        {
            string top = options.Protocol == MiningProtocol.Paper ? $" or no top terms in '{options.MeshTopColumnName}'" : "";
            StageLog.Warn(
                context,
                Name,
                $"{unread} of {rows} rows have no readable annotation in column '{options.MeshColumnName}'{top}: "
                    + "they have no label and an empty caption."
            );
        }
    }

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        if (input.GetColumnOrNull(_options.MeshColumnName) is null)
            return new Mapper(this, [], []);
        DataViewSchema.Column mesh = SchemaChecks.RequireText(input, _options.MeshColumnName, "annotation");
        if (_options.Task == LabelTask.MultiLabel)
        {
            return new Mapper(
                this,
                [mesh, .. MineLabelsEstimator.Stated(_options).Select(name => SchemaChecks.RequireText(input, name, "finding"))],
                [
                    new DataViewSchema.DetachedColumn(
                        _options.LabelColumnName,
                        new VectorDataViewType(NumberDataViewType.Single, Labels.Count),
                        TextAnnotations.SlotNames(Labels)
                    ),
                    new DataViewSchema.DetachedColumn(
                        _options.CaptionColumnName,
                        TextDataViewType.Instance,
                        TextAnnotations.Create((WordForms.AnnotationKind, _forms))
                    ),
                ]
            );
        }

        return new Mapper(
            this,
            _options.Protocol == MiningProtocol.Paper ? [mesh, SchemaChecks.RequireText(input, _options.MeshTopColumnName, "top term")] : [mesh],
            [
                new DataViewSchema.DetachedColumn(
                    _options.LabelColumnName,
                    new KeyDataViewType(typeof(uint), Labels.Count),
                    TextAnnotations.KeyValues(Labels)
                ),
                new DataViewSchema.DetachedColumn(
                    _options.CaptionColumnName,
                    TextDataViewType.Instance,
                    TextAnnotations.Create((WordForms.AnnotationKind, _forms))
                ),
            ]
        );
    }

    /// <summary>Writes nothing: a model that is loaded scores rows, and those have no annotation to mine.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper(MineLabelsTransformer stage, DataViewSchema.Column[] inputs, DataViewSchema.DetachedColumn[] outputs) : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => outputs;

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => inputs;

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(stage, [.. inputs.Select(column => input.GetGetter<ReadOnlyMemory<char>>(input.Schema[column.Index]))], wanted[1]);
    }

    private sealed class Computation(MineLabelsTransformer stage, ValueGetter<ReadOnlyMemory<char>>[] texts, bool wantsCaption) : BatchComputation
    {
        private ReadOnlyMemory<char> _text;
        private readonly FindingTargets? _findings =
            stage._options.Task == LabelTask.MultiLabel ? new(stage._mined.Labels, stage._options.AbsentColumnName is not null) : null;
        private uint _label;
        private float[] _targets = [];
        private string _caption = "";
        private int _rows;
        private int _unread;

        internal override void Read(int slot)
        {
            if (_findings is not null)
            {
                ReadFindings(_findings);
                return;
            }

            RowFindings? findings = stage._rule.Read(Text(0), texts.Length > 1 ? Text(1) : "", forms: null);
            int label = stage._mined.LabelOf(findings);
            _label = (uint)(label + 1);
            _caption = wantsCaption && findings is not null ? findings.Caption(stage._mined.TermsOf(label)) : "";
            _rows++;
            _unread += findings is null ? 1 : 0;
        }

        private void ReadFindings(FindingTargets targets)
        {
            RowFindings? findings = stage._rule.Read(Text(0), "", forms: null);
            string uncertain = stage._options.UncertainColumnName is null ? "" : Text(1),
                absent = stage._options.AbsentColumnName is null ? "" : Text(texts.Length - 1);
            _targets = targets.Of(findings, findings?.Pattern == stage.NormalLabel, absent, uncertain);
            _caption = wantsCaption && findings is not null ? findings.Caption([]) : "";
            _rows++;
            _unread += findings is null ? 1 : 0;
        }

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            output == 0 && _findings is not null
                ? (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) =>
                    {
                        slot();
                        DenseVector.Set(_targets, ref value);
                    }
                )
            : output == 0
                ? (ValueGetter<uint>)(
                    (ref uint value) =>
                    {
                        slot();
                        value = _label;
                    }
                )
            : (ValueGetter<ReadOnlyMemory<char>>)(
                (ref ReadOnlyMemory<char> value) =>
                {
                    slot();
                    value = _caption.AsMemory();
                }
            );

        public override void Dispose()
        {
            WarnUnread(stage.Context, stage._options, _unread, _rows);
            _unread = 0;
            base.Dispose();
        }

        private string Text(int i)
        {
            texts[i](ref _text);
            return _text.ToString();
        }
    }
}
