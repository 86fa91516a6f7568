using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// What each place of a network's last feature maps contributes to the log-odds of a label: activation times gradient, summed over the channels.
/// With the gradient of the place itself (Draelos and Carin, "HiResCAM", 2020) these add up to the log-odds of a network that reads its maps
/// linearly: they are the class activation map of Zhou et al. (CVPR 2016), also where means are taken over regions. With the mean of the gradients
/// over all places it is Grad-CAM (Selvaraju et al., ICCV 2017). Of labels that exclude each other the log-odds take off what speaks for the others.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="scheme">How its labels relate.</param>
/// <param name="shift">What is added to the logits; null: nothing.</param>
internal sealed class ClassActivation(ImageNetwork network, LabelScheme scheme, float[]? shift)
{
    /// <summary>The contributions to one label in one of the network's maps.</summary>
    /// <param name="Label">The index of the label among those that were asked for.</param>
    /// <param name="Height">Rows of the map.</param>
    /// <param name="Width">Columns of the map.</param>
    /// <param name="Values">For each image one value per place, row-major, as a density: times the number of places.</param>
    internal sealed record Grid(int Label, int Height, int Width, double[][] Values);

    /// <summary>The contributions for images [N, C, S, S]; null if the network has no maps.</summary>
    /// <param name="input">The images, prepared.</param>
    /// <param name="labels">The labels, as indices of the logits whose probabilities make them up.</param>
    /// <param name="byPlace">Whether a place has its own gradient; otherwise the mean over the places.</param>
    internal IReadOnlyList<Grid>? Of(Tensor input, IReadOnlyList<int[]> labels, bool byPlace)
    {
        using var scope = NewDisposeScope();
        Tensor[] maps;
        Func<Tensor[], (Tensor Embedding, Tensor Logits)> read;
        using (no_grad())
            (maps, read) = network.Take(input);
        if (maps.Any(map => map.shape is not [_, _, _, _]))
            return null;
        // Only what follows the maps is differentiated.
        Tensor[] leaves = [.. maps.Select(map => map.detach().requires_grad_(true))];
        using var gradients = enable_grad();
        Tensor logits = read(leaves).Logits;
        if (shift is not null)
            logits = logits.Plus(tensor(shift).to(logits.device));
        var grids = new List<Grid>();
        for (int k = 0; k < labels.Count; k++)
        {
            Tensor odds = LogOdds(logits, labels[k]).sum();
            IList<Tensor> slopes = autograd.grad([odds], leaves, retain_graph: true);
            for (int m = 0; m < leaves.Length; m++)
            {
                using var no = no_grad();
                Tensor slope = byPlace ? slopes[m] : slopes[m].mean([2, 3], keepdim: true);
                Tensor sums = leaves[m].mul(slope).sum([1]);
                int height = (int)sums.shape[1],
                    width = (int)sums.shape[2];
                double[] all = sums.Doubles();
                grids.Add(new Grid(k, height, width, [.. all.Chunk(height * width).Select(row => row.Select(v => v * row.Length).ToArray())]));
            }
        }

        return grids;
    }

    private Tensor LogOdds(Tensor logits, int[] parts)
    {
        Tensor own = Columns(logits, parts);
        if (scheme == LabelScheme.Independent)
            return own.amax([1]);
        int[] others = [.. Enumerable.Range(0, (int)logits.shape[1]).Except(parts)];
        return others.Length == 0 ? own.logsumexp(1) : own.logsumexp(1).PlusScaled(Columns(logits, others).logsumexp(1), -1);
    }

    private static Tensor Columns(Tensor logits, int[] columns) =>
        logits.index_select(1, tensor([.. columns.Select(column => (long)column)]).to(logits.device));
}
