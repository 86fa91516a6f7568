using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Three views of the same rows' source, each lazily filtered, with all columns kept and no study in two of them.</summary>
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

    /// <value>The rows to choose and stop by; without rows where none were asked for.</value>
    public IDataView Validation { get; }

    /// <value>The rows that nothing is chosen by; without rows where none were asked for.</value>
    public IDataView Test { get; }
}
