namespace CxrAnnotate;

/// <summary>Options of <see cref="DataCatalog.LoadMimicCxr"/>.</summary>
public sealed record MimicCxrOptions
{
    /// <value>The labels to read. The default value is <see cref="MimicCxrLabels.CheXpert"/>.</value>
    public MimicCxrLabels Labels { get; init; } = MimicCxrLabels.CheXpert;

    /// <value>How uncertain labels (-1) are treated. The default value is <see cref="UncertaintyPolicy.Ignore"/>.</value>
    public UncertaintyPolicy Uncertainty { get; init; } = UncertaintyPolicy.Ignore;

    /// <value>The folder that holds the images (<c>p10/p10000032/s50414267/*.jpg</c> or <c>.dcm</c>) at any depth; null: the folder of the tables.
    /// The default value is null.</value>
    public string? ImageFolder { get; init; }

    /// <value>
    /// The folder that holds the reports (<c>p10/p10000032/s50414267.txt</c>), optionally in a folder <c>files</c>; null: the folder of the tables,
    /// if it has reports.
    /// The default value is null.
    /// </value>
    public string? ReportFolder { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        OptionChecks.Require(Enum.IsDefined(Labels), nameof(Labels), Labels, "CheXpert or NegBio");
        OptionChecks.Require(Enum.IsDefined(Uncertainty), nameof(Uncertainty), Uncertainty, "Ignore, Positive, Negative or SeparateClass");
    }
}
