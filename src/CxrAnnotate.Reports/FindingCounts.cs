namespace CxrAnnotate;

/// <summary>How mined annotations agree with those of people in one finding, counted in reports.</summary>
public sealed class FindingCounts
{
    internal FindingCounts(string name) => Name = name;

    /// <summary>The finding.</summary>
    public string Name { get; }

    /// <summary>Reports that have it, as mined and by their annotation.</summary>
    public int TruePositive { get; internal set; }

    /// <summary>Reports that have it as mined alone.</summary>
    public int FalsePositive { get; internal set; }

    /// <summary>Reports that have it by their annotation alone.</summary>
    public int FalseNegative { get; internal set; }

    /// <summary>The share of mined findings that are true; not a number where there are none.</summary>
    public double Precision => Ratio(TruePositive, TruePositive + FalsePositive);

    /// <summary>The share of true findings that are mined; not a number where there are none.</summary>
    public double Recall => Ratio(TruePositive, TruePositive + FalseNegative);

    /// <summary>The harmonic mean of precision and recall; not a number where the finding is neither true nor mined.</summary>
    public double F1 => Decisions.F1;

    /// <summary>The share of the true positives whose places are those of the annotation; not a number where there are none.</summary>
    public double PlaceAccuracy => Ratio(PlaceRight, TruePositive);

    /// <summary>The same of the true positives for which the annotation names a place.</summary>
    public double PlaceAccuracyWhereNamed => Ratio(PlacedRight, Placed);

    /// <summary>The share of the true positives whose sides are those of the annotation; not a number where there are none.</summary>
    public double SideAccuracy => Ratio(SideRight, TruePositive);

    /// <summary>The same of the true positives for which the annotation names a side.</summary>
    public double SideAccuracyWhereNamed => Ratio(SidedRight, Sided);

    internal int PlaceRight { get; set; }

    internal int SideRight { get; set; }

    internal int Placed { get; set; }

    internal int PlacedRight { get; set; }

    internal int Sided { get; set; }

    internal int SidedRight { get; set; }

    internal DecisionCounts Decisions => new(TruePositive, TruePositive + FalsePositive, TruePositive + FalseNegative);

    private static double Ratio(int part, int whole) => whole == 0 ? double.NaN : (double)part / whole;
}
