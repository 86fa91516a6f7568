using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// One layer of the paper's recurrent cells (section 3.1 of its specification). All matrices are stored [in, gates * R], so that a row vector is
/// multiplied from the left. LSTM: [i f o g] = x W + b + h U + b'; c' = f c + i g; h' = o tanh c'. GRU: [z r] in the same way, c = tanh(x W + b + (r
/// h) U + b'), h' = z c + (1 - z) h: the reset gate acts before the matrix product, unlike in torch's and cuDNN's GRU.
/// </summary>
internal sealed class RecurrentLayer : nn.Module
{
    private readonly RecurrentCell _cell;
    private readonly int _size;
    private readonly Parameter _input;
    private readonly Parameter _inputBias;
    private readonly Parameter _hidden;
    private readonly Parameter _hiddenBias;

    internal RecurrentLayer(RecurrentCell cell, int inputSize, int size)
        : base(nameof(RecurrentLayer))
    {
        _cell = cell;
        _size = size;
        int gates = cell == RecurrentCell.Lstm ? 4 : 3;
        register_parameter("input", _input = new Parameter(empty(inputSize, gates * size)));
        register_parameter("input_bias", _inputBias = new Parameter(empty(gates * size)));
        register_parameter("hidden", _hidden = new Parameter(empty(size, gates * size)));
        register_parameter("hidden_bias", _hiddenBias = new Parameter(empty(gates * size)));
    }

    /// <summary>The input matrix; in the first layer one row per word.</summary>
    internal Parameter Input => _input;

    /// <summary>The gate inputs [n, gates * R] of words (ids [n], the first layer's one-hot input), including both biases.</summary>
    internal Tensor ProjectWords(Tensor ids) => _input.index_select(0, ids).Plus(_inputBias.Plus(_hiddenBias));

    /// <summary>The gate inputs [n, gates * R] of the layer below ([n, R]), including both biases.</summary>
    internal Tensor Project(Tensor below) => addmm(_inputBias.Plus(_hiddenBias), below, _input, 1, 1);

    /// <summary>
    /// Runs over gate inputs [steps, rows, gates * R] from a state; returns the hidden states of all steps and updates the state to the last.
    /// </summary>
    internal Tensor Run(Tensor projected, DecoderState state, int layer)
    {
        long steps = projected.shape[0];
        var hidden = new Tensor[steps];
        Tensor h = state.Hidden[layer];
        if (_cell == RecurrentCell.Lstm)
        {
            Tensor c = state.Cell[layer];
            for (int t = 0; t < steps; t++)
            {
                Tensor gates = addmm(projected[t], h, _hidden, 1, 1);
                Tensor ifo = gates.narrow(1, 0, 3 * _size).sigmoid();
                Tensor candidate = gates.narrow(1, 3 * _size, _size).tanh();
                c = (ifo.narrow(1, _size, _size) * c).Plus(ifo.narrow(1, 0, _size) * candidate);
                hidden[t] = h = ifo.narrow(1, 2 * _size, _size) * c.tanh();
            }

            state.Cell[layer] = c;
        }
        else
        {
            Tensor gateMatrix = _hidden.narrow(1, 0, 2 * _size);
            Tensor candidateMatrix = _hidden.narrow(1, 2 * _size, _size);
            for (int t = 0; t < steps; t++)
            {
                Tensor now = projected[t];
                Tensor zr = addmm(now.narrow(1, 0, 2 * _size), h, gateMatrix, 1, 1).sigmoid();
                Tensor candidate = addmm(now.narrow(1, 2 * _size, _size), zr.narrow(1, _size, _size) * h, candidateMatrix, 1, 1).tanh();
                hidden[t] = h = lerp(h, candidate, zr.narrow(1, 0, _size));
            }
        }

        state.Hidden[layer] = h;
        return stack(hidden, 0);
    }

    /// <summary>Draws uniform weights and opens the LSTM's forget gates (input bias 1).</summary>
    internal void Initialize(double range, Generator random)
    {
        foreach (Parameter parameter in (Parameter[])[_input, _inputBias, _hidden, _hiddenBias])
            parameter.uniform_(-range, range, random);
        if (_cell == RecurrentCell.Lstm)
            _inputBias.narrow(0, _size, _size).copy_(ones(_size));
    }
}
