using System.Numerics;
using System.Runtime.CompilerServices;

namespace CxrAnnotate;

/// <summary>The rows of a JPEG-LS scan (ITU-T T.87, annex A). The components of a scan share their statistics.</summary>
internal ref struct JpegLsScan
{
    private const int Contexts = 365,
        MostShift = 24;

    private readonly ReadOnlySpan<byte> _data;
    private readonly JpegLsPreset _preset;
    private readonly int _near;
    private readonly int _step;
    private readonly int _range;
    private readonly int _rangeBits;
    private readonly int _limit;
    private readonly int _width;

    /// <summary>The class of a gradient, from the lowest one on.</summary>
    private readonly sbyte[] _classes;

    private readonly Context[] _contexts = new Context[Contexts];
    private readonly RunContext[] _runs = new RunContext[2];

    /// <summary>The row before, and the row, of each component, with a sample more on both sides.</summary>
    private readonly int[][] _above;
    private readonly int[][] _rows;
    private readonly int[] _runIndexes;
    private int _runIndex;
    private ulong _bits;
    private int _count;
    private int _at;
    private bool _failed;

    /// <param name="data">The data, without markers.</param>
    /// <param name="preset">The complete parameters.</param>
    /// <param name="near">The largest error.</param>
    /// <param name="width">Samples of a row.</param>
    /// <param name="components">Components of the scan.</param>
    internal JpegLsScan(ReadOnlySpan<byte> data, JpegLsPreset preset, int near, int width, int components)
    {
        _data = data;
        _preset = preset;
        _near = near;
        _width = width;
        _step = (2 * near) + 1;
        _range = ((preset.Highest + (2 * near)) / _step) + 1;
        _rangeBits = BitOperations.Log2((uint)(_range - 1)) + 1;
        int bits = Math.Max(2, BitOperations.Log2((uint)preset.Highest) + 1);
        _limit = 2 * (bits + Math.Max(8, bits));
        _classes = new sbyte[(2 * preset.Highest) + 1];
        for (int i = 0; i < _classes.Length; i++)
            _classes[i] = Class(i - preset.Highest);
        int start = Math.Max(2, (_range + 32) / 64);
        Array.Fill(_contexts, new Context { Sum = start, Count = 1 });
        Array.Fill(_runs, new RunContext { Sum = start, Count = 1 });
        _above = [.. Enumerable.Range(0, components).Select(_ => new int[width + 2])];
        _rows = [.. Enumerable.Range(0, components).Select(_ => new int[width + 2])];
        _runIndexes = new int[components];
    }

    /// <summary>The samples of a component in the row that was read.</summary>
    internal readonly ReadOnlySpan<int> Row(int component) => _rows[component].AsSpan(1, _width);

    /// <summary>Reads the next row of every component; returns false if the data end or are damaged.</summary>
    /// <param name="byPixel">Whether the samples of a pixel follow each other, and not the rows of the components.</param>
    internal bool Next(bool byPixel)
    {
        for (int c = 0; c < _rows.Length; c++)
        {
            (_above[c], _rows[c]) = (_rows[c], _above[c]);
            _above[c][_width + 1] = _above[c][_width];
            _rows[c][0] = _above[c][1];
        }

        if (byPixel && _rows.Length > 1)
        {
            ReadPixels();
            return !_failed;
        }

        for (int c = 0; c < _rows.Length && !_failed; c++)
        {
            _runIndex = _runIndexes[c];
            ReadRow(_above[c], _rows[c]);
            _runIndexes[c] = _runIndex;
        }

        return !_failed;
    }

    private void ReadRow(int[] above, int[] row)
    {
        for (int x = 1; x <= _width && !_failed; x++)
        {
            int left = row[x - 1],
                up = above[x],
                corner = above[x - 1],
                gradients = Gradients(left, up, corner, above[x + 1]);
            if (gradients != 0)
            {
                row[x] = Regular(gradients, left, up, corner);
                continue;
            }

            int run = RunLength(_width + 1 - x);
            row.AsSpan(x, run).Fill(left);
            x += run;
            if (x <= _width)
            {
                row[x] = Math.Abs(left - above[x]) <= _near ? Interruption(1, left, left) : Interruption(0, left, above[x]);
                _runIndex = Math.Max(_runIndex - 1, 0);
            }
        }
    }

    private void ReadPixels()
    {
        Span<int> gradients = stackalloc int[_rows.Length];
        for (int x = 1; x <= _width && !_failed; x++)
        {
            bool flat = true;
            for (int c = 0; c < gradients.Length; c++)
            {
                int[] above = _above[c];
                gradients[c] = Gradients(_rows[c][x - 1], above[x], above[x - 1], above[x + 1]);
                flat &= gradients[c] == 0;
            }

            if (!flat)
            {
                for (int c = 0; c < gradients.Length; c++)
                    _rows[c][x] = Regular(gradients[c], _rows[c][x - 1], _above[c][x], _above[c][x - 1]);
                continue;
            }

            int run = RunLength(_width + 1 - x);
            foreach (int[] row in _rows)
                row.AsSpan(x, run).Fill(row[x - 1]);
            x += run;
            if (x <= _width)
            {
                for (int c = 0; c < gradients.Length; c++)
                    _rows[c][x] = Interruption(0, _rows[c][x - 1], _above[c][x]);
                _runIndex = Math.Max(_runIndex - 1, 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Gradients(int left, int up, int corner, int right)
    {
        int zero = _preset.Highest;
        return (((_classes[right - up + zero] * 9) + _classes[up - corner + zero]) * 9) + _classes[corner - left + zero];
    }

    private readonly sbyte Class(int gradient)
    {
        int size = Math.Abs(gradient),
            rank =
                size <= _near ? 0
                : size < _preset.First ? 1
                : size < _preset.Second ? 2
                : size < _preset.Third ? 3
                : 4;
        return (sbyte)(gradient < 0 ? -rank : rank);
    }

    /// <summary>A sample in a context of gradients (A.4 to A.6).</summary>
    private int Regular(int gradients, int left, int up, int corner)
    {
        int sign = gradients < 0 ? -1 : 1;
        ref Context context = ref _contexts[sign * gradients];
        (int low, int high) = left < up ? (left, up) : (up, left);
        int predicted =
            corner >= high ? low
            : corner <= low ? high
            : left + up - corner;
        predicted = Math.Clamp(predicted + (sign * context.Correction), 0, _preset.Highest);
        int shift = Shift(context.Sum, context.Count),
            mapped = Code(shift, _limit),
            error = (mapped & 1) != 0 ? -((mapped + 1) >> 1) : mapped >> 1;
        if (shift == 0 && _near == 0 && 2 * context.Bias <= -context.Count)
            error = ~error;
        context.Add(error, _step, _preset.Reset);
        return Sample(predicted, sign * error);
    }

    /// <summary>The number of samples that equal the one on the left (A.7.1).</summary>
    private int RunLength(int most)
    {
        int run = 0;
        while (run < most && !_failed)
        {
            int length = RunBits(_runIndex);
            if (Bits(1) == 0)
            {
                int rest = Bits(length);
                _failed |= run + rest > most;
                return Math.Min(run + rest, most);
            }

            if (run + (1 << length) <= most)
                _runIndex = Math.Min(_runIndex + 1, 31);
            run += 1 << length;
        }

        return Math.Min(run, most);
    }

    /// <summary>The sample that ends a run (A.7.2).</summary>
    /// <param name="type">1 if it is predicted by the left sample, which is near the upper one; else 0.</param>
    /// <param name="left">The left sample.</param>
    /// <param name="predicted">The sample by which it is predicted.</param>
    private int Interruption(int type, int left, int predicted)
    {
        ref RunContext context = ref _runs[type];
        int shift = Shift(context.Sum + (type * (context.Count >> 1)), context.Count),
            mapped = Code(shift, _limit - RunBits(_runIndex) - 1),
            odd = (mapped + type) & 1,
            error = (mapped + type + odd) >> 1;
        if ((shift != 0 || 2 * context.Negative >= context.Count) == (odd != 0))
            error = -error;
        context.Add(error, mapped, type, _preset.Reset);
        return Sample(predicted, predicted < left ? -error : error);
    }

    private readonly int Sample(int predicted, int error)
    {
        int value = predicted + (error * _step);
        if (value < -_near)
            value += _range * _step;
        else if (value > _preset.Highest + _near)
            value -= _range * _step;
        return Math.Clamp(value, 0, _preset.Highest);
    }

    /// <summary>The bits of a run's length (the table J of A.2.1).</summary>
    private static int RunBits(int index) => index < 16 ? index >> 2 : index < 24 ? (index >> 1) - 4 : index - 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Shift(int sum, int count)
    {
        int shift = 0;
        while ((long)count << shift < sum && shift < MostShift)
            shift++;
        return shift;
    }

    /// <summary>A number in the Golomb code of limited length (A.5.3).</summary>
    private int Code(int shift, int limit)
    {
        int most = limit - _rangeBits - 1,
            zeros = Zeros(most);
        int code = zeros < most ? (zeros << shift) + Bits(shift) : Bits(_rangeBits) + 1;
        _failed |= code > 2 * _range;
        return code;
    }

    /// <summary>The zeros before the next one, which is read, too.</summary>
    private int Zeros(int most)
    {
        int zeros = 0;
        while (true)
        {
            Fill();
            int here = Math.Min(BitOperations.LeadingZeroCount(_bits), _count);
            zeros += here;
            if (zeros > most || _count == 0)
            {
                _failed = true;
                return most;
            }

            if (here < _count)
            {
                Skip(here + 1);
                return zeros;
            }

            Skip(here);
        }
    }

    private int Bits(int count)
    {
        if (count == 0)
            return 0;
        Fill();
        if (count > _count)
        {
            _failed = true;
            return 0;
        }

        int bits = (int)(_bits >> (64 - count));
        Skip(count);
        return bits;
    }

    private void Skip(int count)
    {
        _bits = count < 64 ? _bits << count : 0;
        _count -= count;
    }

    /// <summary>Takes in bytes. After FF a byte has seven bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fill()
    {
        while (_count <= 56 && _at < _data.Length)
        {
            int width = _at > 0 && _data[_at - 1] == 0xFF ? 7 : 8;
            _bits |= (ulong)_data[_at++] << (64 - width - _count);
            _count += width;
        }
    }

    /// <summary>The statistics of a context: A, B, C and N of the standard.</summary>
    private struct Context
    {
        internal int Sum,
            Bias,
            Correction,
            Count;

        internal void Add(int error, int step, int reset)
        {
            Bias += error * step;
            Sum += Math.Abs(error);
            if (Count == reset)
            {
                Sum >>= 1;
                Bias >>= 1;
                Count >>= 1;
            }

            Count++;
            if (Bias <= -Count)
            {
                Bias = Math.Max(Bias + Count, 1 - Count);
                Correction = Math.Max(Correction - 1, -128);
            }
            else if (Bias > 0)
            {
                Bias = Math.Min(Bias - Count, 0);
                Correction = Math.Min(Correction + 1, 127);
            }
        }
    }

    /// <summary>The statistics of samples that end runs: A, Nn and N.</summary>
    private struct RunContext
    {
        internal int Sum,
            Negative,
            Count;

        internal void Add(int error, int mapped, int type, int reset)
        {
            if (error < 0)
                Negative++;
            Sum += (mapped + 1 - type) >> 1;
            if (Count == reset)
            {
                Sum >>= 1;
                Negative >>= 1;
                Count >>= 1;
            }

            Count++;
        }
    }
}
