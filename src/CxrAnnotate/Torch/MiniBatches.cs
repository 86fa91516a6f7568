namespace CxrAnnotate;

/// <summary>How the rows of an epoch are divided into mini-batches.</summary>
internal static class MiniBatches
{
    /// <summary>
    /// The rows of the mini-batch that begins at a row: the batch size, or the rest. A rest that would be too small a batch joins this one.
    /// </summary>
    /// <param name="start">The batch's first row.</param>
    /// <param name="rows">The rows of the epoch.</param>
    /// <param name="batchSize">Rows of a mini-batch.</param>
    /// <param name="minimum">The fewest rows that can be trained on at a time.</param>
    internal static int CountAt(int start, int rows, int batchSize, int minimum)
    {
        int left = rows - start;
        return left - batchSize < minimum ? left : batchSize;
    }

    /// <summary>How many mini-batches an epoch has.</summary>
    internal static int Number(int rows, int batchSize, int minimum)
    {
        int number = 0;
        for (int start = 0; start < rows; start += CountAt(start, rows, batchSize, minimum))
            number++;
        return number;
    }
}
