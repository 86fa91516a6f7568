namespace CxrAnnotate;

/// <summary>The sides of a split, as the values of a column name them.</summary>
internal static class SplitSide
{
    /// <summary>The side that a value names, in any case: train 0, validation 1, test 2; -1 for any other value.</summary>
    internal static int Of(string value) =>
        value.Trim().ToUpperInvariant() switch
        {
            "TRAIN" or "TRAINING" => 0,
            "VAL" or "VALID" or "VALIDATION" or "DEV" => 1,
            "TEST" => 2,
            _ => -1,
        };
}
