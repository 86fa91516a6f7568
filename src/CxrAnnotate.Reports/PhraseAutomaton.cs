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

    private const int AnyWord = -1;

    /// <summary>The size of the empty table of edges, a power of two.</summary>
    private const int FirstCapacity = 1 << 16;

    private readonly List<int> _anyEdges = [0];
    private readonly List<int[]?> _meanings = [];

    /// <summary>By node: the layers in which a phrase ends there, as bits.</summary>
    private readonly List<byte> _layers = [0];

    /// <summary>By word id: whether a phrase begins with the word.</summary>
    private bool[] _begins = [];

    // The edges: an open hash table of node and token, with the node that the edge leads to. No edge leads to node 0.
    private long[] _keys = new long[FirstCapacity];
    private int[] _targets = new int[FirstCapacity];
    private int _edges;

    internal PhraseAutomaton() => Grow();

    /// <summary>Adds a phrase: all nodes that its sequences lead to get the meaning.</summary>
    internal void Add(IReadOnlyList<PhrasePart> phrase, ReportVocabulary vocabulary, PhraseLayer layer, int meaning)
    {
        foreach (int node in Ends(phrase, [0], vocabulary, grows: true))
        {
            ref int[]? meanings = ref MeaningsOf(node, layer);
            if (meanings is null || !meanings.Contains(meaning))
                meanings = [.. meanings ?? [], meaning];
            _layers[node] |= (byte)(1 << (int)layer);
        }
    }

    /// <summary>Removes a phrase; returns whether any of its sequences existed.</summary>
    internal bool Remove(IReadOnlyList<PhrasePart> phrase, ReportVocabulary vocabulary, PhraseLayer layer, int meaning)
    {
        bool existed = false;
        foreach (int node in Ends(phrase, [0], vocabulary, grows: false))
        {
            ref int[]? meanings = ref MeaningsOf(node, layer);
            if (meanings is null || !meanings.Contains(meaning))
                continue;
            existed = true;
            meanings = meanings.Length == 1 ? null : [.. meanings.Where(other => other != meaning)];
            if (meanings is null)
                _layers[node] &= (byte)~(1 << (int)layer);
        }
        return existed;
    }

    /// <summary>The meanings of a match.</summary>
    internal int[] Meanings(PhraseMatch match) => MeaningsOf(match.Node, match.Layer)!;

    private ref int[]? MeaningsOf(int node, PhraseLayer layer) => ref CollectionsMarshal.AsSpan(_meanings)[(node * LayerCount) + (int)layer];

    /// <summary>The nodes that the sequences of the parts lead to, each once, however many sequences lead to it.</summary>
    private HashSet<int> Ends(IReadOnlyList<PhrasePart> parts, HashSet<int> nodes, ReportVocabulary vocabulary, bool grows)
    {
        foreach (PhrasePart part in parts)
        {
            HashSet<int> next = [];
            if (part.Word is { } word)
            {
                int token = word == PhrasePattern.Any ? AnyWord : vocabulary.Add(word);
                foreach (int node in nodes)
                {
                    if (Step(node, token, grows) is var reached and > 0)
                        next.Add(reached);
                }
            }
            else
            {
                foreach (List<PhrasePart> choice in part.Choices)
                    next.UnionWith(Ends(choice, nodes, vocabulary, grows));
            }
            nodes = next;
        }
        return nodes;
    }

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
            if (first == ReportVocabulary.Unknown || first >= _begins.Length || !_begins[first])
                continue;
            int node = Edge(0, first);
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
        for (int layer = 0, layers = _layers[node]; layers != 0; layer++, layers >>= 1)
        {
            List<PhraseMatch> found = matches[layer];
            if ((layers & 1) == 0 || known[layer] > found.Count)
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
        if (token != ReportVocabulary.Unknown && Edge(node, token) is var next and > 0)
            Walk(tokens, start, at + 1, end, next, known, matches);
        if (_anyEdges[node] is > 0 and int any && tokens[at].Kind is ReportTokenKind.Word or ReportTokenKind.Number)
            Walk(tokens, start, at + 1, end, any, known, matches);
    }

    /// <summary>The node behind an edge, which is added if it is missing and the trie grows; else 0 if it is missing.</summary>
    private int Step(int node, int token, bool grows)
    {
        int next = token == AnyWord ? _anyEdges[node] : Edge(node, token);
        if (next > 0 || !grows)
            return next;
        next = Grow();
        if (token == AnyWord)
            _anyEdges[node] = next;
        else
            AddEdge(node, token, next);
        return next;
    }

    private int Grow()
    {
        if (_meanings.Count > 0)
        {
            _anyEdges.Add(0);
            _layers.Add(0);
        }
        for (int layer = 0; layer < LayerCount; layer++)
            _meanings.Add(null);
        return _anyEdges.Count - 1;
    }

    private void AddEdge(int node, int token, int target)
    {
        if (node == 0)
        {
            if (token >= _begins.Length)
                Array.Resize(ref _begins, Math.Max(token + 1, 2 * _begins.Length));
            _begins[token] = true;
        }
        // At most half of the table is full, so that runs stay short.
        if (2 * ++_edges > _keys.Length)
        {
            (long[] keys, int[] targets) = (_keys, _targets);
            (_keys, _targets) = (new long[2 * keys.Length], new int[2 * keys.Length]);
            for (int i = 0; i < keys.Length; i++)
            {
                if (targets[i] > 0)
                    Put(keys[i], targets[i]);
            }
        }
        Put(Key(node, token), target);
    }

    private void Put(long key, int target)
    {
        int at = Slot(key);
        while (_targets[at] > 0)
            at = (at + 1) & (_keys.Length - 1);
        (_keys[at], _targets[at]) = (key, target);
    }

    /// <summary>The node that an edge leads to; 0 if there is no such edge.</summary>
    private int Edge(int node, int token)
    {
        long key = Key(node, token);
        int at = Slot(key);
        while (_targets[at] is var target and > 0)
        {
            if (_keys[at] == key)
                return target;
            at = (at + 1) & (_keys.Length - 1);
        }
        return 0;
    }

    /// <summary>Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, 6.4).</summary>
    private int Slot(long key) => (int)(((ulong)key * 0x9E3779B97F4A7C15) >> 32) & (_keys.Length - 1);

    private static long Key(int node, int token) => ((long)node << 32) | (uint)token;
}
