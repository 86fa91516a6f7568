namespace CxrAnnotate;

/// <summary>
/// Reads findings out of a free-text report: what its sections say of them, alone and together, and the annotation that comes of it. One miner is for
/// one thread at a time; <see cref="ReportRules"/> may be shared. For rows of ML.NET there is <c>MineReports</c>.
/// </summary>
/// <example><code>
/// MinedReport report = new ReportMiner(ReportRules.Default).Mine("Nodule in the left apex. No effusion.", "");
/// Console.WriteLine(report.Annotation); // Nodule/lung/apex/left
/// </code></example>
public sealed class ReportMiner
{
    /// <summary>The prefix of an uncertain finding's heading under <see cref="UncertaintyPolicy.SeparateClass"/>.</summary>
    internal const string PossiblePrefix = "Possible ";

    /// <summary>A text with more distinct terms is no report; terms beyond are left out, which keeps the time linear in its length.</summary>
    private const int LargestAnnotation = 256;

    /// <summary>A report that denies fewer findings, and says nothing else of the chest, is not known to be normal.</summary>
    private const int DenialsOfNormal = 2;

    private readonly ReportRules _rules;
    private readonly ReportSections _sections;
    private readonly SectionConflict _conflict;
    private readonly UncertaintyPolicy _uncertainty;
    private readonly SectionReader _reader;
    private readonly ReportModifier[] _secondNames;

    /// <summary>Creates a miner.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="sections">The sections that are read. The default value is both.</param>
    /// <param name="conflict">Which section is believed where they differ. The default value is <see cref="SectionConflict.Mentioned"/>.</param>
    /// <param name="uncertainty">What becomes of uncertain findings. The default value is <see cref="UncertaintyPolicy.Ignore"/>.</param>
    public ReportMiner(
        ReportRules rules,
        ReportSections sections = ReportSections.FindingsAndImpression,
        SectionConflict conflict = SectionConflict.Mentioned,
        UncertaintyPolicy uncertainty = UncertaintyPolicy.Ignore
    )
    {
        ArgumentNullException.ThrowIfNull(rules);
        (_rules, _sections, _conflict, _uncertainty) = (rules, sections, conflict, uncertainty);
        _reader = new SectionReader(rules);
        _secondNames = [.. rules.Modifiers.OfType<ReportModifier>().Where(modifier => modifier.GivesWayTo is not null)];
    }

    /// <summary>Reads a report.</summary>
    /// <param name="findings">The findings section, or the whole report, of which only findings and impression are read (<see cref="ReportParts"/>);
    /// may be empty.</param>
    /// <param name="impression">The impression section; may be empty.</param>
    public MinedReport Mine(string findings, string impression)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(impression);
        List<FindingMention> mentions = [];
        ChestStatements said = ChestStatements.None;
        if (_sections.HasFlag(ReportSections.Findings))
            said |= _reader.Read(findings, ReportSections.Findings, mentions);
        if (_sections.HasFlag(ReportSections.Impression))
            said |= _reader.Read(impression, ReportSections.Impression, mentions);
        HashSet<ReportFinding> decided = Decided(mentions);
        FindingState?[] states = States(mentions, decided);
        if (_uncertainty is UncertaintyPolicy.Positive or UncertaintyPolicy.Negative)
            Decide(states, _uncertainty == UncertaintyPolicy.Positive ? FindingState.Present : FindingState.Absent);
        List<MeshTerm> terms = [];
        foreach (FindingMention mention in mentions)
        {
            if (
                states[mention.Finding.Index] is not { } state
                || !IsWritten(state)
                || !Supports(mention, state)
                || IsOverruled(mention, decided)
                || GivesWay(mention.Finding, states)
            )
                continue;
            MentionTerms.Add(mention, state == FindingState.Uncertain ? PossiblePrefix : "", terms);
            if (terms.Count >= LargestAnnotation)
                break;
        }
        if (terms.Count == 0 && IsNormal(said, states))
            terms.Add(new MeshTerm(MeshAnnotation.Normal));
        MentionTerms.DropImplied(terms);
        MentionTerms.DropSecondNames(terms, _secondNames);
        return new MinedReport
        {
            Mentions = mentions,
            Terms = terms,
            States = states,
        };
    }

    private bool IsWritten(FindingState state) =>
        state == FindingState.Present || (state == FindingState.Uncertain && _uncertainty == UncertaintyPolicy.SeparateClass);

    /// <summary>Whether the mention supports the state that the report gives its finding.</summary>
    private bool Supports(FindingMention mention, FindingState state) =>
        mention.State == state || (mention.State == FindingState.Uncertain && _uncertainty == UncertaintyPolicy.Positive);

    /// <summary>
    /// Whether a report without findings is normal: it says so of the chest or the lungs, or denies at least two findings, and speaks of nothing else
    /// that is abnormal. A report with uncertain findings only is neither normal nor known to have them.
    /// </summary>
    private static bool IsNormal(ChestStatements said, FindingState?[] states) =>
        !said.HasFlag(ChestStatements.Abnormal)
        && !Array.Exists(states, state => state == FindingState.Uncertain)
        && (said.HasFlag(ChestStatements.Normal) || states.Count(state => state == FindingState.Absent) >= DenialsOfNormal);

    private static void Decide(FindingState?[] states, FindingState uncertain)
    {
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i] == FindingState.Uncertain)
                states[i] = uncertain;
        }
    }

    private FindingState?[] States(List<FindingMention> mentions, HashSet<ReportFinding> decided)
    {
        var states = new FindingState?[_rules.Findings.Count];
        foreach (FindingMention mention in mentions)
        {
            ref FindingState? state = ref states[mention.Finding.Index];
            if (!IsOverruled(mention, decided))
                state = Stronger(state, mention.State);
        }
        return states;
    }

    /// <summary>The findings that the section mentions that has precedence; none if neither section has.</summary>
    private HashSet<ReportFinding> Decided(List<FindingMention> mentions) =>
        _conflict == SectionConflict.Mentioned
            ? []
            : [.. mentions.Where(mention => mention.Section == Deciding).Select(mention => mention.Finding)];

    private ReportSections Deciding => _conflict == SectionConflict.ImpressionWins ? ReportSections.Impression : ReportSections.Findings;

    /// <summary>Whether the section that has precedence mentions the finding, and this mention is in the other one.</summary>
    private bool IsOverruled(FindingMention mention, HashSet<ReportFinding> decided) =>
        mention.Section != Deciding && decided.Contains(mention.Finding);

    /// <summary>Present outranks uncertain, which outranks absent.</summary>
    private static FindingState Stronger(FindingState? one, FindingState other) =>
        (one, other) switch
        {
            (FindingState.Present, _) or (_, FindingState.Present) => FindingState.Present,
            (FindingState.Uncertain, _) or (_, FindingState.Uncertain) => FindingState.Uncertain,
            _ => FindingState.Absent,
        };

    private bool GivesWay(ReportFinding finding, FindingState?[] states)
    {
        foreach (string other in finding.GivesWayTo)
        {
            for (int i = 0; i < states.Length; i++)
            {
                if (states[i] == FindingState.Present && _rules.Findings[i].Name == other)
                    return true;
            }
        }
        return false;
    }
}
