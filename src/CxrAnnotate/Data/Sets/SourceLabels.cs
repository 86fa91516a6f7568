using System.Text;

namespace CxrAnnotate;

/// <summary>Converts the labels of a data set to annotations.</summary>
/// <param name="map">The map to the MeSH grammar.</param>
/// <param name="policy">How uncertain labels are treated.</param>
/// <param name="unknown">Receives labels and locations that are not in the map; their own words are used.</param>
/// <param name="excludedByNormal">The labels that count as absent when the set reports no finding, even if it does not mention them.</param>
internal sealed class SourceLabels(LabelMap map, UncertaintyPolicy policy, UnusedValues unknown, IReadOnlyCollection<string>? excludedByNormal = null)
{
    /// <summary>The prefix of an uncertain finding's heading under <see cref="UncertaintyPolicy.SeparateClass"/>.</summary>
    internal const string Possible = "Possible ";

    private readonly Dictionary<string, (SourceFindings Findings, string[] Unknown)> _known = new(StringComparer.Ordinal);

    /// <param name="mentions">The labels of one radiograph.</param>
    /// <param name="line">Their line in the table.</param>
    internal SourceFindings Of(IReadOnlyList<LabelMention> mentions, int line)
    {
        string key = Key(mentions);
        if (!_known.TryGetValue(key, out (SourceFindings Findings, string[] Unknown) known))
            _known.Add(key, known = Make(mentions));
        foreach (string name in known.Unknown)
            unknown.Add(line, name);
        return known.Findings;
    }

    private static string Key(IReadOnlyList<LabelMention> mentions)
    {
        var key = new StringBuilder();
        foreach (LabelMention mention in mentions)
        {
            key.Append((char)('0' + (int)mention.State)).Append(mention.Label).Append('\n');
            foreach (string place in mention.Places)
                key.Append('\t').Append(place);
        }

        return key.ToString();
    }

    private (SourceFindings Findings, string[] Unknown) Make(IReadOnlyList<LabelMention> mentions)
    {
        List<string> terms = [],
            absent = [],
            uncertain = [],
            unmapped = [];
        bool normal = false,
            hasUncertain = false;
        foreach (LabelMention mention in mentions)
        {
            if (!map.TryTerms(mention.Label, out IReadOnlyList<LabelTerm> said))
                unmapped.Add(mention.Label);
            if (said.Any(term => term.IsNormal))
            {
                normal |= mention.State == LabelState.Present;
                continue;
            }

            hasUncertain |= mention.State == LabelState.Uncertain && said.Count > 0;
            LabelState state = (mention.State, policy) switch
            {
                (LabelState.Uncertain, UncertaintyPolicy.Positive) => LabelState.Present,
                (LabelState.Uncertain, UncertaintyPolicy.Negative) => LabelState.Absent,
                _ => mention.State,
            };
            if (state == LabelState.Present)
                terms.AddRange(Terms(said, mention.Places, "", unmapped));
            else
                (state == LabelState.Absent ? absent : uncertain).AddRange(said.Select(term => term.Heading));
            if (state == LabelState.Uncertain && policy == UncertaintyPolicy.SeparateClass)
                terms.AddRange(Terms(said, mention.Places, Possible, unmapped));
        }

        // An uncertain finding means that the image is not known to be normal; if all uncertain findings count as absent, it is normal.
        if (terms.Count == 0 && (normal || (hasUncertain && uncertain.Count == 0)))
            terms.Add(MeshAnnotation.Normal);
        if (normal && excludedByNormal is not null)
        {
            absent.AddRange(
                excludedByNormal
                    .Except(mentions.Select(mention => mention.Label), StringComparer.OrdinalIgnoreCase)
                    .SelectMany(label => map.TryTerms(label, out IReadOnlyList<LabelTerm> said) ? said : [])
                    .Select(term => term.Heading)
            );
        }

        string[] present = [.. terms.Select(term => term.Split('/', 2)[0])];
        var findings = new SourceFindings(
            Joined(terms),
            Labels(LabelState.Present),
            Labels(LabelState.Absent),
            Labels(LabelState.Uncertain),
            Joined(absent.Except(present, StringComparer.Ordinal).Except(uncertain, StringComparer.Ordinal)),
            Joined(uncertain.Except(present, StringComparer.Ordinal))
        );
        return (findings, [.. unmapped.Distinct(StringComparer.Ordinal)]);

        string Labels(LabelState state) =>
            Joined(mentions.Where(mention => mention.State == state).Select(mention => LabelTerm.Cleaned(mention.Label)));
    }

    private IEnumerable<string> Terms(IReadOnlyList<LabelTerm> said, IReadOnlyList<string> places, string prefix, List<string> unmapped)
    {
        List<FindingPlace> known = [];
        foreach (string name in places)
        {
            if (!map.TryPlace(name, out FindingPlace place))
                unmapped.Add(name);
            known.Add(place);
        }

        IReadOnlyList<FindingPlace> joined = FindingPlace.Join(known);
        return [.. said.SelectMany(term => joined.Select(place => prefix + term.At(place)))];
    }

    private static string Joined(IEnumerable<string> parts) => string.Join('|', parts.Distinct(StringComparer.Ordinal));
}
