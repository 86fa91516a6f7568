using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The decoder network: recurrent layers over one-hot words, with states initialised by the image's embedding, and a linear output over the
/// vocabulary (sections 3.1 and 3.2 of the paper's specification). Sequences are time-major: [steps, rows].
/// </summary>
/// <remarks>
/// Dropout masks and initial weights come from its own generator, so that a training depends only on its seed, whatever else runs in the process.
/// </remarks>
internal sealed class RecurrentDecoder : nn.Module, IEpochSeeded
{
    private const double InitialRange = 0.08;

    private readonly RecurrentCell _cell;
    private readonly double _dropout;
    private readonly double _featureDropout;
    private readonly RecurrentLayer[] _layers;
    private readonly Parameter _output;
    private readonly Parameter _outputBias;
    private readonly Parameter? _projection;
    private readonly Parameter? _projectionBias;
    private readonly RegionAttention? _attention;
    private readonly Tensor _featureMean;
    private readonly Tensor _featureScale;
    private readonly Generator _random;
    private readonly int _seed;

    /// <param name="cell">The cell.</param>
    /// <param name="vocabulary">Number of words, V.</param>
    /// <param name="hiddenSize">Units of a layer, R (1024 in the paper).</param>
    /// <param name="layers">Number of layers (2 in the paper).</param>
    /// <param name="featureSize">Size of the image's embedding; if it is not R, a learned projection maps it to R.</param>
    /// <param name="dropout">Dropout between the layers and before the output.</param>
    /// <param name="featureDropout">Dropout of the image's embedding.</param>
    /// <param name="seed">Seed of the initial weights and the dropout masks.</param>
    /// <param name="regions">The regions of the features to attend to; null attends to none.</param>
    internal RecurrentDecoder(
        RecurrentCell cell,
        int vocabulary,
        int hiddenSize,
        int layers,
        int featureSize,
        double dropout = 0,
        double featureDropout = 0,
        int seed = 0,
        FeatureRegions? regions = null
    )
        : base(nameof(RecurrentDecoder))
    {
        _cell = cell;
        _dropout = dropout;
        _featureDropout = featureDropout;
        HiddenSize = hiddenSize;
        _seed = seed;
        _random = new Generator(unchecked((uint)seed));
        _layers = [.. Enumerable.Range(0, layers).Select(l => new RecurrentLayer(cell, l == 0 ? vocabulary : hiddenSize, hiddenSize))];
        for (int l = 0; l < layers; l++)
            register_module($"layer{l}", _layers[l]);
        register_parameter("output", _output = new Parameter(empty(hiddenSize, vocabulary)));
        register_parameter("output_bias", _outputBias = new Parameter(empty(vocabulary)));
        if (featureSize != hiddenSize)
        {
            register_parameter("projection", _projection = new Parameter(empty(featureSize, hiddenSize)));
            register_parameter("projection_bias", _projectionBias = new Parameter(zeros(hiddenSize)));
        }

        if (regions is not null)
            register_module("attention", _attention = new RegionAttention(regions, hiddenSize));
        register_buffer("feature_mean", _featureMean = zeros(featureSize));
        register_buffer("feature_scale", _featureScale = ones(featureSize));
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (RecurrentLayer layer in _layers)
                layer.Initialize(InitialRange, _random);
            _output.uniform_(-InitialRange, InitialRange, _random);
            _outputBias.uniform_(-InitialRange, InitialRange, _random);
            double range = Math.Sqrt(3.0 / featureSize);
            _projection?.uniform_(-range, range, _random);
            _attention?.Initialize(InitialRange, _random);
        }
    }

    /// <summary>
    /// The number of parameters of the cells and the output, as in the paper's specification: without the projection of the embedding.
    /// </summary>
    internal long RecurrentParameterCount => _layers.SelectMany(l => l.parameters()).Append(_output).Append(_outputBias).Sum(p => p.numel());

    /// <summary>Units of a layer.</summary>
    internal int HiddenSize { get; }

    /// <summary>Whether the word input matrix is trained.</summary>
    internal bool TrainsWords => _layers[0].Input.requires_grad;

    public void BeginEpoch(int epoch) => _random.manual_seed(Seeds.Mix(_seed, epoch));

    /// <summary>Sets the standardisation of image features: (feature - mean) * scale.</summary>
    internal void SetFeatureScale(float[] mean, float[] scale)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        _featureMean.copy_(tensor(mean));
        _featureScale.copy_(tensor(scale));
    }

    /// <summary>Sets the projection of standardised features, [F, R] row-major, and its bias [R].</summary>
    internal void SetProjection(float[] weight, float[] bias)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        _projection!.copy_(tensor(weight).reshape(_projection.shape));
        _projectionBias!.copy_(tensor(bias));
    }

    /// <summary>All parameters and buffers by name, row-major.</summary>
    internal IReadOnlyDictionary<string, (float[] Values, long[] Shape)> Weights() =>
        state_dict().ToDictionary(entry => entry.Key, entry => (entry.Value.Floats(), entry.Value.shape));

    /// <summary>The layers' initial state for image features [rows, F].</summary>
    internal DecoderState InitialState(Tensor features)
    {
        Tensor standard = Standard(features);
        Tensor embedded = Project(standard);
        Tensor[] copies = [.. _layers.Select(_ => embedded)];
        var state = new DecoderState(copies, _cell == RecurrentCell.Lstm ? [.. copies] : []);
        return _attention is null ? state : _attention.Prepare(state, standard);
    }

    /// <summary>The hidden state [rows, R] that every layer starts from, of image features [rows, F].</summary>
    internal Tensor Embed(Tensor features) => Project(Standard(features));

    private Tensor Standard(Tensor features) => Drop((features - _featureMean) * _featureScale, _featureDropout);

    private Tensor Project(Tensor standard) => _projection is null ? standard : addmm(_projectionBias!, standard, _projection, 1, 1);

    /// <summary>
    /// The top layer's hidden states [steps, rows, R] over words [steps, rows], with the regions they attend to, if any; updates the state to the
    /// last step.
    /// </summary>
    internal Tensor Hidden(Tensor words, DecoderState state)
    {
        Tensor hidden = Recur(words, state);
        return _attention is null ? hidden : _attention.Attend(hidden, state);
    }

    /// <summary>
    /// The weights [steps, rows, regions] of the regions when the word after each of the words [steps, rows] is written; updates the state.
    /// </summary>
    internal Tensor Attention(Tensor words, DecoderState state) => _attention!.Weights(Recur(words, state), state);

    private Tensor Recur(Tensor words, DecoderState state)
    {
        long steps = words.shape[0];
        long rows = words.shape[1];
        Tensor projected = _layers[0].ProjectWords(words.reshape(-1));
        Tensor hidden = _layers[0].Run(projected.view(steps, rows, -1), state, 0);
        for (int l = 1; l < _layers.Length; l++)
        {
            Tensor below = Drop(hidden, _dropout).view(steps * rows, -1);
            hidden = _layers[l].Run(_layers[l].Project(below).view(steps, rows, -1), state, l);
        }

        return hidden;
    }

    /// <summary>The unnormalised log-probabilities [n, V] of the word after top hidden states [n, R].</summary>
    internal Tensor Logits(Tensor hidden) => addmm(_outputBias, Drop(hidden, _dropout), _output, 1, 1);

    /// <summary>
    /// Copies another decoder's weights; of the word matrices only the rows and columns of shared words. The standardisation of features is kept.
    /// </summary>
    /// <exception cref="ArgumentException">The other network differs in cell or size.</exception>
    internal void CopyFrom(RecurrentDecoder other, DecoderVocabulary otherWords, DecoderVocabulary words)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        var theirs = other.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var mine = named_parameters().ToDictionary(p => p.name, p => p.parameter);
        if (
            other._cell != _cell
            || other._layers.Length != _layers.Length
            || other._output.shape[0] != _output.shape[0]
            || !mine.Keys.ToHashSet().SetEquals(theirs.Keys)
            || (_projection is not null && !_projection.shape.SequenceEqual(other._projection!.shape))
            || _attention?.Regions != other._attention?.Regions
        )
        {
            throw new ArgumentException(
                ErrorCode.StartWeightsMismatch.Message("The initial decoder must have the same cell, layers, hidden size, feature size and regions."),
                nameof(other)
            );
        }

        (int Mine, int Theirs)[] shared =
        [
            .. Enumerable.Range(0, words.Words.Count).Select(id => (id, otherWords.IdOf(words.Words[id]))).Where(p => p.Item2 >= 0),
        ];
        Tensor to = tensor(shared.Select(s => (long)s.Mine).ToArray());
        Tensor from = tensor(shared.Select(s => (long)s.Theirs).ToArray());
        foreach (var (name, parameter) in mine)
        {
            if (ReferenceEquals(parameter, _layers[0].Input) || ReferenceEquals(parameter, _outputBias))
                parameter.index_copy_(0, to, theirs[name].index_select(0, from));
            else if (ReferenceEquals(parameter, _output))
                parameter.index_copy_(1, to, theirs[name].index_select(1, from));
            else
                parameter.copy_(theirs[name]);
        }
    }

    /// <summary>Sets one word's input to the mean of others: the start word of unknown labels becomes the mean of the known ones.</summary>
    internal void AverageStarts(int word, int[] starts)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        Tensor input = _layers[0].Input;
        input[word].copy_(input.index_select(0, tensor(starts.Select(s => (long)s).ToArray())).mean([0]));
    }

    private Tensor Drop(Tensor x, double rate)
    {
        if (rate <= 0 || !training)
            return x;
        Tensor mask = empty_like(x, requires_grad: false).bernoulli_(1 - rate, _random);
        return x * mask.OverInPlace(1 - rate);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _random.Dispose();
        base.Dispose(disposing);
    }
}
