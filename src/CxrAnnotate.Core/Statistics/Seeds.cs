namespace CxrAnnotate;

/// <summary>Independent generators from one seed and the place they are used at (epoch, row, view), whatever thread uses them.</summary>
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
