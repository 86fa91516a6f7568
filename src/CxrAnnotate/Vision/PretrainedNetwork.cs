using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Loads an image network from weights on disk, for use without training.</summary>
internal static class PretrainedNetwork
{
    /// <summary>The single label of a network whose weights have no labels; its score is never read.</summary>
    private static readonly string[] _noLabels = ["unlabelled"];

    /// <summary>Loads a network.</summary>
    /// <param name="options">The weights and, for a file that has no configuration and is not to be recognized, their network.</param>
    /// <param name="height">Height of the images, for a file without configuration.</param>
    /// <param name="width">Width of the images, for a file without configuration.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="warn">Called with the tensors missing from the weights.</param>
    internal static ClassifierModel Load(FeaturizeRadiographsOptions options, int height, int width, Device device, Action<string> warn)
    {
        string path = options.Pretrained is null ? options.Weights! : PretrainedWeights.Resolve(options.Pretrained);
        WeightSource source = WeightSource.Find(path, "classifier");
        ClassifierConfiguration configuration = source.Configuration is { } file
            ? ClassifierConfiguration.Read(file)
            : Describe(options, options.Pretrained is null ? options.Architecture : CnnArchitecture.Recognize(path), height, width);
        configuration.CheckCrop();
        ImageNetwork network = configuration.CreateNetwork();
        try
        {
            // The head of a foreign file has other labels; the features do not depend on it.
            var tensors = network
                .state_dict()
                .Where(p => source.Configuration is not null || !configuration.Architecture.IsHead(p.Key))
                .ToDictionary(p => p.Key, p => p.Value);
            var rules = new FineTuningOptions { Names = options.Names, RequireAll = options.Pretrained is not null && source.Configuration is null };
            source.Fill(tensors, rules, null, warn, configuration.Architecture.Published);
            network.to(device);
            return new ClassifierModel(configuration, network, device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The configuration of a network whose file has none.</summary>
    private static ClassifierConfiguration Describe(FeaturizeRadiographsOptions options, CnnArchitecture architecture, int height, int width) =>
        new()
        {
            Architecture = architecture,
            EmbeddingSize = architecture.EmbeddingSize,
            Labels = _noLabels,
            Height = height,
            Width = width,
            CropSize =
                options.CropSize > 0 ? options.CropSize
                : options.Pretrained is null ? ClassifierConfiguration.DefaultCrop(architecture, height, width)
                : ClassifierConfiguration.LargestCrop(architecture, height, width),
            Channels = architecture.ChannelsOr(options.Channels),
            BatchNormalization = options.BatchNormalization,
            Dropout = 0,
        };
}
