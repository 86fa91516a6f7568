using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Splits a sentence into clauses, which no cue reaches across: at the phrases of [scope end], and at a comma, a conjunction, a dash or a bracket
/// behind which a statement of its own stands. NegEx (Chapman et al., 2001) ends a scope at a few words; here the verbs decide, too: "no pneumothorax
/// and the heart is enlarged" makes two statements, "no pneumothorax and effusion are seen" makes one. Not thread-safe.
/// </summary>
internal sealed class SentenceClauses(ReportRules rules)
{
    /// <summary>What is known of a token.</summary>
    [Flags]
    private enum Role : byte
    {
        None = 0,

        /// <summary>Belongs to a cue.</summary>
        Cue = 1,

        /// <summary>Begins a phrase of [scope end].</summary>
        ScopeEnd = 2,

        /// <summary>Begins a cue that denies what follows, or doubts it, or says it of someone else.</summary>
        Forward = 4,

        /// <summary>Begins a cue that denies what follows.</summary>
        Denial = 8,

        /// <summary>Is the last word of a finding.</summary>
        Finding = 16,

        /// <summary>A verb stands between this joint and the next.</summary>
        VerbAhead = 32,

        /// <summary>An "or" is still to come in the statement, so that a list goes on.</summary>
        ListGoesOn = 64,
    }

    private Role[] _roles = [];
    private int[] _clauses = [];
    private List<ReportToken> _tokens = [];
    private List<PhraseMatch> _findings = [];
    private List<PhraseMatch> _cues = [];
    private int _start;
    private int _end;
    private bool _isSplit;

    /// <summary>Begins with the tokens [start, end), which are split when their clauses are asked for: many sentences never are.</summary>
    internal void Begin(List<ReportToken> tokens, int start, int end, List<PhraseMatch> findings, List<PhraseMatch> cues) =>
        (_tokens, _start, _end, _findings, _cues, _isSplit) = (tokens, start, end, findings, cues, false);

    /// <summary>The number of the clause that the token belongs to; numbers grow along the sentence.</summary>
    internal int Of(int token)
    {
        SplitOnce();
        return _clauses[token - _start];
    }

    /// <summary>Whether the statement that the token is in has an "or" behind it, so that a list goes on.</summary>
    internal bool ListGoesOn(int token)
    {
        SplitOnce();
        return Has(token, Role.ListGoesOn);
    }

    private void SplitOnce()
    {
        if (_isSplit)
            return;
        _isSplit = true;
        Split(CollectionsMarshal.AsSpan(_tokens), _start, _end, _findings, _cues);
    }

    private void Split(ReadOnlySpan<ReportToken> tokens, int start, int end, List<PhraseMatch> findings, List<PhraseMatch> cues)
    {
        int length = end - start;
        if (_roles.Length < length)
            (_roles, _clauses) = (new Role[2 * length], new int[2 * length]);
        Array.Clear(_roles, 0, length);
        foreach (PhraseMatch finding in findings)
            _roles[finding.End - 1 - start] |= Role.Finding;
        foreach (PhraseMatch cue in cues)
            MarkCue(cue);
        LookAhead(tokens, start, end);
        int clause = 0;
        bool verb = false,
            forward = false,
            denial = false,
            found = false,
            isBracketed = false;
        for (int at = start; at < end; at++)
        {
            bool begins = Has(at, Role.ScopeEnd) || (!Has(at, Role.Cue) && Begins(tokens, at, end, verb, forward, denial && found, ref isBracketed));
            // "After removal of the tube a nodule is seen."
            begins |= forward && at > start && Has(at - 1, Role.Finding) && tokens[at].Is(ReportWordClass.Determiner) && !Has(at, Role.ListGoesOn);
            if (begins)
            {
                clause++;
                (verb, forward, denial, found) = (false, false, false, false);
            }
            _clauses[at - start] = clause;
            verb |= tokens[at].Is(ReportWordClass.Verb);
            forward |= Has(at, Role.Forward);
            denial |= Has(at, Role.Denial);
            found |= Has(at, Role.Finding);
        }
    }

    private void MarkCue(PhraseMatch cue)
    {
        foreach (int meaning in rules.Automaton.Meanings(cue))
        {
            _roles[cue.Start - _start] |= rules.Cues[meaning] switch
            {
                ReportCue.ScopeEnd => Role.ScopeEnd,
                ReportCue.NegationBefore => Role.Forward | Role.Denial,
                ReportCue.UncertaintyBefore or ReportCue.UnrelatedBefore => Role.Forward,
                _ => Role.None,
            };
        }
        for (int token = cue.Start; token < cue.End; token++)
            _roles[token - _start] |= Role.Cue;
    }

    private void LookAhead(ReadOnlySpan<ReportToken> tokens, int start, int end)
    {
        bool verb = false,
            list = false;
        for (int at = end - 1; at >= start; at--)
        {
            if (list)
                _roles[at - start] |= Role.ListGoesOn;
            if (IsJoint(tokens[at]))
            {
                // ", and" is one joint.
                if (at + 1 < end && IsJoint(tokens[at + 1]) ? Has(at + 1, Role.VerbAhead) : verb)
                    _roles[at - start] |= Role.VerbAhead;
                verb = false;
            }
            verb |= tokens[at].Is(ReportWordClass.Verb);
            list = !Has(at, Role.ScopeEnd) && (list || tokens[at].Id is ReportVocabulary.Or or ReportVocabulary.Nor);
        }
    }

    /// <summary>Whether a clause begins at a joint.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="at">The token.</param>
    /// <param name="end">The end of the sentence.</param>
    /// <param name="verb">Whether the clause before has a verb.</param>
    /// <param name="forward">Whether a cue reaches forwards in it.</param>
    /// <param name="denied">Whether it denies a finding.</param>
    /// <param name="isBracketed">Whether a bracket is open that began a clause.</param>
    private bool Begins(ReadOnlySpan<ReportToken> tokens, int at, int end, bool verb, bool forward, bool denied, ref bool isBracketed)
    {
        int joint = tokens[at].Id;
        if (joint == ReportVocabulary.Dash)
            return true;
        if (joint == ReportVocabulary.Close)
            return isBracketed && !(isBracketed = false);
        if (!IsJoint(tokens[at]) || (at > _start && IsJoint(tokens[at - 1])))
            return false;
        int next = at + 1;
        bool isAnd = joint == ReportVocabulary.And;
        if (next < end && joint == ReportVocabulary.Comma && tokens[next].Id == ReportVocabulary.And)
        {
            isAnd = true;
            next++;
        }
        while (next < end && tokens[next].Is(ReportWordClass.Filler))
            next++;
        if (next == end || tokens[next].Id is ReportVocabulary.Or or ReportVocabulary.Nor)
            return false;
        bool list = Has(at, Role.ListGoesOn),
            determined = tokens[next].Is(ReportWordClass.Determiner),
            isStatement = Has(at, Role.VerbAhead) && !tokens[next].Is(ReportWordClass.Verb),
            isAsserted = denied && !list && tokens[next].Is(ReportWordClass.Assertion);
        return isAsserted
            || joint switch
            {
                ReportVocabulary.Open => isBracketed = isStatement,
                ReportVocabulary.With => false,
                _ when !isStatement => false,
                _ when verb => true,
                _ when isAnd => determined && (forward || joint == ReportVocabulary.Comma),
                _ => !list && (determined || !forward),
            };
    }

    private static bool IsJoint(ReportToken token) =>
        token.Id
            is ReportVocabulary.Comma
                or ReportVocabulary.And
                or ReportVocabulary.With
                or ReportVocabulary.Open
                or ReportVocabulary.Close
                or ReportVocabulary.Dash;

    private bool Has(int token, Role role) => (_roles[token - _start] & role) != 0;
}
