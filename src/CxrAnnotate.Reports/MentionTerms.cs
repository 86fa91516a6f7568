namespace CxrAnnotate;

/// <summary>
/// Writes mentions of findings as terms of the MeSH grammar: heading, place, side, kind, degree, as the indexers of the Open-i collection order them.
/// </summary>
internal static class MentionTerms
{
    private const string Left = "left";
    private const string Right = "right";
    private const string Bilateral = "bilateral";

    /// <summary>Adds the mention's terms, one for each place.</summary>
    internal static void Add(FindingMention mention, string prefix, List<MeshTerm> terms)
    {
        if (mention.Modifiers.Count == 0)
        {
            AddOnce(new MeshTerm(prefix + mention.Finding.Heading, [.. mention.Finding.FixedQualifiers]), terms);
            return;
        }
        List<string> tail = [];
        AddTail(mention, ReportModifierKind.Kind, tail);
        AddTail(mention, ReportModifierKind.Degree, tail);
        foreach ((string[] place, string? side) in Places(mention))
        {
            List<string> qualifiers = [.. mention.Finding.FixedQualifiers];
            foreach (
                string qualifier in (IEnumerable<string>)
                    [.. place.Where(part => !mention.Finding.WithoutPlaces.Contains(part)), .. side is null ? (string[])[] : [side], .. tail]
            )
            {
                if (!qualifiers.Contains(qualifier))
                    qualifiers.Add(qualifier);
            }
            AddOnce(new MeshTerm(prefix + mention.Finding.Heading, qualifiers), terms);
        }
    }

    private static void AddTail(FindingMention mention, ReportModifierKind kind, List<string> tail)
    {
        foreach (MentionModifier modifier in mention.Modifiers)
        {
            if (modifier.Modifier.Kind == kind && mention.Finding.Takes.Contains(kind) && !tail.Contains(modifier.Modifier.Text))
                tail.AddRange(modifier.Modifier.Qualifiers);
        }
    }

    private static void AddOnce(MeshTerm term, List<MeshTerm> terms)
    {
        if (!terms.Contains(term))
            terms.Add(term);
    }

    /// <summary>Removes terms that another term of the same heading implies.</summary>
    internal static void DropImplied(List<MeshTerm> terms)
    {
        for (int i = terms.Count - 1; i >= 0; i--)
        {
            for (int j = 0; j < terms.Count; j++)
            {
                if (
                    j != i
                    && terms[j].Heading == terms[i].Heading
                    && Implies(terms[j], terms[i])
                    && (terms[j].Qualifiers.Count > terms[i].Qualifiers.Count || j < i)
                )
                {
                    terms.RemoveAt(i);
                    break;
                }
            }
        }
    }

    /// <summary>
    /// Removes terms whose place is a synonym of the place of another term with the same heading and side (a lower lobe and its base).
    /// </summary>
    internal static void DropSecondNames(List<MeshTerm> terms, IReadOnlyList<ReportModifier> places)
    {
        if (terms.Count < 2)
            return;
        foreach (ReportModifier place in places)
        {
            if (place.GivesWayTo is { } better)
                terms.RemoveAll(term =>
                    place.Qualifiers.All(term.Qualifiers.Contains) && terms.Exists(other => IsSecondName(term, other, place.Qualifiers, better))
                );
        }
    }

    private static bool IsSecondName(MeshTerm term, MeshTerm other, string[] place, string[] better) =>
        other.Heading == term.Heading
        && better.Except(place).All(other.Qualifiers.Contains)
        && better.Except(place).Any()
        && term.Qualifiers.Where(word => word is Left or Right or Bilateral)
            .All(side => other.Qualifiers.Contains(side) || other.Qualifiers.Contains(Bilateral));

    private static bool Implies(MeshTerm more, MeshTerm less) => less.Qualifiers.All(more.Qualifiers.Contains);

    private static List<(string[] Place, string? Side)> Places(FindingMention mention)
    {
        List<MentionModifier> inOrder =
        [
            .. mention
                .Modifiers.Where(modifier =>
                    modifier.Modifier.Kind is ReportModifierKind.Place or ReportModifierKind.Side
                    && mention.Finding.Takes.Contains(modifier.Modifier.Kind)
                )
                .OrderBy(modifier => modifier.Span.Start),
        ];
        string? whole = Merge(
            inOrder.Where(modifier => modifier.Modifier.Kind == ReportModifierKind.Side).Select(modifier => modifier.Modifier.Text)
        );
        List<MentionModifier> places = inOrder.FindAll(modifier => modifier.Modifier.Kind == ReportModifierKind.Place);
        if (places.Count == 0)
            return [([], whole)];
        bool severalSides = inOrder.Count - places.Count > 1;
        List<(string[] Place, string? Side)> located = [];
        foreach (MentionModifier place in places)
        {
            string[] written = mention.Finding.PlacesAs.GetValueOrDefault(place.Modifier.Text, place.Modifier.Qualifiers);
            string? side = places.Count > 1 && severalSides ? NearestSide(inOrder, place) : whole;
            int same = located.FindIndex(other => other.Place.SequenceEqual(written));
            if (same < 0)
                located.Add((written, side));
            else
                located[same] = (written, Merge(new[] { located[same].Side, side }.OfType<string>()));
        }
        // "Right lower lobe of the lung": the wider place adds nothing.
        located.RemoveAll(one => located.Exists(other => other.Place.Length > one.Place.Length && one.Place.All(other.Place.Contains)));
        return located;
    }

    /// <summary>The last side before or at the place, else the first after it.</summary>
    private static string? NearestSide(List<MentionModifier> inOrder, MentionModifier place)
    {
        string? before = null;
        foreach (MentionModifier modifier in inOrder)
        {
            if (modifier.Modifier.Kind != ReportModifierKind.Side)
                continue;
            if (modifier.Span.Start > place.Span.Start && before is not null)
                return before;
            before = modifier.Modifier.Text;
            if (modifier.Span.Start > place.Span.Start)
                return before;
        }
        return before;
    }

    private static string? Merge(IEnumerable<string> sides)
    {
        string? merged = null;
        foreach (string side in sides)
            merged =
                merged is null || merged == side ? side
                : (merged, side) is (Left, Right) or (Right, Left) ? Bilateral
                : merged == Bilateral || side == Bilateral ? Bilateral
                : merged;
        return merged;
    }
}
