namespace CxrAnnotate;

/// <summary>
/// Reads images and computes them together. An image that cannot be read yields its own error; a batch for which memory does not suffice is halved.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="format">How images are read, including the size that the model expects.</param>
/// <param name="readings">Makes readings of the results.</param>
/// <param name="lifetime">The model's lifetime, entered during computation.</param>
/// <param name="explainer">Explains every reading; null: none.</param>
internal sealed class RadiographScorer(
    ScoringModel model,
    RadiographFormat format,
    ReadingBuilder readings,
    Lifetime lifetime,
    ReadingExplainer? explainer
)
{
    /// <summary>How images are read.</summary>
    internal RadiographFormat Format => format;

    /// <summary>Reads, computes and explains one image.</summary>
    /// <param name="input">The image.</param>
    /// <param name="by">Explains it; null: as every reading.</param>
    internal RadiographReading One(RadiographInput input, ReadingExplainer? by = null)
    {
        VipsRuntime.EnsureLoaded();
        using Lifetime.Use use = lifetime.Enter();
        float[] pixels = new float[format.PixelCount];
        ReadInput read;
        try
        {
            read = input.Read(format, pixels, model.Info.Trained);
        }
        catch (Exception e) when (e is not (InvalidDataException or OperationCanceledException))
        {
            throw RadiographReader.Failure(input.Name, e);
        }

        return Explained(Compute(pixels, [read])[0], pixels, by ?? explainer, CancellationToken.None);
    }

    /// <summary>Computes and explains one image in memory; the lifetime must have been entered.</summary>
    internal RadiographReading One(float[] pixels) =>
        Explained(Compute(pixels, [ReadInput.None])[0], pixels, explainer, CancellationToken.None);

    private static RadiographReading Explained(
        RadiographReading reading,
        ReadOnlySpan<float> pixels,
        ReadingExplainer? by,
        CancellationToken cancellation
    ) => by is null ? reading : reading with { HeatMaps = by.Of(pixels, reading, cancellation) };

    /// <summary>Reads and computes images together; if memory does not suffice, half of them at a time.</summary>
    internal AnnotatedRadiograph[] Batch(ReadOnlySpan<RadiographInput> inputs, CancellationToken cancellation)
    {
        if (inputs.IsEmpty)
            return [];
        // Thrown here, so that it ends the call and is not taken for an error of an image.
        VipsRuntime.EnsureLoaded();
        cancellation.ThrowIfCancellationRequested();
        float[] pixels;
        try
        {
            pixels = new float[(long)inputs.Length * format.PixelCount];
        }
        catch (Exception e) when (inputs.Length > 1 && e is OutOfMemoryException or OverflowException)
        {
            return Halves(inputs, cancellation);
        }
        catch (OutOfMemoryException e)
        {
            return [new AnnotatedRadiograph(inputs[0].Name, null, RadiographReader.Failure(inputs[0].Name, e).Message)];
        }

        using Lifetime.Use use = lifetime.Enter();
        return Batch(inputs.ToArray(), pixels, cancellation);
    }

    private AnnotatedRadiograph[] Halves(ReadOnlySpan<RadiographInput> inputs, CancellationToken cancellation)
    {
        int half = inputs.Length / 2;
        AnnotatedRadiograph[] first = Batch(inputs[..half], cancellation);
        return [.. first, .. Batch(inputs[half..], cancellation)];
    }

    private AnnotatedRadiograph[] Batch(RadiographInput[] inputs, float[] pixels, CancellationToken cancellation)
    {
        int length = format.PixelCount;
        var errors = new string?[inputs.Length];
        ReadInput[] known = [.. inputs.Select(_ => ReadInput.None)];
        Parallel.For(
            0,
            inputs.Length,
            (i, state) =>
            {
                try
                {
                    known[i] = inputs[i].Read(format, pixels.AsSpan(i * length, length), model.Info.Trained);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    state.Stop();
                }
                catch (Exception e)
                {
                    // An error of one image does not affect the others.
                    errors[i] = (e as InvalidDataException ?? RadiographReader.Failure(inputs[i].Name, e)).Message;
                    pixels.AsSpan(i * length, length).Clear();
                }
            }
        );
        cancellation.ThrowIfCancellationRequested();
        RadiographReading[] read = Array.TrueForAll(errors, e => e is not null) ? [] : Compute(pixels, known);
        for (int i = 0; i < read.Length; i++)
        {
            if (errors[i] is null)
                read[i] = Explained(read[i], pixels.AsSpan(i * length, length), explainer, cancellation);
        }

        return
        [
            .. inputs.Select(
                (input, i) =>
                    errors[i] is { } error ? new AnnotatedRadiograph(input.Name, null, error) : new AnnotatedRadiograph(input.Name, read[i], null)
            ),
        ];
    }

    /// <summary>
    /// Computes the readings of images, with warnings for those whose files were read leniently or that differ from the training images.
    /// </summary>
    /// <param name="pixels">The images, concatenated.</param>
    /// <param name="inputs">What is known of each image besides.</param>
    private RadiographReading[] Compute(float[] pixels, ReadInput[] inputs) =>
        [
            .. model
                .Run<RadiographReading>(pixels, inputs.Length, readings.Of)
                .Select((reading, i) => Judged(reading, inputs[i].Warnings, Differences(pixels, i, inputs[i].View))),
        ];

    /// <summary>A reading with its warnings, of which those that its image is of another kind decide the verdict.</summary>
    private static RadiographReading Judged(RadiographReading reading, IReadOnlyList<InputWarning> ofFile, IReadOnlyList<InputWarning> ofImage)
    {
        InputWarning[] unlike =
        [
            .. ofImage,
            .. reading.OutOfDistribution is > 1 and var score
                ? (InputWarning[])
                    [
                        new(
                            InputWarningKind.UnlikeTraining,
                            FormattableString.Invariant(
                                $"It is unlike the training images: its features are {score:F1} times as far from theirs as those of 99 % of the "
                            )
                                + "validation images are at most. Check whether it is a whole chest radiograph, upright, of a projection that the "
                                + "model knows."
                        ),
                    ]
                : [],
        ];
        return reading with
        {
            Warnings = [.. ofFile, .. unlike],
            Verdict = reading.Verdict is { } verdict && unlike.Length > 0 ? ReadingVerdict.UnlikeTraining : reading.Verdict,
        };
    }

    private IReadOnlyList<InputWarning> Differences(float[] pixels, int index, string view) =>
        model.Info.Trained?.Compare(GreyStatistics.Of(pixels.AsSpan(index * format.PixelCount, format.PixelCount), format.Width), view) ?? [];
}
