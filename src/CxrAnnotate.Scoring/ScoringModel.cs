using Microsoft.ML.OnnxRuntime;

namespace CxrAnnotate;

/// <summary>A cascade's graph in ONNX Runtime: opening and checking a model, and running it.</summary>
internal sealed class ScoringModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _input;
    private readonly string[] _outputs;

    private ScoringModel(InferenceSession session, CascadeGraphInfo info)
    {
        (_session, Info) = (session, info);
        _input = session.InputMetadata.Keys.Single();
        _outputs = [.. session.OutputMetadata.Keys];
    }

    /// <summary>The model's metadata.</summary>
    internal CascadeGraphInfo Info { get; }

    /// <summary>How its images are read.</summary>
    internal RadiographFormat Format => Info.Loading;

    /// <summary>The beam width of the annotation search; 1 for greedy search.</summary>
    internal int BeamWidth => _session.OutputMetadata.TryGetValue("BeamLogProbability", out NodeMetadata? beam) ? beam.Dimensions[^1] : 1;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The name used in errors.</param>
    /// <param name="model">The ONNX model.</param>
    /// <param name="threads">The number of threads that compute one batch; 0: one per core.</param>
    /// <returns>Null if it is not a cascade.</returns>
    /// <exception cref="InvalidDataException">The model is damaged or of a newer version.</exception>
    internal static ScoringModel? TryOpen(string path, byte[] model, int threads)
    {
        if (!OnnxChecksum.IsPresent(model))
            return null;
        // Checked before the runtime sees the model: damage could change weights or make the graph endless.
        if (!OnnxChecksum.Fits(model))
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message($"'{path}' is damaged: its checksum does not match. Export the model again.")
            );
        InferenceSession session;
        try
        {
            using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            OnnxThreads.Set(settings, threads);
            session = new InferenceSession(model, settings);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged or not an ONNX model: {e.Message}"), e);
        }

        try
        {
            if (!session.ModelMetadata.CustomMetadataMap.TryGetValue(CascadeGraphInfo.MetadataKey, out string? text))
            {
                session.Dispose();
                return null;
            }

            CascadeGraphInfo info = CascadeGraphInfo.Read(text, path);
            if (info is { Version: > CascadeGraphInfo.CurrentVersion })
                throw new InvalidDataException(
                    ErrorCode.ModelTooNew.Message(
                        $"'{path}' was written by a newer version of CxrAnnotate (format {info.Version}, this one reads up to "
                            + $"{CascadeGraphInfo.CurrentVersion}). Update the package."
                    )
                );
            bool sound =
                session.InputMetadata is { Count: 1 } inputs
                && inputs.Values.Single().Dimensions is [_, 1, var height, var width]
                && height == info.Loading.Height
                && width == info.Loading.Width
                && ReadingBuilder.Required(info.LabelScheme).Select(info.GraphName).All(session.OutputMetadata.ContainsKey)
                && session.OutputMetadata[info.GraphName("Score")].Dimensions is [_, var labels]
                && labels == info.Labels.Count
                && session.OutputMetadata[info.GraphName("WordProbability")].Dimensions is [_, var words]
                && words == info.ReportedWords.Count;
            return sound
                ? new ScoringModel(session, info)
                : throw new InvalidDataException(
                    ErrorCode.ModelDamaged.Message(
                        $"'{path}' is damaged or does not read grey images: its metadata does not match its graph."
                    )
                );
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Computes images and converts the results; if the runtime's memory does not suffice, half of the images at a time.</summary>
    /// <param name="pixels">The images, concatenated.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="read">Converts the results of the given number of images; called while the results are in memory.</param>
    internal T[] Run<T>(Memory<float> pixels, int count, Func<GraphResults, int, T[]> read)
    {
        try
        {
            return RunTogether(pixels, count, read);
        }
        catch (Exception e) when (count > 1 && e is OutOfMemoryException or OnnxRuntimeException)
        {
            // The runtime does not distinguish a lack of memory from other failures. Those recur with a single image and end the call.
            int half = count / 2,
                at = half * Format.PixelCount;
            return [.. Run(pixels[..at], half, read), .. Run(pixels[at..], count - half, read)];
        }
    }

    private T[] RunTogether<T>(Memory<float> pixels, int count, Func<GraphResults, int, T[]> read)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels, [count, 1, Format.Height, Format.Width]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> values = _session.Run(run, [_input], [input], _outputs);
        return read(new GraphResults(Info, _outputs, values), count);
    }

    /// <summary>Frees the model; no run may be in progress.</summary>
    public void Dispose() => _session.Dispose();
}
