namespace CxrAnnotate;

/// <summary>A term of the MeSH grammar with a gap for the place: <c>Diaphragm/*side/elevated</c>.</summary>
internal sealed class LabelTerm
{
    private const string PlaceAndSide = "*",
        SideAlone = "*side";

    private readonly string[] _parts;

    private LabelTerm(string[] parts) => _parts = parts;

    internal string Heading => _parts[0];

    internal bool IsNormal => _parts is [MeshAnnotation.Normal];

    internal static LabelTerm Parse(string text) => new(text.Split('/', StringSplitOptions.TrimEntries));

    /// <summary>The term of a label that no map knows: its own words, with place and side.</summary>
    internal static LabelTerm Of(string label) => new([Cleaned(label), PlaceAndSide]);

    /// <summary>A foreign name without the characters that part terms.</summary>
    internal static string Cleaned(string name) =>
        string.Join(' ', name.Split(['/', '|', '\r', '\n', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The term at a place. Words that it has already are not written twice.</summary>
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

    /// <summary>The term at no place.</summary>
    public override string ToString() => At(new FindingPlace([], ""));
}
