using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>Finds the fragments of a frame: all if there is one frame, else those given by their number, the offset table or the markers in
/// them (PS3.5, A.4).</summary>
/// <param name="fragments">The fragments, the offset table first, unless it is missing.</param>
/// <param name="frames">The number of frames.</param>
/// <param name="notes">Receives what is wrong with the table.</param>
internal sealed class DicomFrames(IReadOnlyList<ReadOnlyMemory<byte>> fragments, int frames, DicomNotes notes)
{
    private const int FragmentHead = 8;

    /// <summary>The data of a frame.</summary>
    /// <exception cref="InvalidDataException">There are none, or it is not certain which they are.</exception>
    internal ReadOnlyMemory<byte> Of(int frame)
    {
        bool hasTable = fragments is not [var first, ..] || !IsImage(first);
        if (!hasTable)
            notes.Deviates(
                "its pixel data lack the item of the offset table",
                "their first fragment is taken for the first of the image",
                ErrorCode.DicomPixelData
            );
        ReadOnlyMemory<byte>[] data = [.. fragments.Skip(hasTable ? 1 : 0)],
            filled = [.. data.Where(fragment => !fragment.IsEmpty)];
        if (filled.Length == 0)
            throw new InvalidDataException(ErrorCode.DicomPixelData.Message("its pixel data have no fragment"));
        if (frames == 1)
            return filled.Length == 1 ? filled[0] : Join(filled);
        if (filled.Length == frames)
            return filled[frame];
        ReadOnlyMemory<byte> table = hasTable ? fragments[0] : default;
        if (ByTable(data, table.Span, frame) is { } own)
            return own;
        if (ByMarkers(filled, frame) is not { } marked)
            throw new InvalidDataException(
                ErrorCode.DicomPixelData.Message(
                    $"its {filled.Length} fragments belong to {frames} frames, and no offset table says which to which"
                )
            );
        if (!table.IsEmpty)
            notes.Deviates(
                "the offset table of its pixel data does not lead to its fragments",
                "frames are found by the markers they begin with",
                ErrorCode.DicomPixelData
            );
        return marked;
    }

    /// <summary>Whether a fragment begins an image. An offset table begins with the offset 0, which no coding does.</summary>
    private static bool IsImage(ReadOnlyMemory<byte> fragment) => DicomCoding.Begins(fragment.Span) is not null;

    /// <summary>The fragments by the offset table; null unless each of its offsets is that of a fragment, in order.</summary>
    private byte[]? ByTable(ReadOnlyMemory<byte>[] data, ReadOnlySpan<byte> table, int frame)
    {
        if (table.Length != 4L * frames)
            return null;
        var places = new Dictionary<long, int>(data.Length);
        long at = 0;
        for (int i = 0; i < data.Length; i++)
        {
            places[at] = i;
            at += FragmentHead + data[i].Length;
        }

        int[] starts = new int[frames + 1];
        starts[frames] = data.Length;
        for (int i = 0; i < frames; i++)
        {
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * i)..]);
            if (!places.TryGetValue(offset, out starts[i]) || (i == 0 ? starts[i] != 0 : starts[i] <= starts[i - 1]))
                return null;
        }

        return Join(data[starts[frame]..starts[frame + 1]]);
    }

    /// <summary>
    /// The fragments of a frame without an offset table: each image of a coding begins with its own marker. Null if there are not as many of these as
    /// frames.
    /// </summary>
    private byte[]? ByMarkers(ReadOnlyMemory<byte>[] data, int frame)
    {
        int[] starts = [.. Enumerable.Range(0, data.Length).Where(i => IsImage(data[i]))];
        if (starts.Length != frames || starts[0] != 0)
            return null;
        return Join(data[starts[frame]..(frame + 1 < frames ? starts[frame + 1] : data.Length)]);
    }

    private static byte[] Join(ReadOnlyMemory<byte>[] parts)
    {
        byte[] whole = new byte[parts.Sum(p => (long)p.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(whole.AsMemory(at));
            at += part.Length;
        }

        return whole;
    }
}
