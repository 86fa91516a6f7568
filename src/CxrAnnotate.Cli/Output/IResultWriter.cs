namespace CxrAnnotate.Cli;

/// <summary>Takes results one by one. What it has taken is kept, whatever happens to the process afterwards.</summary>
internal interface IResultWriter<in T> : IDisposable
{
    /// <summary>The file that has what was written so far; null where that went to the output.</summary>
    string? Place { get; }

    void Write(T result);

    /// <summary>Ends the results, when the last of them was written.</summary>
    void Complete();
}
