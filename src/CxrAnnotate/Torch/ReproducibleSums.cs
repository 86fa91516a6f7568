namespace CxrAnnotate;

/// <summary>
/// Lets the matrix products of libtorch's MKL give the same bits wherever their operands lie in memory. By default MKL chooses the order of additions
/// also by the alignment of the operands, and batches that come from .NET's arrays lie anywhere (docs/determinism.md).
/// </summary>
internal static class ReproducibleSums
{
    /// <summary>The fastest code of the processor that is independent of alignment ("Conditional Numerical Reproducibility" of oneMKL).</summary>
    internal const string Mode = "AUTO,STRICT";

    private const string Variable = "MKL_CBWR";

    private static readonly Lazy<bool> _done = new(() => NativeVariables.Set(Variable, Mode, Variable));

    /// <summary>Asks for it once for the process. MKL reads it when it first computes; later it has no effect.</summary>
    /// <returns>Whether it was asked for; false if the user chose a mode.</returns>
    internal static bool Required() => _done.Value;
}
