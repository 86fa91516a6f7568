using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>The numbers of an element in a binary representation (PS3.5, 6.2).</summary>
internal static class DicomBinary
{
    /// <returns>The numbers; empty if the representation is none of numbers.</returns>
    internal static double[] Read(DicomElement element, bool bigEndian)
    {
        int size = element.Representation switch
        {
            "US" or "SS" => 2,
            "UL" or "SL" or "FL" => 4,
            "FD" or "SV" or "UV" => 8,
            _ => 0,
        };
        if (size == 0)
            return [];
        double[] numbers = new double[element.Value.Length / size];
        Span<byte> one = stackalloc byte[size];
        for (int i = 0; i < numbers.Length; i++)
        {
            element.Value.Span.Slice(i * size, size).CopyTo(one);
            if (bigEndian)
                one.Reverse();
            numbers[i] = element.Representation switch
            {
                "US" => BinaryPrimitives.ReadUInt16LittleEndian(one),
                "SS" => BinaryPrimitives.ReadInt16LittleEndian(one),
                "UL" => BinaryPrimitives.ReadUInt32LittleEndian(one),
                "SL" => BinaryPrimitives.ReadInt32LittleEndian(one),
                "FL" => BinaryPrimitives.ReadSingleLittleEndian(one),
                "SV" => BinaryPrimitives.ReadInt64LittleEndian(one),
                "UV" => BinaryPrimitives.ReadUInt64LittleEndian(one),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(one),
            };
        }

        return numbers;
    }
}
