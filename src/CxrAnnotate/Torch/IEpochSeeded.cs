namespace CxrAnnotate;

/// <summary>
/// A module that draws random numbers while it is trained. Its generator is seeded anew for every epoch: then a training that goes on at an epoch
/// needs no state of it.
/// </summary>
internal interface IEpochSeeded
{
    /// <summary>Seeds the generator by the module's own seed and the epoch (from 0).</summary>
    void BeginEpoch(int epoch);
}
