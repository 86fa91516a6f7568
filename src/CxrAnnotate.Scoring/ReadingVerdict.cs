namespace CxrAnnotate;

/// <summary>What a program that may abstain does with a reading.</summary>
public enum ReadingVerdict
{
    /// <summary>The conformal set leaves one reading at the coverage that was asked for.</summary>
    Confident,

    /// <summary>Several labels are possible, or none is: somebody else should look.</summary>
    LookAgain,

    /// <summary>The image is not of the kind that the model was trained on: its reading means nothing.</summary>
    UnlikeTraining,
}
