using System.Numerics;

namespace CxrAnnotate;

/// <summary>
/// Finds 64-bit hashes that differ from a given one in few bits, by multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012): of four parts of 16
/// bits at least one differs in at most two bits if the whole differs in at most <see cref="Radius"/>. A query looks at about four times 137 of
/// 65,536 lists, whatever the size of the set.
/// </summary>
internal sealed class HashIndex
{
    /// <summary>The most bits in which a hash that is found may differ: with 12 every part could differ in three.</summary>
    internal const int Radius = 11;

    private const int Parts = 4;
    private const int Values = 1 << 16;

    /// <summary>All numbers of 16 bits with at most two bits set.</summary>
    private static readonly ushort[] _near = [.. Enumerable.Range(0, Values).Where(x => BitOperations.PopCount((uint)x) <= 2).Select(x => (ushort)x)];

    private readonly ulong[] _hashes;
    private readonly int[][] _starts = new int[Parts][];
    private readonly int[][] _members = new int[Parts][];

    internal HashIndex(ulong[] hashes)
    {
        _hashes = hashes;
        for (int part = 0; part < Parts; part++)
        {
            int[] starts = new int[Values + 1],
                members = new int[hashes.Length];
            foreach (ulong hash in hashes)
                starts[PartOf(hash, part) + 1]++;
            for (int value = 0; value < Values; value++)
                starts[value + 1] += starts[value];
            int[] next = starts[..Values];
            for (int i = 0; i < hashes.Length; i++)
                members[next[PartOf(hashes[i], part)]++] = i;
            (_starts[part], _members[part]) = (starts, members);
        }
    }

    /// <summary>Adds the positions of all hashes within <see cref="Radius"/> bits of one to a set.</summary>
    internal void Find(ulong hash, ISet<int> found)
    {
        for (int part = 0; part < Parts; part++)
        {
            int own = PartOf(hash, part);
            foreach (ushort difference in _near)
            {
                int value = own ^ difference;
                for (int at = _starts[part][value]; at < _starts[part][value + 1]; at++)
                {
                    int i = _members[part][at];
                    if (BitOperations.PopCount(_hashes[i] ^ hash) <= Radius)
                        found.Add(i);
                }
            }
        }
    }

    private static int PartOf(ulong hash, int part) => (int)(hash >> (16 * part)) & (Values - 1);
}
