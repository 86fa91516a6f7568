namespace CxrAnnotate;

/// <summary>The words of captions as targets for the image network: which frequent words occur in a row's caption, also after mirroring.</summary>
internal sealed class WordTargets
{
    private const int MinimumCases = 5;
    private readonly int[][] _words;
    private readonly int[] _mirrored;

    internal WordTargets(IReadOnlyList<string[]> captions)
    {
        Words =
        [
            .. captions
                .SelectMany(c => c.Distinct())
                .Where(w => w != "|")
                .GroupBy(w => w, StringComparer.Ordinal)
                .Where(g => g.Count() >= MinimumCases && g.Count() < captions.Count)
                .Select(g => g.Key)
                .Order(StringComparer.Ordinal),
        ];
        var index = Words.Select((w, i) => (w, i)).ToDictionary(p => p.w, p => p.i, StringComparer.Ordinal);
        _words = [.. captions.Select(c => c.Distinct().Where(index.ContainsKey).Select(w => index[w]).ToArray())];
        _mirrored = [.. Words.Select((w, i) => index.GetValueOrDefault(MirrorOf(w), i))];
    }

    /// <summary>The target words.</summary>
    internal IReadOnlyList<string> Words { get; }

    /// <summary>Whether a caption can be mirrored (not if it names a lobe that only one lung has).</summary>
    internal static bool CanMirror(IEnumerable<string> caption) => !caption.Any(w => w is "middle_lobe" or "lingula");

    /// <summary>Whether mirroring changes a caption.</summary>
    internal static bool HasSide(IEnumerable<string> caption) => caption.Any(w => w is "left" or "right");

    /// <summary>The caption of the mirrored image.</summary>
    internal static string[] Mirrored(IEnumerable<string> caption) => [.. caption.Select(MirrorOf)];

    /// <summary>Writes 1 for each word of a row's caption, 0 for the others.</summary>
    internal void Fill(int row, bool mirror, Span<float> target)
    {
        target.Clear();
        foreach (int word in _words[row])
            target[mirror ? _mirrored[word] : word] = 1;
    }

    private static string MirrorOf(string word) =>
        word switch
        {
            "left" => "right",
            "right" => "left",
            _ => word,
        };
}
