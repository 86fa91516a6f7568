using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>What a stage for training binds to where rows are to be scored: no column is added.</summary>
internal sealed class PassThrough : BoundMapper
{
    internal static PassThrough Instance { get; } = new();

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [];

    internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [];

    internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) => new Nothing();

    private sealed class Nothing : BatchComputation
    {
        internal override void Read(int slot) { }

        internal override void Compute(int count) { }

        internal override Delegate Getter(int output, Func<int> slot) => throw new ArgumentOutOfRangeException(nameof(output));
    }
}
