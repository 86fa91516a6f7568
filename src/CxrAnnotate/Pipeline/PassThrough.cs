using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The mapper of a training stage when rows are scored: it adds no column.</summary>
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
