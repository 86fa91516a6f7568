namespace CxrAnnotate;

/// <summary>Options of <see cref="FindSimilarEstimator"/>: how many rows are found, and the columns.</summary>
public sealed record FindSimilarOptions
{
    /// <value>How many rows are found for each, at least 1. The default value is 5.</value>
    public int Count { get; init; } = 5;

    /// <value>The column of vectors of Single that are compared. The default value is "ContextVector".</value>
    public string InputColumnName { get; init; } = "ContextVector";

    /// <value>
    /// The text columns that say which rows were found, at least one. Fit reads them; for each a column with "Similar" before its name is added, a
    /// vector of <see cref="Count"/> texts. The default value is "StudyId".
    /// </value>
    public IReadOnlyList<string> IdColumnNames { get; init; } = ["StudyId"];

    /// <value>The output column: a vector of <see cref="Count"/> similarities. The default value is "Similarity".</value>
    public string SimilarityColumnName { get; init; } = "Similarity";

    /// <value>Cancels Fit. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The output column of an identifier.</summary>
    internal static string OutputOf(string idColumnName) => "Similar" + idColumnName;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="ArgumentException">A column name is empty, or two output columns have the same name.</exception>
    internal void Check()
    {
        OptionChecks.Require(Count >= 1, nameof(Count), Count, "at least 1");
        ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(SimilarityColumnName);
        ArgumentNullException.ThrowIfNull(IdColumnNames);
        OptionChecks.Require(IdColumnNames.Count > 0, nameof(IdColumnNames), IdColumnNames.Count, "at least one column");
        foreach (string name in IdColumnNames)
            ArgumentException.ThrowIfNullOrWhiteSpace(name, nameof(IdColumnNames));
        string[] outputs = [.. IdColumnNames.Select(OutputOf), SimilarityColumnName];
        if (outputs.Distinct(StringComparer.Ordinal).Count() < outputs.Length)
            throw new ArgumentException(
                ErrorCode.OutputColumnsNotDistinct.Message($"Two output columns have the same name: {string.Join(", ", outputs)}."),
                nameof(IdColumnNames)
            );
    }
}
