using System.Collections.ObjectModel;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Adds the sampling weight of a row's label; adds nothing if the input has no label column. Made by <see cref="BalanceClassesEstimator"/>.
/// </summary>
public sealed class BalanceClassesTransformer : StageTransformer
{
    private readonly string _outputColumnName;
    private readonly string _labelColumnName;

    internal BalanceClassesTransformer(
        MLContext context,
        string outputColumnName,
        string labelColumnName,
        IReadOnlyList<string> names,
        IReadOnlyList<int> counts,
        IReadOnlyList<double> weights
    )
        : base(context)
    {
        (_outputColumnName, _labelColumnName) = (outputColumnName, labelColumnName);
        int[] present = [.. Enumerable.Range(0, names.Count).Where(i => counts[i] > 0)];
        ClassCounts = new ReadOnlyDictionary<string, int>(present.ToDictionary(i => names[i], i => counts[i]));
        Weights = new ReadOnlyDictionary<string, double>(present.ToDictionary(i => names[i], i => weights[i]));
    }

    /// <summary>The number of training rows of each label that occurs.</summary>
    public IReadOnlyDictionary<string, int> ClassCounts { get; }

    /// <summary>For each label that occurs, the expected draws of one of its rows per epoch.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; }

    private protected override BoundMapper Bind(DataViewSchema input) =>
        input.GetColumnOrNull(_labelColumnName) is null
            ? new Mapper(null, [], [])
            : new Mapper(
                SchemaChecks.RequireTextKey(input, _labelColumnName),
                // By name, not by raw key: another view of the same labels may number them differently. Labels not seen in training are drawn once.
                [
                    0,
                    .. TextAnnotations
                        .Read(input[_labelColumnName], TextAnnotations.KeyValuesKind)!
                        .Select(name => (float)Weights.GetValueOrDefault(name, 1)),
                ],
                [new DataViewSchema.DetachedColumn(_outputColumnName, NumberDataViewType.Single)]
            );

    /// <summary>Writes nothing: weights are only for training.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper(DataViewSchema.Column? label, float[] weights, DataViewSchema.DetachedColumn[] outputs) : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => outputs;

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [label!.Value];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(input.GetGetter<uint>(input.Schema[label!.Value.Index]), weights);
    }

    private sealed class Computation(ValueGetter<uint> label, float[] weights) : BatchComputation
    {
        private uint _label;

        internal override void Read(int slot) => label(ref _label);

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<float>)(
                (ref float value) =>
                {
                    slot();
                    value = _label < weights.Length ? weights[_label] : 0;
                }
            );
    }
}
