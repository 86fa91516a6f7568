namespace CxrAnnotate;

/// <summary>
/// The generator MT19937 of Matsumoto and Nishimura (1998) as numpy's <c>RandomState(seed).random_sample()</c> draws from it: the paper's program
/// thinned out the normal rows with it, so its counts can be reproduced.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    internal MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Size; i++)
            _state[i] = (1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
    }

    /// <summary>A number from 0 to below 1 with 53 random bits.</summary>
    internal double NextDouble()
    {
        uint high = NextUInt32() >> 5,
            low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    internal uint NextUInt32()
    {
        if (_next == Size)
            Twist();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (int i = 0; i < Size; i++)
        {
            uint y = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7fffffff);
            _state[i] = _state[(i + Middle) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        _next = 0;
    }
}
