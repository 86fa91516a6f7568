namespace CxrAnnotate;

/// <summary>The purpose of a random stream. A study's streams are independent, so that a finding does not change anatomy or noise.</summary>
internal enum PhantomStream
{
    Plan,
    Anatomy,
    FrontalPose,
    FrontalDetail,
    FrontalFilm,
    LateralPose,
    LateralDetail,
    LateralFilm,
    Split,
    Shortcut,
}

/// <summary>The random numbers of phantoms: any study can be drawn without those before it.</summary>
internal sealed class PhantomRandom(ulong seed)
{
    private SplitMix64 _bits = new(seed);

    internal static PhantomRandom For(int seed, int study, PhantomStream stream) =>
        new(SplitMix64.Finish(SplitMix64.Finish(SplitMix64.Mix((uint)seed) + (uint)study) + (uint)stream));

    internal ulong NextUInt64() => _bits.NextUInt64();

    /// <summary>Uniform on [0, 1).</summary>
    internal double NextDouble() => _bits.NextDouble();

    internal float Range(float low, float high) => low + (high - low) * (float)NextDouble();

    /// <summary>Uniform on 0 ... count-1.</summary>
    internal int Next(int count) => (int)(NextDouble() * count);

    internal bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Nearly normal with mean 0 and variance 1: the sum of four uniform numbers from one draw.</summary>
    internal float Gauss()
    {
        ulong bits = NextUInt64();
        uint sum = (uint)(bits & 0xFFFF) + (uint)((bits >> 16) & 0xFFFF) + (uint)((bits >> 32) & 0xFFFF) + (uint)(bits >> 48);
        return (sum * (1f / 65536f) - 2f) * 1.7320508f;
    }

    /// <summary>An index drawn with probability proportional to its weight.</summary>
    internal int Pick(ReadOnlySpan<float> weights)
    {
        float total = 0;
        foreach (float weight in weights)
            total += weight;
        float left = (float)(NextDouble() * total);
        for (int i = 0; i < weights.Length - 1; i++)
        {
            left -= weights[i];
            if (left < 0)
                return i;
        }
        return weights.Length - 1;
    }
}
