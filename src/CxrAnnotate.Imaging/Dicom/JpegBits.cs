namespace CxrAnnotate;

/// <summary>Reads the entropy-coded part of a JPEG scan bit by bit: stuffed zeros are skipped, and a marker ends it (T.81, annex F.2.2.5).</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private ulong _bits;
    private int _count;

    /// <summary>The position after the consumed bytes; never past a marker.</summary>
    internal int Position { get; private set; }

    /// <summary>The next bits, at most 16, without consuming them; missing bits are zero.</summary>
    internal int Peek(int count)
    {
        if (_count < count)
            Fill();
        return (int)(_count >= count ? _bits >> (_count - count) : _bits << (count - _count)) & ((1 << count) - 1);
    }

    /// <summary>Consumes bits, at most 16.</summary>
    /// <exception cref="InvalidDataException">The data end before.</exception>
    internal void Skip(int count)
    {
        if (_count < count)
        {
            Fill();
            if (_count < count)
                throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its JPEG data end too early"));
        }

        _count -= count;
    }

    /// <summary>The next bits, at most 16, as an unsigned number.</summary>
    /// <exception cref="InvalidDataException">The data end before.</exception>
    internal int Take(int count)
    {
        if (count == 0)
            return 0;
        int value = Peek(count);
        Skip(count);
        return value;
    }

    /// <summary>A signed number of a size in bits, at most 16; its first bit gives the sign (T.81, F.2.2.1, EXTEND).</summary>
    internal int Signed(int size)
    {
        if (size == 0)
            return 0;
        int value = Take(size);
        return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
    }

    /// <summary>Discards the rest of the last byte and skips the restart marker of a number.</summary>
    /// <exception cref="InvalidDataException">There is another marker, or none.</exception>
    internal void Restart(int number)
    {
        // Fill bytes may precede a marker (T.81, B.1.1.2).
        while (Position + 1 < _data.Length && _data[Position] == 0xFF && _data[Position + 1] == 0xFF)
            Position++;
        if (_count >= 8 || Position + 1 >= _data.Length || _data[Position] != 0xFF || _data[Position + 1] != 0xD0 + (number & 7))
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its JPEG data lack a restart marker"));
        (_bits, _count) = (0, 0);
        Position += 2;
    }

    private void Fill()
    {
        while (_count <= 48 && Position < _data.Length)
        {
            byte next = _data[Position];
            if (next == 0xFF)
            {
                if (Position + 1 >= _data.Length || _data[Position + 1] != 0)
                    return;
                Position++;
            }

            Position++;
            _bits = (_bits << 8) | next;
            _count += 8;
        }
    }
}
