using System.Reflection;

namespace CxrAnnotate;

/// <summary>
/// Maps the labels and locations of a data set to the MeSH grammar. The built-in maps are in <c>labels.map</c>.
/// </summary>
internal sealed class LabelMap
{
    private static readonly Lazy<Dictionary<string, LabelMap>> _maps = new(() =>
    {
        using Stream content = Assembly.GetExecutingAssembly().GetManifestResourceStream("labels.map")!;
        using var reader = new StreamReader(content);
        return Parse(reader.ReadToEnd());
    });

    private readonly Dictionary<string, LabelTerm[]> _labels = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, FindingPlace> _places = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _names = [];

    /// <summary>The maps of the library, by the sources that rows of the data sets name.</summary>
    internal static IReadOnlyDictionary<string, LabelMap> All => _maps.Value;

    /// <summary>The map of a data set.</summary>
    /// <param name="source">The source that its rows name.</param>
    internal static LabelMap Of(string source) => _maps.Value[source];

    /// <summary>The labels as the data set writes them, in the order of the map.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>The locations that the data set names.</summary>
    internal IReadOnlyCollection<string> PlaceNames => _places.Keys;

    /// <summary>Gets the terms of a label; empty if it is not about a finding.</summary>
    /// <returns>False if the label is not in the map; its own words then become the term, with location and side.</returns>
    internal bool TryTerms(string label, out IReadOnlyList<LabelTerm> terms)
    {
        bool known = _labels.TryGetValue(label, out LabelTerm[]? found);
        terms = known ? found! : [LabelTerm.Of(label)];
        return known;
    }

    /// <returns>False if the location is not in the map; its own name is then used.</returns>
    internal bool TryPlace(string name, out FindingPlace place)
    {
        bool known = _places.TryGetValue(name, out place);
        if (!known)
            place = FindingPlace.Of(name);
        return known;
    }

    /// <exception cref="FormatException">A line is not valid in a map.</exception>
    internal static Dictionary<string, LabelMap> Parse(string text)
    {
        Dictionary<string, LabelMap> maps = [];
        LabelMap? map = null;
        bool places = false;
        int number = 0;
        foreach (string raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line is ['[', .. var name, ']'])
            {
                places = name.EndsWith(" places", StringComparison.Ordinal);
                string set = places ? name[..^" places".Length] : name;
                if (!maps.TryGetValue(set, out map))
                    maps.Add(set, map = new LabelMap());
                continue;
            }

            string[] sides = line.Split(" = ", 2, StringSplitOptions.TrimEntries);
            if (map is null || sides.Length < 2 || sides[0].Length == 0 || sides[1].Length == 0)
                throw new FormatException(
                    ErrorCode.RulesUnreadable.Message($"Line {number} of the map of labels: expected 'label = terms' in a block [name].")
                );
            if (!(places ? map._places.TryAdd(sides[0], FindingPlace.Parse(sides[1])) : map.Add(sides[0], sides[1])))
                throw new FormatException(ErrorCode.RulesUnreadable.Message($"Line {number} of the map of labels: '{sides[0]}' is mapped twice."));
        }

        return maps;
    }

    private bool Add(string label, string terms)
    {
        _names.Add(label);
        return _labels.TryAdd(label, terms == "-" ? [] : [.. terms.Split('|').Select(LabelTerm.Parse)]);
    }
}
