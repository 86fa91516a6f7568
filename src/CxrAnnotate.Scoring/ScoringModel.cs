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

    /// <summary>What the model says of itself.</summary>
    internal CascadeGraphInfo Info { get; }

    /// <summary>How its images are read.</summary>
    internal RadiographFormat Format => Info.Loading;

    /// <summary>How many hypotheses the search carries along; 1 where it takes the best word at every step.</summary>
    internal int BeamWidth => _session.OutputMetadata.TryGetValue("BeamLogProbability", out NodeMetadata? beam) ? beam.Dimensions[^1] : 1;

    /// <summary>Opens a model.</summary>
    /// <param name="path">What it is called in errors.</param>
    /// <param name="model">The ONNX model.</param>
    /// <param name="threads">Threads that compute one batch; 0 takes as many as there are cores.</param>
    /// <returns>Null where it is no model of a cascade.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or of a newer version.</exception>
    internal static ScoringModel? TryOpen(string path, byte[] model, int threads)
    {
        if (!OnnxChecksum.IsThere(model))
            return null;
        // Before the runtime sees it: what is damaged could be read as other weights, or as a graph without end.
        if (!OnnxChecksum.Fits(model))
            throw new InvalidDataException(
                ErrorCode.ModelDamaged.Message($"'{path}' is damaged: its checksum does not fit. Export the model again.")
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
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged, or no ONNX model: {e.Message}"), e);
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
                        $"'{path}' is damaged, or reads other images than grey ones: what it says of itself does not fit its graph."
                    )
                );
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Computes images, and what is made of the results; where the runtime has no memory for all, of half of them at a time.</summary>
    /// <param name="pixels">The images, one after the other.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="read">Makes something of the results of so many images; called while they are in memory.</param>
    internal T[] Run<T>(Memory<float> pixels, int count, Func<GraphResults, int, T[]> read)
    {
        try
        {
            return RunTogether(pixels, count, read);
        }
        catch (Exception e) when (count > 1 && e is OutOfMemoryException or OnnxRuntimeException)
        {
            // The runtime does not tell a lack of memory from other failures. Those come again with one image, and end the call.
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

    /// <summary>Frees the model; nothing may run any more.</summary>
    public void Dispose() => _session.Dispose();
}
