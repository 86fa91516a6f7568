using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Loads an image network from weights on disk, for use without training.</summary>
internal static class PretrainedNetwork
{
    /// <summary>The single label of a network whose weights have no labels; its score is never read.</summary>
    private static readonly string[] _noLabels = ["unlabelled"];

    /// <summary>Loads a network.</summary>
    /// <param name="options">The path of the weights and, for a file without configuration, their network.</param>
    /// <param name="height">Height of the images, for a file without configuration.</param>
    /// <param name="width">Width of the images, for a file without configuration.</param>
    /// <param name="device">The device to compute on.</param>
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
                Channels = options.Architecture.ChannelsOr(options.Channels),
                BatchNormalization = options.BatchNormalization,
                Dropout = 0,
            };
        configuration.CheckCrop();
        ImageNetwork network = configuration.CreateNetwork();
        try
        {
            // The head of a foreign file has other labels; the features do not depend on it.
            var tensors = network
                .state_dict()
                .Where(p => source.Configuration is not null || !options.Architecture.IsHead(p.Key))
                .ToDictionary(p => p.Key, p => p.Value);
            source.Fill(tensors, new FineTuningOptions { Names = options.Names }, null, warn, configuration.Architecture);
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
