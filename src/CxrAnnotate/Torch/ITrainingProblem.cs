using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// What the one training loop needs to know of what it trains: the mini-batches of an epoch, their loss, and how good the weights are.
/// </summary>
internal interface ITrainingProblem
{
    /// <summary>
    /// Draws the rows of an epoch (from 0) in their order and returns how many rows there are. Called once before the epoch's first
    /// <see cref="Loss"/>.
    /// </summary>
    int BeginEpoch(int epoch);

    /// <summary>The fewest rows that <see cref="Loss"/> can be asked of.</summary>
    int MinimumRows { get; }

    /// <summary>
    /// What is wrong with the input of the rows [start, start + count) of the epoch's order, as a clause; null where all of it is finite. Asked only
    /// where a loss is not finite.
    /// </summary>
    string? FaultOf(int start, int count);

    /// <summary>
    /// The mean loss of the rows [start, start + count) of the epoch's order: a scalar tensor with its graph. The loop owns the dispose scope.
    /// </summary>
    torch.Tensor Loss(int start, int count);

    /// <summary>
    /// Loss and score (higher is better) on the validation rows, the module being in eval mode and gradients off; null where there are none.
    /// </summary>
    (double Loss, double Score)? Validate();
}
