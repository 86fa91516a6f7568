namespace CxrAnnotate.Cli;

/// <summary>Writes results one by one. A written result is kept even if the process is killed afterwards.</summary>
internal interface IResultWriter<in T> : IDisposable
{
    /// <summary>The file with the results so far; null if they went to the output.</summary>
    string? Place { get; }

    void Write(T result);

    /// <summary>Completes the output after the last result.</summary>
    void Complete();
}
