namespace CxrAnnotate;

/// <summary>
/// Finds the mentions of findings in one section of a report. In each sentence it matches the phrases, determines the scopes of the cues (Chapman et
/// al., NegEx, 2001: forwards or backwards to the end of the sentence or a word that ends the scope), and assigns places, sides, kinds and degrees to
/// their finding. Not thread-safe.
/// </summary>
internal sealed class SectionReader(ReportRules rules)
{
    /// <summary>The most words between an adjective and the finding that it belongs to.</summary>
    private const int ReachOfAdjectives = 6;

    /// <summary>Longer runs of words without a full stop are split, which keeps the time linear in the length of a text.</summary>
    private const int LongestSentence = 500;

    private const string Lung = "lung";

    private readonly List<ReportToken> _tokens = [];
    private readonly List<PhraseMatch>[] _matches = [.. Enumerable.Range(0, PhraseAutomaton.LayerCount).Select(_ => new List<PhraseMatch>())];
    private readonly List<(int Start, int End, FindingMention? Mention)> _found = [];
    private int[] _negated = [];
    private int[] _uncertain = [];

    /// <summary>Reads a section. Whether anything in it is known: a finding, a cue, a statement that something is normal.</summary>
    internal bool Read(string text, ReportSections section, List<FindingMention> mentions)
    {
        ReportText.Tokenize(text, rules.Vocabulary, _tokens);
        bool known = false;
        for (int start = 0; start < _tokens.Count;)
        {
            int end = start;
            while (_tokens[end].Kind != ReportTokenKind.End && end - start < LongestSentence)
                end++;
            if (end > start)
                known |= Sentence(start, end, section, mentions);
            start = _tokens[end].Kind == ReportTokenKind.End ? end + 1 : end;
        }
        return known;
    }

    private bool Sentence(int start, int end, ReportSections section, List<FindingMention> mentions)
    {
        foreach (List<PhraseMatch> layer in _matches)
            layer.Clear();
        rules.Automaton.Find(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens), start, end, _matches);
        List<PhraseMatch> findings = _matches[(int)PhraseLayer.Finding],
            cues = _matches[(int)PhraseLayer.Cue];
        if (findings.Count == 0)
            return cues.Count > 0;
        MarkScopes(start, end, cues);
        _found.Clear();
        foreach (PhraseMatch match in findings)
        {
            foreach (int meaning in rules.Automaton.Meanings(match))
                _found.Add((match.Start, match.End, rules.Meanings[meaning] is { } finding ? Mention(finding, match, start, section, cues) : null));
        }
        foreach (PhraseMatch modifier in _matches[(int)PhraseLayer.Modifier])
            Attach(modifier, cues);
        Share(cues);
        foreach ((_, _, FindingMention? mention) in _found)
        {
            if (mention is not null)
                mentions.Add(mention);
        }
        return true;
    }

    private FindingMention Mention(ReportFinding finding, PhraseMatch match, int sentence, ReportSections section, List<PhraseMatch> cues)
    {
        int negation = First(_negated, match, sentence),
            doubt = First(_uncertain, match, sentence);
        int cue = negation >= 0 ? negation : doubt;
        return new FindingMention(finding)
        {
            State =
                negation >= 0 ? FindingState.Absent
                : doubt >= 0 ? FindingState.Uncertain
                : FindingState.Present,
            Section = section,
            Span = Span(match.Start, match.End),
            Cue = cue >= 0 ? Span(cues[cue].Start, cues[cue].End) : null,
        };
    }

    private static int First(int[] marks, PhraseMatch match, int sentence)
    {
        for (int token = match.Start; token < match.End; token++)
        {
            if (marks[token - sentence] > 0)
                return marks[token - sentence] - 1;
        }
        return -1;
    }

    /// <summary>Marks each token with the cue (counted from 1) in whose scope it is.</summary>
    private void MarkScopes(int start, int end, List<PhraseMatch> cues)
    {
        int length = end - start;
        if (_negated.Length < length)
        {
            _negated = new int[2 * length];
            _uncertain = new int[2 * length];
        }
        Array.Clear(_negated, 0, length);
        Array.Clear(_uncertain, 0, length);
        for (int i = 0; i < cues.Count; i++)
        {
            foreach (int meaning in rules.Automaton.Meanings(cues[i]))
            {
                int[]? marks = rules.Cues[meaning] switch
                {
                    ReportCue.NegationBefore or ReportCue.NegationAfter => _negated,
                    ReportCue.UncertaintyBefore or ReportCue.UncertaintyAfter => _uncertain,
                    _ => null,
                };
                if (marks is null)
                    continue;
                bool forwards = rules.Cues[meaning] is ReportCue.NegationBefore or ReportCue.UncertaintyBefore;
                int from = forwards ? cues[i].End : start,
                    to = forwards ? end : cues[i].Start;
                // The nearest scope end in the cue's direction.
                for (int other = forwards ? i + 1 : i - 1; other >= 0 && other < cues.Count; other += forwards ? 1 : -1)
                {
                    if (!IsScopeEnd(cues[other]))
                        continue;
                    if (forwards)
                        to = cues[other].Start;
                    else
                        from = cues[other].End;
                    break;
                }
                for (int token = from; token < to; token++)
                {
                    if (marks[token - start] == 0 || forwards)
                        marks[token - start] = i + 1;
                }
            }
        }
    }

    private bool IsScopeEnd(PhraseMatch cue)
    {
        foreach (int meaning in rules.Automaton.Meanings(cue))
        {
            if (rules.Cues[meaning] == ReportCue.ScopeEnd)
                return true;
        }
        return false;
    }

    private bool ScopeEndsBetween(int from, int to, List<PhraseMatch> cues)
    {
        foreach (PhraseMatch cue in cues)
        {
            if (cue.Start >= from && cue.End <= to && IsScopeEnd(cue))
                return true;
        }
        return false;
    }

    private void Attach(PhraseMatch modifier, List<PhraseMatch> cues)
    {
        int before = -1,
            after = -1;
        bool inside = false;
        for (int i = 0; i < _found.Count; i++)
        {
            (int start, int end, FindingMention? mention) = _found[i];
            if (start < modifier.End && modifier.Start < end)
            {
                Assign(i, modifier);
                inside = true;
            }
            else if (end <= modifier.Start)
                before = i;
            else if (after < 0)
                after = i;
        }
        if (inside)
            return;
        if (before >= 0 && ScopeEndsBetween(_found[before].End, modifier.Start, cues))
            before = -1;
        if (after >= 0 && ScopeEndsBetween(modifier.End, _found[after].Start, cues))
            after = -1;
        if (after >= 0 && (before < 0 || Precedes(modifier, _found[after].Start)))
            Assign(after, modifier);
        else if (before >= 0)
            Assign(before, modifier);
    }

    private void Assign(int found, PhraseMatch modifier)
    {
        // A phrase may stand for several findings, which share its modifiers.
        (int start, int end, _) = _found[found];
        foreach ((int s, int e, FindingMention? mention) in _found)
        {
            if (s != start || e != end || mention is null)
                continue;
            foreach (int meaning in rules.Automaton.Meanings(modifier))
                mention.Add(new MentionModifier(rules.Modifiers[meaning], Span(modifier.Start, modifier.End)));
        }
    }

    /// <summary>Whether the modifier belongs to the finding after it: close enough, with nothing in between that separates them.</summary>
    private bool Precedes(PhraseMatch modifier, int finding)
    {
        if (finding - modifier.End > ReachOfAdjectives)
            return false;
        for (int token = modifier.End; token < finding; token++)
        {
            if (_tokens[token].Kind == ReportTokenKind.Mark || rules.Vocabulary.IsBreak(_tokens[token].Id))
                return false;
        }
        return true;
    }

    /// <summary>
    /// Findings that are mentioned together share their place and side: "left basilar opacity compatible with scarring or atelectasis".
    /// </summary>
    private void Share(List<PhraseMatch> cues)
    {
        for (int i = 1; i < _found.Count; i++)
        {
            if (AreLinked(i - 1, i, cues))
                Share(i - 1, i);
        }
        for (int i = _found.Count - 1; i > 0; i--)
        {
            if (AreLinked(i - 1, i, cues))
                Share(i, i - 1);
        }
    }

    private void Share(int from, int to)
    {
        if (_found[from].Mention is not { } source || _found[to].Mention is not { } target)
            return;
        bool placeless = !target.Has(ReportModifierKind.Place),
            sideless = !target.Has(ReportModifierKind.Side);
        foreach (MentionModifier modifier in source.Modifiers)
        {
            // "Pleural" belongs only to the effusion.
            if (
                modifier.Modifier.Kind == ReportModifierKind.Place
                && source.Finding.WithoutPlaces.IsSupersetOf(modifier.Modifier.Qualifiers)
                && modifier.Modifier.Text != Lung
            )
                continue;
            if (
                (modifier.Modifier.Kind == ReportModifierKind.Place ? placeless : modifier.Modifier.Kind == ReportModifierKind.Side && sideless)
                && target.Finding.Takes.Contains(modifier.Modifier.Kind)
            )
                target.Add(modifier);
        }
    }

    private bool AreLinked(int first, int second, List<PhraseMatch> cues)
    {
        if (
            _found[first].Mention is not { } one
            || _found[second].Mention is not { } other
            || (one.State == FindingState.Absent) != (other.State == FindingState.Absent)
        )
            return false;
        for (int token = _found[first].End; token < _found[second].Start; token++)
        {
            if (!rules.Vocabulary.IsLink(_tokens[token].Id) && !Covers(_matches[(int)PhraseLayer.Modifier], token) && !Covers(cues, token))
                return false;
        }
        return !ScopeEndsBetween(_found[first].End, _found[second].Start, cues);
    }

    private static bool Covers(List<PhraseMatch> matches, int token)
    {
        foreach (PhraseMatch match in matches)
        {
            if (match.Start <= token && token < match.End)
                return true;
        }
        return false;
    }

    private TextSpan Span(int start, int end) => new(_tokens[start].Start, _tokens[end - 1].Stop);
}
