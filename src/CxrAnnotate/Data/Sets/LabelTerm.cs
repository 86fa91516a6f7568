namespace CxrAnnotate;

/// <summary>A term of the MeSH grammar with a placeholder for the location: <c>Diaphragm/*side/elevated</c>.</summary>
internal sealed class LabelTerm
{
    private const string PlaceAndSide = "*",
        SideAlone = "*side";

    private readonly string[] _parts;

    private LabelTerm(string[] parts) => _parts = parts;

    internal string Heading => _parts[0];

    internal bool IsNormal => _parts is [MeshAnnotation.Normal];

    internal static LabelTerm Parse(string text) => new(text.Split('/', StringSplitOptions.TrimEntries));

    /// <summary>The term of an unmapped label: its own words, with location and side.</summary>
    internal static LabelTerm Of(string label) => new([Cleaned(label), PlaceAndSide]);

    /// <summary>A name from a data set without the characters that separate terms.</summary>
    internal static string Cleaned(string name) =>
        string.Join(' ', name.Split(['/', '|', '\r', '\n', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The term at a location. Words that it already has are not repeated.</summary>
    internal string At(FindingPlace place)
    {
        if (_parts.Length == 1)
            return _parts[0];
        List<string> parts = [];
        foreach (string part in _parts)
        {
            IEnumerable<string> added = part switch
            {
                PlaceAndSide => [.. place.Words, place.Side],
                SideAlone => [place.Side],
                _ => [part],
            };
            parts.AddRange(
                added.Where(word => word.Length > 0 && (parts.Count == 0 || !_parts.Contains(word, StringComparer.Ordinal) || part == word))
            );
        }

        return string.Join('/', parts);
    }

    /// <summary>The term without a location.</summary>
    public override string ToString() => At(new FindingPlace([], ""));
}
