namespace CxrAnnotate.Results;

/// <summary>All readers, in the order of the tables. A new preset of the cascade is a line here.</summary>
internal static class AllReaders
{
    /// <summary>The reader with which all others are compared.</summary>
    internal const string Stock = "stock";

    internal static IReadOnlyList<IReader> List { get; } =
    [
        new GroupReader("source-only", one => one.Source),
        new GroupReader("view-only", one => one.View),
        new FeatureReader(Stock, FeatureReader.StockFeatures),
        new FeatureReader("stock-l2", FeatureReader.StockFeatures, isStandardized: true),
        new FeatureReader("stock-regions", FeatureReader.RegionFeatures),
        new FeatureReader("stock-regions-l2", FeatureReader.RegionFeatures, isStandardized: true),
        new CascadeReader("scratch", RecurrentCascadeOptions.FromScratch),
        new CascadeReader("frozen", Transfer(TransferMode.Frozen)),
        new CascadeReader("frozen-no-words", WithoutWords(Transfer(TransferMode.Frozen))),
        new CascadeReader("frozen-attention", Transfer(TransferMode.Frozen) with { AttendsRegions = true }),
        // One iteration: each takes a quarter of an hour for each fold.
        new CascadeReader("fine-tuned", Transfer(TransferMode.FineTuned) with { Iterations = 1 }),
        new CascadeReader("phantom", RecurrentCascadeOptions.ForPhantoms, isForPhantoms: true),
        new CascadeReader("phantom-no-words", WithoutWords(RecurrentCascadeOptions.ForPhantoms), isForPhantoms: true),
        new CascadeReader("phantom-attention", RecurrentCascadeOptions.ForPhantoms with { AttendsRegions = true }, isForPhantoms: true),
    ];

    /// <summary>The reader that another is a variant of, and is compared with; null if there is none.</summary>
    internal static string? OriginalOf(string name)
    {
        int end = name.IndexOf('-', StringComparison.Ordinal);
        return end > 0 && List.FirstOrDefault(reader => reader.Name == name[..end]) is CascadeReader original ? original.Name : null;
    }

    /// <summary>
    /// Whether a reader writes annotations of its own; the others give the usual ones of their labels. One that is unknown counts as such.
    /// </summary>
    internal static bool Writes(string name) => List.FirstOrDefault(reader => reader.Name == name) is null or CascadeReader;

    private static RecurrentCascadeOptions Transfer(TransferMode mode)
    {
        RecurrentCascadeOptions preset = RecurrentCascadeOptions.FromImageNet;
        return preset with { Classifier = preset.Classifier with { Transfer = preset.Classifier.Transfer with { Mode = mode } } };
    }

    /// <summary>The words of the annotations are no target of the image network, in any iteration.</summary>
    private static RecurrentCascadeOptions WithoutWords(RecurrentCascadeOptions preset) =>
        preset with
        {
            Classifier = preset.Classifier with { WordWeight = 0 },
            ContextWordWeight = 0,
        };

    /// <exception cref="ArgumentException">There is no such reader.</exception>
    internal static IReader Of(string name) =>
        List.FirstOrDefault(reader => reader.Name == name)
        ?? throw new ArgumentException($"There is no reader '{name}'. There are {string.Join(", ", List.Select(reader => reader.Name))}.");
}
