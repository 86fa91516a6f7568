using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Dropout with its own generator, which is created on the device of the first training input.</summary>
internal sealed class SeededDropout(double rate, int seed) : nn.Module<Tensor, Tensor>(nameof(SeededDropout)), IEpochSeeded
{
    private Generator? _random;
    private long _seed = unchecked((uint)seed);

    public void BeginEpoch(int epoch)
    {
        _seed = Seeds.Mix(seed, epoch);
        _random?.manual_seed(_seed);
    }

    public override Tensor forward(Tensor input)
    {
        if (!training || rate <= 0)
            return input;
        _random ??= new Generator(unchecked((ulong)_seed), input.device);
        Tensor mask = empty_like(input, requires_grad: false).bernoulli_(1 - rate, _random);
        return input * mask.OverInPlace(1 - rate);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _random?.Dispose();
        base.Dispose(disposing);
    }
}
