namespace CxrAnnotate;

/// <summary>The parts that rows are divided into.</summary>
internal enum SplitPart
{
    None,
    Train,
    Validation,
    Test,
}

/// <summary>
/// The split of the paper's program (section 1.6 of its specification): per pattern, in file order, without regard to studies. The test part follows
/// the training rows, and the validation part gets the rest.
/// </summary>
internal static class PaperSplit
{
    /// <summary>
    /// The fewest rows of a pattern that the program split. Labels of fewer rows, which a lower minimum admits, are split by the same rule here.
    /// </summary>
    internal const int MinimumRows = 10;

    /// <summary>The sizes of the parts of a pattern.</summary>
    /// <param name="rows">The rows of the pattern.</param>
    internal static (int Train, int Validation, int Test) Sizes(int rows)
    {
        // numpy.rint: half to even, on the product in double precision.
        int test = (int)Math.Round(0.1 * rows, MidpointRounding.ToEven),
            train = rows - (int)Math.Round(0.2 * rows, MidpointRounding.ToEven);
        return (train, rows - train - test, test);
    }

    /// <summary>The part of each row.</summary>
    /// <param name="groups">The pattern of each row in file order; below 0 for rows that are not split.</param>
    internal static SplitPart[] Assign(IReadOnlyList<int> groups)
    {
        Dictionary<int, int> totals = [],
            seen = [];
        foreach (int group in groups)
            totals[group] = totals.GetValueOrDefault(group) + 1;
        SplitPart[] parts = new SplitPart[groups.Count];
        for (int row = 0; row < parts.Length; row++)
        {
            int group = groups[row];
            if (group < 0)
                continue;
            int place = seen.GetValueOrDefault(group);
            seen[group] = place + 1;
            (int train, _, int test) = Sizes(totals[group]);
            parts[row] =
                place < train ? SplitPart.Train
                : place < train + test ? SplitPart.Test
                : SplitPart.Validation;
        }
        return parts;
    }
}
