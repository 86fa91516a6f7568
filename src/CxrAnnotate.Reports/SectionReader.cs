using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Finds the mentions of findings in one section of a report. In each sentence it matches the phrases, determines the scopes of the cues (after
/// Chapman et al., NegEx, 2001: forwards or backwards to the end of the clause), and assigns places, sides, kinds and degrees to their finding. Not
/// thread-safe.
/// </summary>
internal sealed class SectionReader(ReportRules rules)
{
    /// <summary>The most words between an adjective and the finding that it belongs to.</summary>
    private const int ReachOfAdjectives = 6;

    /// <summary>The most words between a cue that reaches one finding and the finding before it.</summary>
    private const int ReachOfOne = 5;

    /// <summary>Longer runs of words without a full stop are split, which keeps the time linear in the length of a text.</summary>
    private const int LongestSentence = 500;

    private const string Lung = "lung";

    private readonly List<ReportToken> _tokens = [];
    private readonly List<PhraseMatch>[] _matches = [.. Enumerable.Range(0, PhraseAutomaton.LayerCount).Select(_ => new List<PhraseMatch>())];
    private readonly List<(int Start, int End, FindingMention? Mention)> _found = [];
    private readonly List<ReportFinding> _named = [];
    private readonly List<ReportFinding> _denied = [];
    private readonly SentenceClauses _clauses = new(rules);

    // For each token of a sentence the cue, counted from 1, in whose scope it is.
    private int[] _negated = [];
    private int[] _uncertain = [];
    private int[] _unrelated = [];

    /// <summary>Reads a section: adds its mentions, and returns what it says of the whole chest. Parts of other headings are not read.</summary>
    internal ChestStatements Read(string text, ReportSections section, List<FindingMention> mentions)
    {
        ChestStatements said = ChestStatements.None;
        foreach ((TextSpan span, ReportPart part) in ReportOutline.Of(text))
        {
            if (part is ReportPart.Findings or ReportPart.Impression)
                said |= Read(text, span, section, mentions);
        }
        return said;
    }

    private ChestStatements Read(string text, TextSpan span, ReportSections section, List<FindingMention> mentions)
    {
        ReportText.Tokenize(text, span, rules.Vocabulary, _tokens);
        ChestStatements said = ChestStatements.None;
        for (int start = 0; start < _tokens.Count;)
        {
            int end = start;
            while (_tokens[end].Kind != ReportTokenKind.End && end - start < LongestSentence)
                end++;
            if (end > start)
                said |= Sentence(start, end, section, mentions);
            start = _tokens[end].Kind == ReportTokenKind.End ? end + 1 : end;
        }
        return said;
    }

    private ChestStatements Sentence(int start, int end, ReportSections section, List<FindingMention> mentions)
    {
        foreach (List<PhraseMatch> layer in _matches)
            layer.Clear();
        ReadOnlySpan<ReportToken> tokens = CollectionsMarshal.AsSpan(_tokens);
        rules.Automaton.Find(tokens, start, end, _matches);
        List<PhraseMatch> findings = _matches[(int)PhraseLayer.Finding],
            cues = _matches[(int)PhraseLayer.Cue],
            statements = _matches[(int)PhraseLayer.Statement];
        if (findings.Count == 0 && statements.Count == 0)
            return ChestStatements.None;
        _clauses.Begin(_tokens, start, end, findings, cues);
        MarkScopes(start, end, findings, cues);
        _found.Clear();
        for (int i = 0, next; i < findings.Count; i = next)
        {
            for (next = i + 1; next < findings.Count && findings[next].Start == findings[i].Start;)
                next++;
            Find(CollectionsMarshal.AsSpan(findings)[i..next], start, section, cues);
        }
        foreach (PhraseMatch modifier in _matches[(int)PhraseLayer.Modifier])
            Attach(modifier);
        Share(cues);
        foreach ((_, _, FindingMention? mention) in _found)
        {
            if (mention is not null)
                mentions.Add(mention);
        }
        return Said(statements, findings, start);
    }

    /// <summary>Adds the findings that phrases of the same words name; all phrases of the range begin at the same word.</summary>
    private void Find(ReadOnlySpan<PhraseMatch> phrases, int sentence, ReportSections section, List<PhraseMatch> cues)
    {
        PhraseMatch match = phrases[0];
        bool isNone = false;
        _named.Clear();
        _denied.Clear();
        foreach (PhraseMatch phrase in phrases)
        {
            foreach (int meaning in rules.Automaton.Meanings(phrase))
            {
                List<ReportFinding> kind = meaning < 0 ? _denied : _named;
                if (rules.Meanings[Math.Abs(meaning)] is not { } finding)
                    isNone = true;
                else if (!kind.Contains(finding))
                    kind.Add(finding);
            }
        }
        if (isNone)
            _found.Add((match.Start, match.End, null));
        foreach (ReportFinding finding in _named)
        {
            if (!Yields(finding))
                _found.Add((match.Start, match.End, Mention(finding, match, sentence, section, cues)));
        }
        foreach (ReportFinding finding in _denied)
        {
            TextSpan span = Span(match.Start, match.End);
            FindingMention denial = new(finding)
            {
                State = FindingState.Absent,
                Section = section,
                Span = span,
                Cue = span,
            };
            _found.Add((match.Start, match.End, denial));
        }
    }

    /// <summary>Whether the same words name a finding that this one yields them to.</summary>
    private bool Yields(ReportFinding finding)
    {
        if (finding.YieldsWordsTo.Count == 0)
            return false;
        foreach (ReportFinding other in _named)
        {
            if (finding.YieldsWordsTo.Contains(other.Name))
                return true;
        }
        return false;
    }

    private FindingMention? Mention(ReportFinding finding, PhraseMatch match, int sentence, ReportSections section, List<PhraseMatch> cues)
    {
        if (First(_unrelated, match, sentence) >= 0)
            return null;
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

    /// <summary>The statements about the chest; what is abnormal counts if it is neither denied nor part of a finding.</summary>
    private ChestStatements Said(List<PhraseMatch> statements, List<PhraseMatch> findings, int sentence)
    {
        ChestStatements said = ChestStatements.None;
        foreach (PhraseMatch match in statements)
        {
            foreach (int meaning in rules.Automaton.Meanings(match))
            {
                var statement = (ChestStatements)meaning;
                if (
                    statement == ChestStatements.Normal
                    || (
                        First(_negated, match, sentence) < 0
                        && First(_unrelated, match, sentence) < 0
                        && !Overlaps(findings, match)
                    )
                )
                    said |= statement;
            }
        }
        return said;
    }

    private static bool Overlaps(List<PhraseMatch> findings, PhraseMatch match)
    {
        foreach (PhraseMatch finding in findings)
        {
            if (finding.Start < match.End && match.Start < finding.End)
                return true;
        }
        return false;
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

    private void MarkScopes(int start, int end, List<PhraseMatch> findings, List<PhraseMatch> cues)
    {
        int length = end - start;
        if (_negated.Length < length)
            (_negated, _uncertain, _unrelated) = (new int[2 * length], new int[2 * length], new int[2 * length]);
        foreach (int[] marks in (ReadOnlySpan<int[]>)[_negated, _uncertain, _unrelated])
            Array.Clear(marks, 0, length);
        for (int i = 0; i < cues.Count; i++)
        {
            foreach (int meaning in rules.Automaton.Meanings(cues[i]))
            {
                ReportCue cue = rules.Cues[meaning];
                int[]? marks = cue switch
                {
                    ReportCue.NegationBefore or ReportCue.NegationAfter or ReportCue.NegationAfterOne => _negated,
                    ReportCue.UnrelatedBefore or ReportCue.UnrelatedAfter => _unrelated,
                    ReportCue.ScopeEnd or ReportCue.NoCue => null,
                    _ => _uncertain,
                };
                if (marks is null)
                    continue;
                bool forwards =
                    cue is ReportCue.NegationBefore or ReportCue.UncertaintyBefore or ReportCue.UncertaintyBeforeOne or ReportCue.UnrelatedBefore;
                bool one = cue is ReportCue.NegationAfterOne or ReportCue.UncertaintyBeforeOne or ReportCue.UncertaintyAfterOne;
                (int from, int to) = forwards ? After(cues[i], end, findings, one) : Before(cues[i], start, findings, one);
                for (int token = from; token < to; token++)
                {
                    if (marks[token - start] == 0 || forwards)
                        marks[token - start] = i + 1;
                }
            }
        }
    }

    /// <summary>The scope of a cue that reaches forwards.</summary>
    private (int From, int To) After(PhraseMatch cue, int end, List<PhraseMatch> findings, bool one)
    {
        int clause = _clauses.Of(cue.End - 1),
            to = cue.End;
        PhraseMatch first = FirstFrom(findings, cue.End);
        for (; to < end && _clauses.Of(to) == clause; to++)
        {
            // "The patient is not rotated, cardiomegaly": what a denied verb denies stands before the comma, unless a list goes on.
            if (_tokens[to].Id == ReportVocabulary.Comma && (first.End == 0 || first.Start > to) && DeniesVerb(cue) && !_clauses.ListGoesOn(to))
                break;
        }
        return one ? first.End > 0 && first.Start < to ? (first.Start, first.End) : (0, 0) : (cue.End, to);
    }

    private static PhraseMatch FirstFrom(List<PhraseMatch> findings, int token)
    {
        foreach (PhraseMatch finding in findings)
        {
            if (finding.Start >= token)
                return finding;
        }
        return default;
    }

    private static PhraseMatch LastTo(List<PhraseMatch> findings, int token)
    {
        for (int i = findings.Count - 1; i >= 0; i--)
        {
            if (findings[i].End <= token)
                return findings[i];
        }
        return default;
    }

    /// <summary>Whether the cue stands behind a verb, or contains one, as in "is not" and "does not show".</summary>
    private bool DeniesVerb(PhraseMatch cue)
    {
        for (int token = Math.Max(cue.Start - 1, 0); token < cue.End; token++)
        {
            if (_tokens[token].Is(ReportWordClass.Verb))
                return true;
        }
        return false;
    }

    /// <summary>The scope of a cue that reaches backwards.</summary>
    private (int From, int To) Before(PhraseMatch cue, int start, List<PhraseMatch> findings, bool one)
    {
        int clause = _clauses.Of(cue.Start),
            from = cue.Start;
        while (from > start && _clauses.Of(from - 1) == clause)
            from--;
        if (!one)
            return (from, cue.Start);
        PhraseMatch last = LastTo(findings, cue.Start);
        for (int token = last.End; token < cue.Start; token++)
        {
            if (_tokens[token].Id is ReportVocabulary.Comma or ReportVocabulary.And)
                return (0, 0);
        }
        return last.End > 0 && last.Start >= from && cue.Start - last.End <= ReachOfOne ? (last.Start, last.End) : (0, 0);
    }

    /// <summary>Whether a clause begins between the tokens.</summary>
    private bool ClauseEndsBetween(int from, int to) => _clauses.Of(from - 1) != _clauses.Of(to);

    private void Attach(PhraseMatch modifier)
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
        if (before >= 0 && ClauseEndsBetween(_found[before].End, modifier.Start))
            before = -1;
        if (after >= 0 && ClauseEndsBetween(modifier.End, _found[after].Start))
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
            {
                if (rules.Modifiers[meaning] is { } meant)
                    mention.Add(new MentionModifier(meant, Span(modifier.Start, modifier.End)));
            }
        }
    }

    /// <summary>Whether the modifier belongs to the finding after it: close enough, with nothing in between that separates them.</summary>
    private bool Precedes(PhraseMatch modifier, int finding)
    {
        if (finding - modifier.End > ReachOfAdjectives)
            return false;
        for (int token = modifier.End; token < finding; token++)
        {
            if (_tokens[token].Kind == ReportTokenKind.Mark || _tokens[token].Is(ReportWordClass.Break))
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
        bool placeless = !target.Modifiers.Any(modifier => modifier.Kind == ReportModifierKind.Place && !IsImplied(modifier, target.Finding)),
            sideless = !target.Has(ReportModifierKind.Side);
        foreach (MentionModifier modifier in source.Modifiers)
        {
            // "Granulomas and left basilar scarring": an adjective before the second finding is its own; "pleural" belongs only to the effusion.
            bool isOwn = to < from && modifier.Span.Start < source.Span.Start;
            if (
                !isOwn
                && !IsImplied(modifier, source.Finding)
                && (modifier.Kind == ReportModifierKind.Place ? placeless : modifier.Kind == ReportModifierKind.Side && sideless)
                && target.Finding.Takes.Contains(modifier.Kind)
            )
                target.Add(modifier);
        }
    }

    /// <summary>Whether the modifier is a place that the finding implies; "lung" is one for others, too.</summary>
    private static bool IsImplied(MentionModifier modifier, ReportFinding finding) =>
        modifier.Kind == ReportModifierKind.Place
        && finding.WithoutPlaces.IsSupersetOf(modifier.Modifier.Qualifiers)
        && modifier.Modifier.Text != Lung;

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
            if (
                !_tokens[token].Is(ReportWordClass.Link)
                && !Covers(_matches[(int)PhraseLayer.Modifier], token)
                && !Covers(cues, token)
            )
                return false;
        }
        return !ClauseEndsBetween(_found[first].End, _found[second].Start);
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
