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

    private readonly ReportRules _rules;
    private readonly ReportSections _sections;
    private readonly SectionConflict _conflict;
    private readonly UncertaintyPolicy _uncertainty;
    private readonly SectionReader _reader;
    private readonly Dictionary<ReportFinding, int> _index;
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
        _secondNames = [.. rules.Modifiers.Where(modifier => modifier.GivesWayTo is not null)];
        _index = rules.Findings.Select((finding, i) => (finding, i)).ToDictionary(pair => pair.finding, pair => pair.i);
    }

    /// <summary>Reads a report.</summary>
    /// <param name="findings">The findings section, or the whole report; may be empty.</param>
    /// <param name="impression">The impression section; may be empty.</param>
    public MinedReport Mine(string findings, string impression)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(impression);
        List<FindingMention> mentions = [];
        bool known = false;
        if (_sections.HasFlag(ReportSections.Findings))
            known |= _reader.Read(findings, ReportSections.Findings, mentions);
        if (_sections.HasFlag(ReportSections.Impression))
            known |= _reader.Read(impression, ReportSections.Impression, mentions);
        FindingState?[] states = States(mentions);
        if (_uncertainty is UncertaintyPolicy.Positive or UncertaintyPolicy.Negative)
            Decide(states, _uncertainty == UncertaintyPolicy.Positive ? FindingState.Present : FindingState.Absent);
        List<MeshTerm> terms = [];
        foreach (FindingMention mention in mentions)
        {
            FindingState? state = states[_index[mention.Finding]];
            if (state is not { } decided || !IsWritten(decided) || !Supports(mentions, mention, decided) || GivesWay(mention.Finding, states))
                continue;
            MentionTerms.Add(mention, decided == FindingState.Uncertain ? PossiblePrefix : "", terms);
        }
        // A report with only uncertain findings gets no annotation, not even normal.
        if (terms.Count == 0 && known && !Array.Exists(states, state => state == FindingState.Uncertain))
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

    /// <summary>Whether the mention supports the decided state and is not overruled by the other section.</summary>
    private bool Supports(List<FindingMention> mentions, FindingMention mention, FindingState decided) =>
        (mention.State == decided || (mention.State == FindingState.Uncertain && _uncertainty == UncertaintyPolicy.Positive))
        && (_conflict == SectionConflict.Mentioned || !IsOverruled(mentions, mention));

    private static void Decide(FindingState?[] states, FindingState uncertain)
    {
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i] == FindingState.Uncertain)
                states[i] = uncertain;
        }
    }

    private FindingState?[] States(List<FindingMention> mentions)
    {
        var states = new FindingState?[_rules.Findings.Count];
        foreach (FindingMention mention in mentions)
        {
            ref FindingState? state = ref states[_index[mention.Finding]];
            if (_conflict == SectionConflict.Mentioned || !IsOverruled(mentions, mention))
                state = Stronger(state, mention.State);
        }
        return states;
    }

    /// <summary>Whether the deciding section mentions the finding, and this mention is in the other section.</summary>
    private bool IsOverruled(List<FindingMention> mentions, FindingMention mention)
    {
        ReportSections deciding = _conflict == SectionConflict.ImpressionWins ? ReportSections.Impression : ReportSections.Findings;
        return mention.Section != deciding && mentions.Exists(other => other.Section == deciding && other.Finding == mention.Finding);
    }

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
