using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The table of contents of the library: one method pair (flat parameters, options) per stage. Obtained by <see cref="MLContextExtensions.ChestXray"/>.</summary>
public sealed partial class ChestXrayCatalog
{
    internal ChestXrayCatalog(MLContext context) => Context = context;

    internal MLContext Context { get; }
}
