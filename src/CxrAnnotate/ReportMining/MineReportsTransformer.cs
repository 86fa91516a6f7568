using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Adds the annotation mined from a report. Made by <see cref="MineReportsEstimator"/>, which describes the output.</summary>
public sealed class MineReportsTransformer : StageTransformer
{
    private readonly MineReportsOptions _options;
    private readonly ReportRules _rules;
    private readonly string[] _names;

    internal MineReportsTransformer(MLContext context, MineReportsOptions options, ReportRules rules)
        : base(context)
    {
        (_options, _rules) = (options, rules);
        _names = [.. rules.FindingNames];
    }

    /// <summary>
    /// The findings of the rules, in the order of the slots of the states column: a MeSH heading, with the qualifiers that make it a finding
    /// (<c>Lung/hypoinflation</c>).
    /// </summary>
    public IReadOnlyList<string> Findings => _rules.FindingNames;

    /// <summary>The version of the rules, as their file names it.</summary>
    public string RulesVersion => _rules.Version;

    private protected override BoundMapper Bind(DataViewSchema input) =>
        new Mapper(
            this,
            _options.Sections.HasFlag(ReportSections.Findings) ? SchemaChecks.RequireText(input, _options.FindingsColumnName) : null,
            _options.Sections.HasFlag(ReportSections.Impression) ? SchemaChecks.RequireText(input, _options.ImpressionColumnName) : null
        );

    /// <summary>Writes nothing: what is mined is for training.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper(MineReportsTransformer stage, DataViewSchema.Column? findings, DataViewSchema.Column? impression) : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(stage._options.OutputColumnName, TextDataViewType.Instance),
            new(stage._options.AbsentColumnName, TextDataViewType.Instance),
            new(stage._options.UncertainColumnName, TextDataViewType.Instance),
            new(
                stage._options.StatesColumnName,
                new VectorDataViewType(NumberDataViewType.Single, stage._names.Length),
                TextAnnotations.SlotNames(stage._names)
            ),
            .. stage._options.CheXpertColumnName is { } labels ? [CheXpert(labels)] : (DataViewSchema.DetachedColumn[])[],
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) =>
            new[] { findings, impression }.Where(column => column is not null).Select(column => column!.Value);

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(stage, Getter(input, findings), Getter(input, impression));

        private static DataViewSchema.DetachedColumn CheXpert(string name) =>
            new(
                name,
                new VectorDataViewType(NumberDataViewType.Single, CheXpertLabeling.Names.Count),
                TextAnnotations.SlotNames([.. CheXpertLabeling.Names])
            );

        private static ValueGetter<ReadOnlyMemory<char>>? Getter(DataViewRow input, DataViewSchema.Column? column) =>
            column is { } present ? input.GetGetter<ReadOnlyMemory<char>>(input.Schema[present.Index]) : null;
    }

    private sealed class Computation(
        MineReportsTransformer stage,
        ValueGetter<ReadOnlyMemory<char>>? findings,
        ValueGetter<ReadOnlyMemory<char>>? impression
    ) : BatchComputation
    {
        private readonly ReportMiner _miner = stage._options.CreateMiner(stage._rules);
        private ReadOnlyMemory<char> _text;
        private MinedReport? _report;

        internal override void Read(int slot) => _report = _miner.Mine(Text(findings), Text(impression));

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            output switch
            {
                0 => TextGetter(slot, report => report.Annotation),
                1 => TextGetter(slot, report => stage._rules.NamesOf(report, FindingState.Absent)),
                2 => TextGetter(slot, report => stage._rules.NamesOf(report, FindingState.Uncertain)),
                4 => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) =>
                    {
                        slot();
                        Span<float> labels = stackalloc float[CheXpertLabeling.Names.Count];
                        CheXpertLabeling.Fill(
                            labels,
                            _report!.Annotation,
                            stage._rules.NamesOf(_report, FindingState.Absent),
                            stage._rules.NamesOf(_report, FindingState.Uncertain)
                        );
                        DenseVector.Set(labels, ref value);
                    }
                ),
                _ => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) =>
                    {
                        slot();
                        Span<float> states = stackalloc float[stage._names.Length];
                        for (int i = 0; i < states.Length; i++)
                        {
                            states[i] = _report!.States[i] switch
                            {
                                FindingState.Present => 1,
                                FindingState.Absent => 0,
                                FindingState.Uncertain => -1,
                                _ => float.NaN,
                            };
                        }
                        DenseVector.Set(states, ref value);
                    }
                ),
            };

        private ValueGetter<ReadOnlyMemory<char>> TextGetter(Func<int> slot, Func<MinedReport, string> read) =>
            (ref ReadOnlyMemory<char> value) =>
            {
                slot();
                value = read(_report!).AsMemory();
            };

        private string Text(ValueGetter<ReadOnlyMemory<char>>? getter)
        {
            if (getter is null)
                return "";
            getter(ref _text);
            return _text.ToString();
        }
    }
}
