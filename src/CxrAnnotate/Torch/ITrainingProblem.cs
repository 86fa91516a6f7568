using TorchSharp;

namespace CxrAnnotate;

/// <summary>
/// What the training loop needs to know about what it trains: the mini-batches of an epoch, their loss, and how good the weights are.
/// </summary>
internal interface ITrainingProblem
{
    /// <summary>
    /// Draws the rows of an epoch (from 0) in their order and returns how many rows there are. Called once before the epoch's first
    /// <see cref="Loss"/>.
    /// </summary>
    int BeginEpoch(int epoch);

    /// <summary>The minimum number of rows for <see cref="Loss"/>.</summary>
    int MinimumRows { get; }

    /// <summary>
    /// What is wrong with the input of the rows [start, start + count) of the epoch's order, as a clause; null if all of it is finite. Called only if
    /// a loss is not finite.
    /// </summary>
    string? FaultOf(int start, int count);

    /// <summary>
    /// The mean loss of the rows [start, start + count) of the epoch's order: a scalar tensor with its graph. The loop owns the dispose scope.
    /// </summary>
    torch.Tensor Loss(int start, int count);

    /// <summary>
    /// Loss and score (higher is better) on the validation rows, with the module in eval mode and gradients off; null if there are none.
    /// </summary>
    (double Loss, double Score)? Validate();
}
