namespace CxrAnnotate;

/// <summary>The location of a finding: words of the MeSH grammar from the organ to the part, and the side.</summary>
/// <param name="Words">The location (<c>lung</c>, <c>upper lobe</c>); empty if only the side is known.</param>
/// <param name="Side"><c>left</c>, <c>right</c>, <c>bilateral</c> or empty.</param>
internal readonly record struct FindingPlace(IReadOnlyList<string> Words, string Side)
{
    internal const string Left = "left",
        Right = "right",
        Bilateral = "bilateral";

    /// <summary>Parses <c>lung/upper lobe/left</c>; '-' is an empty location.</summary>
    internal static FindingPlace Parse(string text)
    {
        string[] words = text == "-" ? [] : text.Split('/');
        return words is [.. var place, Left or Right or Bilateral] ? new(place, words[^1]) : new(words, "");
    }

    /// <summary>A location with its name as its only word.</summary>
    internal static FindingPlace Of(string name) => new([LabelTerm.Cleaned(name)], "");

    /// <summary>
    /// Joins the locations of one sentence: a side without a location applies to the locations without a side; locations with their own side remain
    /// separate, since they may not belong to the same finding. Both sides become <c>bilateral</c>.
    /// </summary>
    /// <returns>The locations to write terms for: at least one, which may be empty.</returns>
    internal static IReadOnlyList<FindingPlace> Join(IReadOnlyList<FindingPlace> places)
    {
        string side = Sides(places.Where(place => place.Words.Count == 0));
        List<FindingPlace> joined =
        [
            .. places
                .Where(place => place.Words.Count > 0 && place.Side.Length > 0)
                .GroupBy(place => string.Join('/', place.Words), StringComparer.Ordinal)
                .Select(same => new FindingPlace(same.First().Words, Sides(same))),
        ];
        string[] words =
        [
            .. places
                .Where(place => place.Words.Count > 0 && place.Side.Length == 0)
                .SelectMany(place => place.Words)
                .Distinct(StringComparer.Ordinal),
        ];
        if (words.Length > 0 || joined.Count == 0 || (side.Length > 0 && joined.TrueForAll(place => place.Side != side)))
            joined.Add(new FindingPlace(words, side));
        return joined;
    }

    private static string Sides(IEnumerable<FindingPlace> places)
    {
        string[] sides = [.. places.Select(place => place.Side).Where(side => side.Length > 0).Distinct(StringComparer.Ordinal)];
        return sides.Length > 1 ? Bilateral
            : sides is [var only] ? only
            : "";
    }
}
