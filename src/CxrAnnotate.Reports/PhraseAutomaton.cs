using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>The role of a phrase. Phrases of one layer do not overlap, unless they match the same words; those of different layers may.</summary>
internal enum PhraseLayer
{
    /// <summary>Findings, and phrases that only look like findings.</summary>
    Finding,

    /// <summary>Negation, uncertainty, ends of scopes.</summary>
    Cue,

    /// <summary>Places, sides, degrees, kinds.</summary>
    Modifier,

    /// <summary>Statements about the whole chest.</summary>
    Statement,
}

/// <summary>A match: the tokens [Start, End), and the node of the trie with its <see cref="PhraseAutomaton.Meanings"/>.</summary>
internal readonly record struct PhraseMatch(int Start, int End, int Node, PhraseLayer Layer);

/// <summary>
/// All phrases of the rules in one trie over token numbers, with an edge for "any word" beside the edges for words. Matching is leftmost-longest in
/// each layer; phrases of equal length that match by different edges all count.
/// </summary>
internal sealed class PhraseAutomaton
{
    internal static readonly int LayerCount = Enum.GetValues<PhraseLayer>().Length;

    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _anyEdges = [0];
    private readonly List<int[]?> _meanings = [];

    /// <summary>By word id: whether a phrase begins with the word.</summary>
    private bool[] _begins = [];

    internal PhraseAutomaton() => Grow();

    internal int Nodes => _anyEdges.Count;

    internal void Add(ReadOnlySpan<int> tokens, PhraseLayer layer, int meaning)
    {
        int node = 0;
        foreach (int token in tokens)
            node = token < 0 ? StepAny(node) : Step(node, token);
        ref int[]? meanings = ref CollectionsMarshal.AsSpan(_meanings)[node * LayerCount + (int)layer];
        if (meanings is null || !meanings.Contains(meaning))
            meanings = [.. meanings ?? [], meaning];
    }

    /// <summary>Removes a phrase; returns whether it existed.</summary>
    internal bool Remove(ReadOnlySpan<int> tokens, PhraseLayer layer, int meaning)
    {
        int node = 0;
        foreach (int token in tokens)
        {
            if (token < 0 ? _anyEdges[node] == 0 : !_edges.ContainsKey(Key(node, token)))
                return false;
            node = token < 0 ? _anyEdges[node] : _edges[Key(node, token)];
        }
        ref int[]? meanings = ref CollectionsMarshal.AsSpan(_meanings)[node * LayerCount + (int)layer];
        if (meanings is null || !meanings.Contains(meaning))
            return false;
        meanings = meanings.Length == 1 ? null : [.. meanings.Where(other => other != meaning)];
        return true;
    }

    /// <summary>The meanings of a match.</summary>
    internal int[] Meanings(PhraseMatch match) => _meanings[match.Node * LayerCount + (int)match.Layer]!;

    /// <summary>
    /// Adds the phrases among the tokens [start, end) to <paramref name="matches"/>, one list for each layer, in their order. Different phrases that
    /// match the same words are all added, one after the other.
    /// </summary>
    internal void Find(ReadOnlySpan<ReportToken> tokens, int start, int end, List<PhraseMatch>[] matches)
    {
        Span<int> free = stackalloc int[LayerCount];
        Span<int> known = stackalloc int[LayerCount];
        for (int at = start; at < end; at++)
        {
            int first = tokens[at].Id;
            if (first == ReportVocabulary.Unknown || first >= _begins.Length || !_begins[first] || !_edges.TryGetValue(Key(0, first), out int node))
                continue;
            // In a layer whose last phrase covers this token no phrase can begin here.
            for (int layer = 0; layer < LayerCount; layer++)
                known[layer] = at < free[layer] ? int.MaxValue : matches[layer].Count;
            Walk(tokens, at, at + 1, end, node, known, matches);
            for (int layer = 0; layer < LayerCount; layer++)
            {
                if (known[layer] < matches[layer].Count)
                    free[layer] = matches[layer][^1].End;
            }
        }
    }

    /// <summary>Keeps the longest phrases from <paramref name="start"/> in each list, behind its first <paramref name="known"/> ones.</summary>
    private void Walk(
        ReadOnlySpan<ReportToken> tokens,
        int start,
        int at,
        int end,
        int node,
        ReadOnlySpan<int> known,
        List<PhraseMatch>[] matches
    )
    {
        for (int layer = 0; layer < LayerCount; layer++)
        {
            List<PhraseMatch> found = matches[layer];
            if (known[layer] > found.Count || _meanings[node * LayerCount + layer] is null)
                continue;
            int longest = known[layer] < found.Count ? found[^1].End : 0;
            if (at > longest)
                found.RemoveRange(known[layer], found.Count - known[layer]);
            if (at >= longest)
                found.Add(new PhraseMatch(start, at, node, (PhraseLayer)layer));
        }
        if (at == end)
            return;
        int token = tokens[at].Id;
        if (token != ReportVocabulary.Unknown && _edges.TryGetValue(Key(node, token), out int next))
            Walk(tokens, start, at + 1, end, next, known, matches);
        if (_anyEdges[node] is > 0 and int any && tokens[at].Kind is ReportTokenKind.Word or ReportTokenKind.Number)
            Walk(tokens, start, at + 1, end, any, known, matches);
    }

    private int Step(int node, int token)
    {
        if (_edges.TryGetValue(Key(node, token), out int next))
            return next;
        next = Grow(node == 0 ? token : -1);
        _edges.Add(Key(node, token), next);
        return next;
    }

    private int StepAny(int node) => _anyEdges[node] > 0 ? _anyEdges[node] : _anyEdges[node] = Grow(-1);

    private int Grow(int first = -1)
    {
        if (_meanings.Count > 0)
            _anyEdges.Add(0);
        for (int layer = 0; layer < LayerCount; layer++)
            _meanings.Add(null);
        if (first >= 0)
        {
            if (first >= _begins.Length)
                Array.Resize(ref _begins, Math.Max(first + 1, 2 * _begins.Length));
            _begins[first] = true;
        }
        return _anyEdges.Count - 1;
    }

    private static long Key(int node, int token) => ((long)node << 32) | (uint)token;
}
