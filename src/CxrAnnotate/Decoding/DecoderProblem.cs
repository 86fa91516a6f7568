using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// A decoder's training for the training loop: teacher forcing with masked cross-entropy; the score is the mean log-probability of a validation word.
/// </summary>
internal sealed class DecoderProblem : ITrainingProblem
{
    private const int ValidationRows = 256;

    private readonly RecurrentDecoder _decoder;
    private readonly (IReadOnlyList<float[]> Views, int Start, int[] Targets)[] _rows;
    private readonly DecoderBatch[] _validation;
    private readonly Func<int, int[]> _draw;
    private readonly int _seed;
    private (float[] Features, int Start, int[] Targets)[] _epoch = [];

    /// <param name="decoder">The network to train.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="train">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="draw">The rows of an epoch (from 0), in order.</param>
    /// <param name="seed">Seed for drawing views.</param>
    internal DecoderProblem(
        RecurrentDecoder decoder,
        DecoderVocabulary vocabulary,
        DecoderExamples train,
        DecoderExamples? validation,
        Func<int, int[]> draw,
        int seed
    )
    {
        _decoder = decoder;
        _draw = draw;
        _seed = seed;
        _rows = Sequences(vocabulary, train);
        _validation = validation is null
            ? []
            : [.. Sequences(vocabulary, validation).Select(r => (r.Views[0], r.Start, r.Targets)).Chunk(ValidationRows).Select(DecoderBatch.Create)];
    }

    /// <inheritdoc/>
    public int BeginEpoch(int epoch)
    {
        Random random = Seeds.At(_seed, epoch);
        _epoch =
        [
            .. _draw(epoch).Select(i => _rows[i]).Select(r => (r.Views[r.Views.Count == 1 ? 0 : random.Next(r.Views.Count)], r.Start, r.Targets)),
        ];
        return _epoch.Length;
    }

    /// <inheritdoc/>
    public int MinimumRows => 1;

    /// <inheritdoc/>
    public string? FaultOf(int start, int count)
    {
        int at = Array.FindIndex(_epoch, start, count, row => !Array.TrueForAll(row.Features, float.IsFinite));
        return at < 0 ? null : $"the features of row {at + 1} are not finite";
    }

    /// <inheritdoc/>
    public torch.Tensor Loss(int start, int count) =>
        DecoderBatch.Create(new ArraySegment<(float[], int, int[])>(_epoch, start, count)).Loss(_decoder);

    /// <inheritdoc/>
    public (double Loss, double Score)? Validate()
    {
        if (_validation.Length == 0)
            return null;
        double sum = 0;
        long words = 0;
        foreach (DecoderBatch batch in _validation)
        {
            using var _ = torch.NewDisposeScope();
            sum += batch.Loss(_decoder).Number() * batch.Targets.Length;
            words += batch.Targets.Length;
        }

        return (sum / words, -sum / words);
    }

    private static (IReadOnlyList<float[]> Views, int Start, int[] Targets)[] Sequences(DecoderVocabulary vocabulary, DecoderExamples examples) =>
        [
            .. Enumerable
                .Range(0, examples.Count)
                .Select(i =>
                    (examples.Views[i], vocabulary.StartOf(examples.Labels[i]), vocabulary.Targets(examples.Labels[i], examples.Captions[i]))
                ),
        ];
}
