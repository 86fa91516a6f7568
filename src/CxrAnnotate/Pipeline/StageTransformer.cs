using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Base of the library's transformers: binds to a schema and provides the lazy view and the row mapper. A stage implements only <see cref="Bind"/>.
/// </summary>
public abstract class StageTransformer : ITransformer
{
    private protected StageTransformer(MLContext context) => Context = context;

    private protected MLContext Context { get; }

    /// <summary>Checks the input columns, with ML.NET's own exception types and wording, and binds to them.</summary>
    private protected abstract BoundMapper Bind(DataViewSchema input);

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of the view that <see cref="Transform"/> returns for an input of the given schema.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or has the wrong type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return StageBinding.OutputSchema(inputSchema, Bind(inputSchema));
    }

    /// <summary>Adds this stage's columns to a view. The schema is checked now; rows are computed lazily by cursors.</summary>
    /// <param name="input">The rows to transform. The stage's outputs hide columns of the same name.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or has the wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new StageView(input, new StageBinding(input.Schema, Bind(input.Schema)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new StageRowMapper(new StageBinding(inputSchema, Bind(inputSchema)));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    private protected virtual void SaveModel(ModelSaveContext context) =>
        throw new NotSupportedException(
            ErrorCode.CannotBeSaved.Message(
                $"{GetType().Name} cannot be written by Model.Save. Keep the fitted transformer in memory, or fit it again from its training data "
                    + $"and seed."
            )
        );
}
