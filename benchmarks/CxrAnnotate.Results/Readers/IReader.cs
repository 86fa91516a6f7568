using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>Something that learns to read the radiographs of a set and reads them, each by a model without its patient.</summary>
internal interface IReader
{
    /// <summary>The name on the command line and in the names of files: lower case, with hyphens.</summary>
    string Name { get; }

    /// <summary>Whether the set has what the reader reads.</summary>
    bool CanRead(FoldedSet set);

    /// <summary>Trains and reads, fold by fold.</summary>
    /// <param name="context">A context with the seed of the trainings.</param>
    /// <param name="set">The set.</param>
    /// <returns>One output, or one for each iteration; all with a reading for every case.</returns>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set);
}
