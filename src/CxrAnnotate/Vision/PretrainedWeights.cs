namespace CxrAnnotate;

/// <summary>Finds weights of networks that were trained elsewhere.</summary>
/// <remarks>Which weights there are, and what each network's input is, says docs/pretrained.md.</remarks>
public static class PretrainedWeights
{
    /// <summary>
    /// The name of the ImageNet weights of the package Microsoft.ML.DnnImageFeaturizer.ResNet18, whose network is
    /// <see cref="CnnArchitecture.ResNet18ImageNet"/>.
    /// </summary>
    public const string ImageNet = "imagenet";

    /// <summary>The environment variable with the path of the ImageNet weights. If it is set, no other place is searched.</summary>
    internal const string ImageNetVariable = "CXR_IMAGENET";

    private const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    /// <summary>Where the package has the file, and puts it beside the application.</summary>
    private static readonly string _file = Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>
    /// Finds the file of the ImageNet weights: the path in the environment variable <c>CXR_IMAGENET</c>, if it is set; else the file that the package
    /// Microsoft.ML.DnnImageFeaturizer.ResNet18 puts beside the application; else that in the cache of NuGet packages (<c>NUGET_PACKAGES</c>, or
    /// <c>.nuget/packages</c> in the user's folder), of the highest version.
    /// </summary>
    /// <returns>The full path of the file, or null if there is none.</returns>
    public static string? FindImageNet() =>
        FindImageNet(AppContext.BaseDirectory, Environment.GetEnvironmentVariable(ImageNetVariable), PackagesFolder());

    /// <summary>
    /// The ImageNet weights that the application itself has: a cache that happens to be on the machine must not decide how it trains by default.
    /// </summary>
    internal static string? OfApplication => FindImageNet(AppContext.BaseDirectory, Environment.GetEnvironmentVariable(ImageNetVariable), null);

    /// <summary>The path of weights that are given by a name or a path.</summary>
    /// <param name="nameOrPath">"imagenet" (<see cref="ImageNet"/>), ignoring case, or the path of a file or folder.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder; of the ImageNet weights the message says how to get them.</exception>
    public static string Resolve(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPath);
        if (nameOrPath.Equals(ImageNet, StringComparison.OrdinalIgnoreCase))
        {
            return FindImageNet()
                ?? throw new FileNotFoundException(
                    ErrorCode.StartWeightsNotFound.Message(
                        $"The ImageNet weights are not on this machine: add their package to the application (dotnet add package {Package}), or set "
                            + $"{ImageNetVariable} to the path of its ResNet18.onnx."
                    )
                );
        }

        return Path.Exists(nameOrPath)
            ? Path.GetFullPath(nameOrPath)
            : throw new FileNotFoundException(
                ErrorCode.StartWeightsNotFound.Message($"There are no weights at '{nameOrPath}': name a file, a folder, or \"{ImageNet}\"."),
                nameOrPath
            );
    }

    internal static string? FindImageNet(string application, string? variable, string? packages)
    {
        if (!string.IsNullOrWhiteSpace(variable))
            return File.Exists(variable) ? Path.GetFullPath(variable) : null;
        string beside = Path.Combine(application, _file);
        if (File.Exists(beside))
            return Path.GetFullPath(beside);
        // NuGet writes the folders of its cache in lower case.
        string? package = packages is null ? null : Path.Combine(packages, Package.ToLowerInvariant());
        return package is null || !Directory.Exists(package)
            ? null
            : Directory
                .GetDirectories(package)
                .Select(version => (Path: Path.Combine(version, "tools", _file), Version: Path.GetFileName(version)))
                .Where(found => File.Exists(found.Path))
                .OrderByDescending(found => Number(found.Version))
                // A release comes after its previews.
                .ThenBy(found => found.Version.Contains('-', StringComparison.Ordinal))
                .ThenByDescending(found => found.Version, StringComparer.Ordinal)
                .Select(found => Path.GetFullPath(found.Path))
                .FirstOrDefault();
    }

    private static string? PackagesFolder()
    {
        if (Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder)
            return folder;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length == 0 ? null : Path.Combine(home, ".nuget", "packages");
    }

    private static Version Number(string version) => Version.TryParse(version.Split('-', '+')[0], out Version? number) ? number : new Version(0, 0);
}
