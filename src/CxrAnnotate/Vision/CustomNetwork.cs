using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>A user's module from images to embeddings, followed by dropout and a linear head for the labels.</summary>
internal sealed class CustomNetwork : ImageNetwork
{
    private static readonly Lock _seeding = new();
    private readonly Module<Tensor, Tensor> body;
    private readonly SeededDropout? drop;
    private readonly Linear head;

    internal CustomNetwork(NetworkSettings settings, Func<int, Module<Tensor, Tensor>> create)
        : base(settings)
    {
        body = CreateSeeded(settings, create);
        drop = settings.Dropout;
        head = Linear(EmbeddingSize, settings.Classes);
        InitialWeights.Uniform(head.weight!, head.bias, settings.Random);
        RegisterComponents();
    }

    /// <summary>The names of a module's layers, after creating it once to check its output shape.</summary>
    /// <exception cref="ArgumentException">It does not return one embedding for each image.</exception>
    internal static string[] LayersOf(string name, int embeddingSize, Func<int, Module<Tensor, Tensor>> create, int channels, int size)
    {
        NativeRuntime.EnsureLoaded();
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using Module<Tensor, Tensor> module = create(channels);
        module.eval();
        long[] shape = module.call(zeros(2, channels, size, size)).shape;
        if (!shape.AsSpan().SequenceEqual([2, embeddingSize]))
        {
            throw new ArgumentException(
                ErrorCode.OptionOutOfRange.Message(
                    $"The module of the network '{name}' must map 2 images of {size} x {size} to a tensor [2, {embeddingSize}]; "
                        + $"it returned [{string.Join(", ", shape)}]."
                ),
                nameof(create)
            );
        }

        return [.. module.named_parameters().Select(p => $"{nameof(body)}.{p.name.Split('.')[0]}").Distinct()];
    }

    /// <summary>What follows the last maps of a user's module need not be linear.</summary>
    internal override bool ReadsMapsLinearly => false;

    protected override (Tensor Embedding, Tensor Logits) Compute(Tensor input) => Read(body.call(input));

    /// <summary>The maps of a sequence of layers are those of the last that still has a place; any other module is one layer.</summary>
    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input)
    {
        Module<Tensor, Tensor>[] layers =
            body is Sequential && body.children().All(child => child is Module<Tensor, Tensor>)
                ? [.. body.children().Cast<Module<Tensor, Tensor>>()]
                : [body];
        Tensor maps = input;
        int done = 0;
        for (; done < layers.Length; done++)
        {
            Tensor next = layers[done].call(maps);
            if (done > 0 && !(next.shape is [_, _, var height, var width] && height * width > 1))
                break;
            maps = next;
        }

        Module<Tensor, Tensor>[] rest = layers[done..];
        return ([maps], taken => Read(rest.Aggregate(taken[0], (x, layer) => layer.call(x))));
    }

    private (Tensor Embedding, Tensor Logits) Read(Tensor embedding) => WithHead(embedding, drop, head);

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxValue embedding = layers.Write(body, input);
        return (embedding, layers.Write(head, embedding));
    }

    /// <summary>
    /// Torch's layers draw their weights from the process-wide generator. It is seeded for the module and restored afterwards, so that a seed gives
    /// the same weights.
    /// </summary>
    private static Module<Tensor, Tensor> CreateSeeded(NetworkSettings settings, Func<int, Module<Tensor, Tensor>> create)
    {
        lock (_seeding)
        {
            using Tensor state = random.get_rng_state();
            try
            {
                random.manual_seed(settings.Random.initial_seed());
                return create(settings.Channels);
            }
            finally
            {
                random.set_rng_state(state);
            }
        }
    }
}
