namespace CxrAnnotate;

/// <summary>
/// The generator of Steele, Lea and Flood (OOPSLA 2014): a counter and a hash of it. System.Random may return different numbers in another version of
/// .NET; this generator never does.
/// </summary>
internal struct SplitMix64(ulong state)
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private ulong _state = state;

    /// <summary>The next 64 random bits.</summary>
    internal ulong NextUInt64() => Finish(_state += Increment);

    /// <summary>Uniform on [0, 1), in steps of 2^-53.</summary>
    internal double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The first output of a generator with this state; turns a number into a seed.</summary>
    internal static ulong Mix(ulong value) => Finish(value + Increment);

    /// <summary>The generator's hash: maps neighbouring values to unrelated ones.</summary>
    internal static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
