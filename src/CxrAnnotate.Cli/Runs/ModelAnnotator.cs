using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Annotates with a model in any of the forms of a trained cascade, always by ONNX Runtime.</summary>
internal sealed class ModelAnnotator : IFileAnnotator
{
    private readonly RadiographAnnotator _annotator;

    private ModelAnnotator(RadiographAnnotator annotator, string path)
    {
        _annotator = annotator;
        Model = new ModelIdentity(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), annotator.ModelSha256);
    }

    public ModelIdentity Model { get; }

    /// <summary>
    /// Opens a model. For a run, its ONNX model is opened; if that is missing or another beam width is requested, libtorch loads its networks and
    /// they are exported to ONNX.
    /// </summary>
    /// <exception cref="UsageException">A beam width is given, and the model is not a run.</exception>
    internal static ModelAnnotator Open(AnnotateSettings settings, Session session)
    {
        bool isRun = Directory.Exists(settings.Model);
        if (isRun && !File.Exists(RunFolder.Onnx(settings.Model)))
            return ByLibtorch(settings, session, $"'{settings.Model}' has no {SavedRun.OnnxFile}: an earlier version saved it");
        RadiographAnnotator annotator = RadiographAnnotator.Load(settings.Model, settings.Options);
        if (settings.BeamWidth is null || settings.BeamWidth == annotator.BeamWidth)
            return new ModelAnnotator(annotator, settings.Model);
        annotator.Dispose();
        return isRun
            ? ByLibtorch(settings, session, $"The search of this run was not trained with --beam {settings.BeamWidth}")
            : throw new UsageException(
                ErrorCode.OptionConflict.Message(
                    $"--beam {settings.BeamWidth} needs the folder of a run: the search of '{settings.Model}' was fixed when it was written."
                )
            );
    }

    public IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> files, CancellationToken cancellation) =>
        _annotator.AnnotateAsync(files, cancellation);

    public byte[] Overlay(string file, HeatMap map) => _annotator.Overlay(file, map);

    public void Dispose() => _annotator.Dispose();

    private static ModelAnnotator ByLibtorch(AnnotateSettings settings, Session session, string reason)
    {
        MLContext context = session.CreateContext();
        byte[] model;
        try
        {
            using RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(settings.Model);
            session.Progress.Note($"{reason}. Its networks are loaded by libtorch.");
            using RecurrentCascadeTransformer reader = settings.BeamWidth is { } width
                ? cascade.WithBeam(width)
                : cascade.AtIteration(cascade.ChosenIteration);
            model = reader.ToOnnx();
        }
        catch (NativeRuntimeException e)
        {
            throw new NativeRuntimeException(ErrorCode.LibtorchMissing.Message($"{reason}, so that libtorch is needed. {e.Message}"), e);
        }

        return new ModelAnnotator(RadiographAnnotator.OfModel(model, settings.Options), settings.Model);
    }
}
