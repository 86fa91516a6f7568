using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>The row-at-a-time interface of a stage, which <c>PredictionEngine</c> uses: a batch of one, computed when a getter is called.</summary>
internal sealed class StageRowMapper(StageBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.Input;

    public DataViewSchema OutputSchema => binding.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        bool[] wanted = binding.Split(dependingColumns, out SortedSet<int> passed);
        passed.UnionWith(binding.Dependencies(wanted));
        return passed.Select(i => binding.Input[i]);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema && !input.Schema.Select(c => (c.Name, c.Type)).SequenceEqual(InputSchema.Select(c => (c.Name, c.Type))))
            throw new ArgumentException(
                ErrorCode.CursorMisused.Message("The row's schema is not the one that the mapper was bound to."),
                nameof(input)
            );
        return new StageRow(binding, input, activeColumns);
    }
}
