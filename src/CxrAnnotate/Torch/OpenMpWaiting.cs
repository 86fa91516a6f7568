using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// Bounds how long the OpenMP threads of libtorch spin while they wait for each other. By default each occupies its core for three milliseconds per
/// wait. On a shared machine this takes time from other work, and from the very thread that is waited for (docs/performance.md).
/// </summary>
internal static class OpenMpWaiting
{
    /// <summary>Turns of the waiting loop before a thread sleeps, about a tenth of a millisecond; GNU OpenMP's own value is 300,000.</summary>
    internal const int SpinCount = 10_000;

    private const string Variable = "GOMP_SPINCOUNT";

    /// <summary>Variables by which a user configures the waiting; if one is set, nothing is changed.</summary>
    private static readonly string[] _chosenBy = [Variable, "OMP_WAIT_POLICY", "KMP_BLOCKTIME"];

    private static readonly Lazy<bool> _done = new(() =>
        NativeVariables.Set(Variable, SpinCount.ToString(CultureInfo.InvariantCulture), _chosenBy)
    );

    /// <summary>Sets the bound once for the process. OpenMP reads it when it is loaded; later it has no effect.</summary>
    /// <returns>Whether the bound was set; false if the user configured the waiting.</returns>
    internal static bool Bound() => _done.Value;
}
