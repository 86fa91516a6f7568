namespace CxrAnnotate;

/// <summary>
/// Reads images and computes them together. An image that cannot be read yields its own error; a batch for which memory does not suffice is halved.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="format">How images are read, including the size that the model expects.</param>
/// <param name="readings">Makes readings of the results.</param>
/// <param name="lifetime">The model's lifetime, entered during computation.</param>
internal sealed class RadiographScorer(ScoringModel model, RadiographFormat format, ReadingBuilder readings, Lifetime lifetime)
{
    /// <summary>Reads and computes one image.</summary>
    internal RadiographReading One(RadiographInput input)
    {
        VipsRuntime.EnsureLoaded();
        using Lifetime.Use use = lifetime.Enter();
        float[] pixels = new float[format.PixelCount];
        string view;
        try
        {
            view = input.Read(format, pixels, model.Info.Trained);
        }
        catch (Exception e) when (e is not (InvalidDataException or OperationCanceledException))
        {
            throw RadiographReader.Failure(input.Name, e);
        }

        return Compute(pixels, [view])[0];
    }

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
        string[] views = [.. inputs.Select(_ => "")];
        Parallel.For(
            0,
            inputs.Length,
            (i, state) =>
            {
                try
                {
                    views[i] = inputs[i].Read(format, pixels.AsSpan(i * length, length), model.Info.Trained);
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
        RadiographReading[] read = Array.TrueForAll(errors, e => e is not null) ? [] : Compute(pixels, views);
        return
        [
            .. inputs.Select(
                (input, i) =>
                    errors[i] is { } error ? new AnnotatedRadiograph(input.Name, null, error) : new AnnotatedRadiograph(input.Name, read[i], null)
            ),
        ];
    }

    /// <summary>Computes the readings of images, with warnings for those that differ from the training images.</summary>
    /// <param name="pixels">The images, concatenated.</param>
    /// <param name="views">Each image's view as its file declares it; empty if it declares none or was not asked.</param>
    internal RadiographReading[] Compute(float[] pixels, string[] views)
    {
        RadiographReading[] read = model.Run<RadiographReading>(pixels, views.Length, readings.Of);
        if (model.Info.Trained is not { } trained)
            return read;
        return
        [
            .. read.Select(
                (reading, i) =>
                    reading with
                    {
                        Warnings = trained.Compare(
                            GreyStatistics.Of(pixels.AsSpan(i * format.PixelCount, format.PixelCount), format.Width),
                            views[i]
                        ),
                    }
            ),
        ];
    }
}
