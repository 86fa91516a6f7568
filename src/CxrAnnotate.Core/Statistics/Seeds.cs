namespace CxrAnnotate;

/// <summary>Derives independent generators from a seed and the place of use (epoch, row, view), regardless of the thread.</summary>
internal static class Seeds
{
    /// <summary>A seed mixed from several numbers.</summary>
    internal static int Mix(int seed, params ReadOnlySpan<int> places)
    {
        ulong state = (uint)seed;
        foreach (int place in places)
            state = SplitMix64.Mix(state + (uint)place);
        return (int)(state & int.MaxValue);
    }

    /// <summary>A generator for a place.</summary>
    internal static Random At(int seed, params ReadOnlySpan<int> places) => new(Mix(seed, places));
}
