namespace CxrAnnotate.PackageTests;

/// <summary>What the programs of the documents read: small phantoms, half of them normal, under the names that the documents use.</summary>
internal static class PhantomFolder
{
    /// <summary>A program against the package that fills the folder which it is run in.</summary>
    internal const string Program = """
        using CxrAnnotate;
        using Microsoft.ML;

        new MLContext(seed: 1).ChestXray().Data.WritePhantom(".", new ChestPhantomOptions { Studies = 90, Size = 64, NormalFraction = 0.5, Headings = ["Cardiomegaly"] });
        File.Copy(Directory.EnumerateFiles("images").Order(StringComparer.Ordinal).First(), "patient.png");
        """;
}
