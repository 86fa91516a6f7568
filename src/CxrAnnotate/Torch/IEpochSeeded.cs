namespace CxrAnnotate;

/// <summary>
/// A module that draws random numbers while it is trained. Its generator is reseeded for every epoch, so that a resumed training needs no state of
/// it.
/// </summary>
internal interface IEpochSeeded
{
    /// <summary>Seeds the generator by the module's own seed and the epoch (from 0).</summary>
    void BeginEpoch(int epoch);
}
