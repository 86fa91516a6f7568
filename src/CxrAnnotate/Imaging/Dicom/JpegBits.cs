namespace CxrAnnotate;

/// <summary>The entropy-coded part of a JPEG scan as bits: stuffed zeros are taken out, and a marker ends it (T.81, annex F.2.2.5).</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private uint _bits;
    private int _count;

    /// <summary>The byte behind what was taken from the data.</summary>
    internal int Position { get; private set; }

    internal int Read(int count)
    {
        if (count == 0)
            return 0;
        Fill(count);
        _count -= count;
        return (int)((_bits >> _count) & ((1u << count) - 1));
    }

    internal int Bit() => Read(1);

    /// <summary>A number of that many bits, of the sign that its first bit tells (T.81, F.2.2.1, EXTEND).</summary>
    internal int Signed(int size)
    {
        int value = Read(size);
        return size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
    }

    /// <summary>Throws away what is left of the last byte, and steps over the restart marker of that number.</summary>
    /// <exception cref="InvalidDataException">Another marker is there, or none.</exception>
    internal void Restart(int number)
    {
        _count = 0;
        _bits = 0;
        if (Position + 1 >= _data.Length || _data[Position] != 0xFF || _data[Position + 1] != 0xD0 + (number & 7))
            throw new InvalidDataException("its JPEG data lack a restart marker");
        Position += 2;
    }

    private void Fill(int count)
    {
        while (_count < count)
        {
            if (Position >= _data.Length)
                throw new InvalidDataException("its JPEG data end too early");
            byte next = _data[Position];
            if (next == 0xFF)
            {
                if (Position + 1 >= _data.Length || _data[Position + 1] != 0)
                    throw new InvalidDataException("its JPEG data end too early");
                Position++;
            }

            Position++;
            _bits = (_bits << 8) | next;
            _count += 8;
        }
    }
}
