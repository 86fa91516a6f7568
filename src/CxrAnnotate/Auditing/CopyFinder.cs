namespace CxrAnnotate;

/// <summary>Two radiographs of which one was made from the other.</summary>
/// <param name="First">The one that shows more, by its position.</param>
/// <param name="Second">The other.</param>
/// <param name="Match">How the second is found in the first.</param>
internal readonly record struct FoundCopy(int First, int Second, CopyMatch Match);

/// <summary>
/// Finds copies among many radiographs: candidates by <see cref="PerceptualHash"/> and <see cref="HashIndex"/>, each of which is then fitted by
/// <see cref="CopyComparison"/>. Besides the whole radiograph, parts of it, its mirror image and its negative are looked for.
/// </summary>
internal static class CopyFinder
{
    /// <summary>
    /// The least correlation of a copy. Radiographs that were stored as JPEG of quality 30, at a third of the size, brighter, darker, or cropped by
    /// up to 8 % at each side have 0.985 or more, those of different patients 0.934 or less (docs/audit.md).
    /// </summary>
    internal const float LeastCorrelation = 0.96f;

    /// <summary>The radiographs whose medians make the hash.</summary>
    private const int MedianSample = 4096;

    /// <summary>The parts that copies may show; the fit then finds the exact one.</summary>
    private static readonly CopyGeometry[] _parts =
    [
        .. from mirrored in (bool[])[false, true]
        from share in (float[])[0, 0.03f, 0.06f, 0.09f]
        select CopyGeometry.Crop(share, mirrored),
        new(0.05f, 0, 0, 0),
        new(0, 0.05f, 0, 0),
        new(0, 0, 0.05f, 0),
        new(0, 0, 0, 0.05f),
    ];

    /// <summary>All pairs of copies, by the lower position and then the higher; each pair once.</summary>
    /// <param name="thumbnails">The thumbnails of distinct radiographs (<see cref="AuditThumbnail"/>).</param>
    /// <param name="cancellation">Stops the search.</param>
    internal static IReadOnlyList<FoundCopy> Find(IReadOnlyList<byte[]> thumbnails, CancellationToken cancellation = default)
    {
        int count = thumbnails.Count;
        int every = Math.Max(count / MedianSample, 1);
        PerceptualHash hash = PerceptualHash.Of([.. thumbnails.Where((_, i) => i % every == 0)]);
        ulong[] hashes = new ulong[count];
        ParallelOptions parallel = new() { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, count, parallel, i => hashes[i] = hash.Compute(thumbnails[i], default));
        HashIndex index = new(hashes);
        var found = new List<FoundCopy>[count];
        Parallel.For(
            0,
            count,
            parallel,
            () => (Comparison: new CopyComparison(), Near: new HashSet<int>()),
            (i, _, local) =>
            {
                Dictionary<int, FoundCopy> best = [];
                foreach (CopyGeometry part in _parts)
                    Look(part, inverted: false);
                Look(default, inverted: true);
                found[i] = [.. best.Values];
                return local;

                void Look(CopyGeometry part, bool inverted)
                {
                    local.Near.Clear();
                    index.Find(hash.Compute(thumbnails[i], part, inverted), local.Near);
                    foreach (int other in local.Near)
                    {
                        if (other == i || (best.TryGetValue(other, out FoundCopy known) && known.Match.Geometry.IsMirrored == part.IsMirrored))
                            continue;
                        CopyMatch match = local.Comparison.Fit(thumbnails[i], CopyComparison.DetailOf(thumbnails[other]), part, inverted);
                        if (Math.Abs(match.Correlation) >= LeastCorrelation)
                            best[other] = new(i, other, match);
                    }
                }
            },
            _ => { }
        );
        return
        [
            .. found
                .SelectMany(copies => copies)
                .GroupBy(copy => (Low: Math.Min(copy.First, copy.Second), High: Math.Max(copy.First, copy.Second)))
                .OrderBy(pair => pair.Key)
                .Select(pair => pair.OrderByDescending(copy => Math.Abs(copy.Match.Correlation)).ThenBy(copy => copy.First).First()),
        ];
    }
}
