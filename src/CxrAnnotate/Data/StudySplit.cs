using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Three views of the same source, each lazily filtered, with all columns; no study is in two of them.</summary>
public sealed class StudySplit
{
    internal StudySplit(IDataView train, IDataView validation, IDataView test)
    {
        Train = train;
        Validation = validation;
        Test = test;
    }

    /// <value>The rows to fit on.</value>
    public IDataView Train { get; }

    /// <value>The rows for early stopping and model selection; empty if none were requested.</value>
    public IDataView Validation { get; }

    /// <value>The rows for the final test, used for no decision; empty if none were requested.</value>
    public IDataView Test { get; }
}
