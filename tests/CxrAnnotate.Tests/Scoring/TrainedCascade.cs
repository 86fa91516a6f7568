using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A small cascade, trained once for all tests of a class, in every saved form.</summary>
public sealed class TrainedCascade : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public TrainedCascade()
    {
        Rows = SmallCascade.WritePhantoms(Context, _folder.Path);
        Images = [.. Rows.GetColumn<string>("ImagePath")];
        using RecurrentCascadeTransformer cascade = Context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(Rows);
        (Saved, Onnx) = (Path.Combine(_folder.Path, "saved"), Path.Combine(_folder.Path, "cascade.onnx"));
        cascade.Save(Saved);
        cascade.SaveOnnx(Onnx);
    }

    internal MLContext Context { get; } = new(seed: 1);

    /// <summary>The phantoms' table.</summary>
    internal IDataView Rows { get; }

    /// <summary>The phantoms' files.</summary>
    internal string[] Images { get; }

    /// <summary>The folder that Save wrote.</summary>
    internal string Saved { get; }

    /// <summary>The file that SaveOnnx wrote.</summary>
    internal string Onnx { get; }

    /// <summary>A path at which nothing exists yet.</summary>
    internal string NewPath() => Path.Combine(_folder.Path, Path.GetRandomFileName());

    public void Dispose() => _folder.Dispose();
}
