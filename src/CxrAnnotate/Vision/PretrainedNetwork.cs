using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>An image network from weights on disk, to be used as it is.</summary>
internal static class PretrainedNetwork
{
    /// <summary>The one label of a network whose weights have no labels; nobody reads its score.</summary>
    private static readonly string[] _noLabels = ["unlabelled"];

    /// <summary>Loads a network.</summary>
    /// <param name="options">Where the weights are, and for a file without configuration what they are of.</param>
    /// <param name="height">Height of the images, for a file without configuration.</param>
    /// <param name="width">Width of the images, for a file without configuration.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="warn">Called with the tensors missing from the weights.</param>
    internal static ClassifierModel Load(FeaturizeRadiographsOptions options, int height, int width, Device device, Action<string> warn)
    {
        WeightSource source = WeightSource.Find(options.Weights!, "classifier");
        ClassifierConfiguration configuration = source.Configuration is { } file
            ? ClassifierConfiguration.Read(file)
            : new ClassifierConfiguration
            {
                Architecture = options.Architecture,
                Labels = _noLabels,
                Height = height,
                Width = width,
                CropSize = options.CropSize > 0 ? options.CropSize : ClassifierConfiguration.DefaultCrop(options.Architecture, height, width),
                Channels = options.Channels,
                BatchNormalization = options.BatchNormalization,
                Dropout = 0,
            };
        configuration.CheckCrop();
        ImageNetwork network = configuration.CreateNetwork();
        try
        {
            // The head of a file from elsewhere is of other labels; no feature depends on it.
            var tensors = network
                .state_dict()
                .Where(p => source.Configuration is not null || !options.Architecture.IsHead(p.Key))
                .ToDictionary(p => p.Key, p => p.Value);
            source.Fill(tensors, new FineTuningOptions { Names = options.Names }, null, warn);
            network.to(device);
            return new ClassifierModel(configuration, network, device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
