namespace CxrAnnotate;

/// <summary>Independent generators from one seed and the place they are used at (epoch, row, view), whatever thread uses them.</summary>
internal static class Seeds
{
    /// <summary>A seed mixed from several numbers (SplitMix64's finaliser).</summary>
    internal static int Mix(int seed, params ReadOnlySpan<int> places)
    {
        ulong state = (uint)seed;
        foreach (int place in places)
        {
            state += 0x9E3779B97F4A7C15UL + (uint)place;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EBUL;
            state ^= state >> 31;
        }

        return (int)(state & int.MaxValue);
    }

    /// <summary>A generator for a place.</summary>
    internal static Random At(int seed, params ReadOnlySpan<int> places) => new(Mix(seed, places));
}
