using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Files that Python's torchvision wrote, of networks with random weights and statistics, with what each computes of an image.</summary>
public sealed class TorchvisionFiles : IDisposable
{
    private const string Script = """
        import sys, torch, torchvision
        from torch.nn.functional import adaptive_avg_pool2d as pool, relu
        folder = sys.argv[1]
        torch.set_num_threads(2)
        def randomised(network):
            network.eval()
            for module in network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.weight.data.uniform_(0.5, 1)
                    module.bias.data.normal_(0, 0.1)
                    module.running_mean.normal_(0, 0.1)
                    module.running_var.uniform_(0.8, 1.2)
            # Numbers of 16 bits, so that the files may be small.
            for tensor in list(network.parameters()) + list(network.buffers()):
                if tensor.dtype == torch.float32:
                    tensor.data = tensor.data.half().float()
            return network
        def half(state):
            return {name: t.half() if t.dtype == torch.float32 else t for name, t in state.items()}
        with torch.no_grad():
            for name in ['resnet18', 'resnet34', 'resnet50']:
                torch.manual_seed(len(name))
                network = randomised(getattr(torchvision.models, name)())
                image = torch.randn(2, 3, 80, 80)
                x = network.maxpool(network.relu(network.bn1(network.conv1(image))))
                third = network.layer3(network.layer2(network.layer1(x)))
                last = network.layer4(third)
                features = torch.cat([pool(last, 1).flatten(1), pool(last, 2).flatten(1), pool(third, (3, 4)).flatten(1)], 1)
                pooled = torch.flatten(network.avgpool(last), 1)
                assert torch.equal(pooled, features[:, :pooled.shape[1]])
                torch.save({'image': image, 'features': features, 'outputs': network.fc(pooled)}, f'{folder}/{name}.values.pt')
                torch.save(half(network.state_dict()), f'{folder}/{name}.pth')
                if name == 'resnet18':
                    torch.save(network, f'{folder}/{name}.module.pt')
            for name in ['densenet121', 'xrv']:
                torch.manual_seed(len(name))
                network = torchvision.models.densenet121(num_classes=1000 if name == 'densenet121' else 18)
                image = torch.randn(2, 3, 80, 80)
                if name == 'xrv':
                    network.features.conv0 = torch.nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
                    network.register_buffer('op_threshs', torch.ones(18) / 2)
                    image = image[:, :1].clamp(-1, 1)
                randomised(network)
                scale = 1024 if name == 'xrv' else 1
                features = pool(relu(network.features(scale * image)), 1).flatten(1)
                torch.save({'image': image, 'features': features, 'outputs': network.classifier(features)}, f'{folder}/{name}.values.pt')
                state = network.state_dict()
                if name == 'densenet121':
                    # As the published file has the names.
                    for old in list(state):
                        for part in ['norm', 'conv']:
                            for number in '12':
                                if '.denselayer' in old and f'.{part}{number}.' in old:
                                    state[old.replace(f'.{part}{number}.', f'.{part}.{number}.')] = state.pop(old)
                torch.save(half(state), f'{folder}/{name}.pth')
                torch.save(network, f'{folder}/{name}.module.pt')
        """;

    private readonly ScratchFolder _folder = new();
    private readonly Lazy<string?> _missing;

    /// <summary>Nothing is written before a test asks for a file.</summary>
    public TorchvisionFiles() => _missing = new(() => Python.Run(Script, _folder.Path).Missing);

    /// <summary>The path of a file; the test is skipped where there is no torchvision.</summary>
    internal string File(string name)
    {
        NativeRuntime.EnsureLoaded();
        Assert.SkipWhen(_missing.Value is not null, _missing.Value ?? "");
        return Path.Combine(_folder.Path, name);
    }

    /// <summary>The image, the features and the outputs of a network.</summary>
    internal (Tensor Image, Tensor Features, Tensor Outputs) Values(string name)
    {
        using WeightFile values = WeightFile.OpenAny(File(name + ".values.pt"));
        return (Read("image"), Read("features"), Read("outputs"));

        Tensor Read(string tensor)
        {
            Tensor read = empty(values.Entries[tensor].Shape);
            values.CopyTo(tensor, read);
            return read;
        }
    }

    public void Dispose() => _folder.Dispose();
}
