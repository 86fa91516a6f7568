using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Base of the library's transformers: binds to a schema, gives the lazy view and the row mapper. A stage implements <see cref="Bind"/> alone.
/// </summary>
public abstract class StageTransformer : ITransformer
{
    private protected StageTransformer(MLContext context) => Context = context;

    private protected MLContext Context { get; }

    /// <summary>Checks the input columns (ML.NET's own exception types and wording) and says what is read and added.</summary>
    private protected abstract BoundMapper Bind(DataViewSchema input);

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of the view that <see cref="Transform"/> gives for an input of the given schema.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotImplementedException();

    /// <summary>The input view with this stage's columns added, computed when a cursor asks for them.</summary>
    public IDataView Transform(IDataView input) => throw new NotImplementedException();

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotImplementedException();

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException($"{GetType().Name} cannot be saved by Model.Save.");
}
