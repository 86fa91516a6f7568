using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>
/// The folder of a run: the cascade (see <see cref="RecurrentCascadeTransformer.Save"/>), <c>train.json</c> (how it was trained), <c>evaluation.json</c> (figures on the rows held back) and
/// <c>training-rows.csv</c>, the rows it was trained on: the baselines of an evaluation are made of them, and rows seen in training are told by them. While it is trained, and only then, there is <c>checkpoints</c>.
/// </summary>
internal static class RunFolder
{
    private static readonly string[] Header = ["image", "annotation", "study", "patient", "view", "source", "absent_findings", "uncertain_findings"];

    /// <summary>Where the checkpoints of an unfinished training are.</summary>
    internal static string Checkpoints(string run) => Path.Combine(run, "checkpoints");

    internal static string Settings(string run) => Path.Combine(run, "train.json");

    internal static string Evaluation(string run) => Path.Combine(run, "evaluation.json");

    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch.</summary>
    internal static string Onnx(string run) => Path.Combine(run, RunFiles.Onnx);

    internal static string TrainingRows(string run) => Path.Combine(run, "training-rows.csv");

    internal static void WriteTrainingRows(string run, IEnumerable<RadiographRecord> rows) => CsvFile.Write(TrainingRows(run), Header,
        rows.Select(row => (string[])[row.ImagePath.Length > 0 ? row.ImagePath : row.StudyId, row.Mesh, row.StudyId, row.PatientId, row.View, row.Source, row.AbsentFindings, row.UncertainFindings]));

    /// <summary>The rows that the run was trained on; null where the folder does not have them.</summary>
    internal static AnnotationTable? ReadTrainingRows(MLContext context, string run) =>
        File.Exists(TrainingRows(run)) ? AnnotationTable.Read(context, TrainingRows(run)) : null;

    internal static void WriteText(string file, string text) => DurableFile.WriteText(file, text + "\n");
}
