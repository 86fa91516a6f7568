namespace CxrAnnotate.Tests;

/// <summary>Data sets that may not be redistributed: used where they are present, a reason to skip where they are not.</summary>
internal static class TestData
{
    internal static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The data folder: CXR_DATA, else ../shared/data beside the repository.</summary>
    internal static string Root { get; } =
        Environment.GetEnvironmentVariable("CXR_DATA") is { Length: > 0 } named
            ? named
            : Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "data"));

    /// <summary>The full path of a file or folder of the data sets; skips the test where it is absent.</summary>
    internal static string Require(string relative)
    {
        string path = Path.Combine(Root, relative);
        Assert.SkipUnless(Path.Exists(path), $"The data set file '{relative}' is not present (looked in '{Root}'; set CXR_DATA).");
        return path;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CxrAnnotate.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? AppContext.BaseDirectory;
    }
}
