using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Soft attention over the regions of the image: the decoder's hidden state h weighs the regions v_i, and their weighted mean is added to what the
/// next word is read from. w_i = softmax_i(s' tanh(v_i A + h B + b)), h' = h + (sum_i w_i v_i) C. The weights come from the current state (the
/// spatial attention of Lu et al., "Knowing When to Look", CVPR 2017, section 2.2) and not, as in Show, Attend and Tell, from the one before. Nothing
/// is fed back to the recurrence, so that all steps are attended at once.
/// </summary>
internal sealed class RegionAttention : nn.Module
{
    /// <summary>The size of the space in which state and regions are compared.</summary>
    private const int Size = 64;

    private readonly Parameter _region;
    private readonly Parameter _hidden;
    private readonly Parameter _bias;
    private readonly Parameter _score;
    private readonly Parameter _context;

    /// <param name="regions">The regions.</param>
    /// <param name="hiddenSize">Units of the hidden state, R.</param>
    internal RegionAttention(FeatureRegions regions, int hiddenSize)
        : base(nameof(RegionAttention))
    {
        Regions = regions;
        register_parameter("region", _region = new Parameter(empty(regions.Channels, Size)));
        register_parameter("hidden", _hidden = new Parameter(empty(hiddenSize, Size)));
        register_parameter("bias", _bias = new Parameter(zeros(Size)));
        register_parameter("score", _score = new Parameter(empty(Size)));
        register_parameter("context", _context = new Parameter(empty(regions.Channels, hiddenSize)));
    }

    /// <summary>Where the regions are in the features.</summary>
    internal FeatureRegions Regions { get; }

    /// <summary>Draws uniform weights, of unit variance in the space of comparison.</summary>
    /// <param name="contextRange">The range of the matrix of the attended features.</param>
    /// <param name="random">The generator.</param>
    internal void Initialize(double contextRange, Generator random)
    {
        foreach (Parameter matrix in (Parameter[])[_region, _hidden, _score])
        {
            double range = Math.Sqrt(3.0 / matrix.shape[0]);
            matrix.uniform_(-range, range, random);
        }

        _context.uniform_(-contextRange, contextRange, random);
    }

    /// <summary>Adds the regions of features [rows, F] to a state.</summary>
    internal DecoderState Prepare(DecoderState state, Tensor features)
    {
        Tensor values = Regions.Of(features);
        return state with { Keys = values.matmul(_region).Plus(_bias), Values = values };
    }

    /// <summary>The weights [steps, rows, regions] of hidden states [steps, rows, R]; those of a word sum to 1.</summary>
    internal Tensor Weights(Tensor hidden, DecoderState state) =>
        state.Keys!.Plus(hidden.matmul(_hidden).unsqueeze(2)).tanh().matmul(_score).softmax(2);

    /// <summary>The hidden states [steps, rows, R] with what they attend to.</summary>
    internal Tensor Attend(Tensor hidden, DecoderState state) =>
        hidden.Plus(Weights(hidden, state).unsqueeze(2).matmul(state.Values!).squeeze(2).matmul(_context));
}
