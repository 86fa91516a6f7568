namespace CxrAnnotate;

/// <summary>
/// The features of images and of variants of them, computed once: of the image itself, of the mirrored image if images are mirrored, and of augmented
/// variants, every other one mirrored.
/// </summary>
internal sealed class FeatureViews
{
    private readonly List<(bool Mirrored, float[][] Features)> _views = [];

    /// <summary>The views: whether the images are mirrored, and the features of each row.</summary>
    internal IReadOnlyList<(bool Mirrored, float[][] Features)> Views => _views;

    /// <summary>The length of the features.</summary>
    internal int Size => _views[0].Features[0].Length;

    /// <summary>The features as a network reads them, of the images themselves.</summary>
    internal float[][] Plain => _views[0].Features;

    /// <summary>Features of images alone.</summary>
    internal static FeatureViews Of(float[][] features)
    {
        var alone = new FeatureViews();
        alone._views.Add((false, features));
        return alone;
    }

    /// <summary>Computes the features of images.</summary>
    /// <param name="model">The network.</param>
    /// <param name="images">The images.</param>
    /// <param name="augmentation">How the variants differ from the images.</param>
    /// <param name="variants">The number of variants.</param>
    /// <param name="seed">The seed of the variants.</param>
    /// <param name="done">Called with the number of images that are done, those of all views, and with that of all.</param>
    /// <param name="cancellation">Cancels.</param>
    internal static FeatureViews Of(
        ClassifierModel model,
        RadiographSet images,
        AugmentationOptions augmentation,
        int variants,
        int seed,
        Action<int, int>? done = null,
        CancellationToken cancellation = default
    )
    {
        bool mirrors = augmentation.Mirror > 0;
        int plain = mirrors ? 2 : 1;
        var bank = new FeatureViews();
        for (int view = 0; view < plain + variants; view++)
        {
            bool mirrored = mirrors && view % 2 == 1;
            AugmentationOptions how = view < plain ? AugmentationOptions.None : augmentation;
            bank._views.Add(
                (
                    mirrored,
                    view == 0
                        ? model.Score(images, cancellation: cancellation).Features
                        : model.FeaturesOfView(images, how, seed, Math.Max(0, view - plain), mirrored, cancellation: cancellation)
                )
            );
            done?.Invoke((view + 1) * images.Count, (plain + variants) * images.Count);
        }

        return bank;
    }
}
