namespace CxrAnnotate;

/// <summary>Counts of one finding over reports.</summary>
internal sealed class FindingCounts(string name)
{
    internal string Name { get; } = name;

    internal int TruePositive { get; set; }

    internal int FalsePositive { get; set; }

    internal int FalseNegative { get; set; }

    /// <summary>Of the true positives: those whose places, or sides, are the annotation's.</summary>
    internal int PlaceRight { get; set; }

    internal int SideRight { get; set; }

    /// <summary>Of the true positives: those for which the annotation names a place, or a side; and how many of these are right.</summary>
    internal int Placed { get; set; }

    internal int PlacedRight { get; set; }

    internal int Sided { get; set; }

    internal int SidedRight { get; set; }

    internal double Precision => Ratio(TruePositive, TruePositive + FalsePositive);

    internal double Recall => Ratio(TruePositive, TruePositive + FalseNegative);

    internal DecisionCounts Decisions => new(TruePositive, TruePositive + FalsePositive, TruePositive + FalseNegative);

    internal double F1 => Decisions.F1;

    internal static double Ratio(int part, int whole) => whole == 0 ? double.NaN : (double)part / whole;
}
