namespace CxrAnnotate.Cli;

/// <summary>
/// The folder of a run: the cascade (see <see cref="RecurrentCascadeTransformer.Save"/>), <c>train.json</c> (how it was trained),
/// <c>evaluation.json</c> (figures on the held-out rows) and <c>training-rows.csv</c> (<see cref="TrainedRows"/>),
/// <c>training.jsonl</c> (<see cref="TrainingLog"/>), <c>cases.csv</c> (<see cref="CaseTable"/>), and <c>control</c>, another
/// cascade, if it was trained. During training it also has <c>checkpoints</c>.
/// </summary>
internal static class RunFolder
{
    /// <summary>The folder of the checkpoints of an unfinished training.</summary>
    internal static string Checkpoints(string run) => Path.Combine(run, "checkpoints");

    /// <summary>The cascade's control, if it was trained: a folder of the same kind.</summary>
    internal static string Control(string run) => Path.Combine(run, SavedRun.ControlFolder);

    internal static string Settings(string run) => Path.Combine(run, "train.json");

    internal static string Evaluation(string run) => Path.Combine(run, "evaluation.json");

    /// <summary>The epochs of the training; while it runs, the file is in the folder of the checkpoints.</summary>
    internal static string Epochs(string folder) => Path.Combine(folder, "training.jsonl");

    /// <summary>What was read in each held-out row.</summary>
    internal static string Cases(string run) => Path.Combine(run, "cases.csv");

    /// <summary>The chosen iteration as an ONNX model, for reading without libtorch.</summary>
    internal static string Onnx(string run) => Path.Combine(run, SavedRun.OnnxFile);

    internal static string TrainingRows(string run) => Path.Combine(run, "training-rows.csv");

    internal static void WriteText(string file, string text) => DurableFile.WriteText(file, text + "\n");
}
