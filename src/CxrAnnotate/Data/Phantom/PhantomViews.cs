namespace CxrAnnotate;

/// <summary>Which projections a phantom study has.</summary>
public enum PhantomViews
{
    /// <summary>One frontal (postero-anterior) image per study.</summary>
    Frontal = 1,

    /// <summary>A frontal and a lateral image per study, as most Open-i studies have.</summary>
    FrontalAndLateral = 2,
}
