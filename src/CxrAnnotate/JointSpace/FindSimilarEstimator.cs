using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Finds for each row the rows of a reference set whose vectors are most similar: with joint context vectors, the studies that look alike and have
/// similar annotations (Shin et al., 2016, section 5). The search is exact (<see cref="SimilarityIndex"/>); similarity is the cosine.
/// </summary>
/// <remarks>
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes: the rows are the reference set |
/// | Input columns | ContextVector (vector of Single of known size); to fit: StudyId (text) |
/// | Output columns | SimilarStudyId (vector of text), Similarity (vector of Single, from -1 to 1), the most similar first |
/// | Missing values | a reference row whose vector is not finite is omitted; to such a row nothing is similar: texts are empty, similarities
/// NaN. So are places for which the reference set has too few rows |
/// | In a saved model | an ONNX graph that holds the reference set: its vectors, and the texts of the identifiers |
/// <para>The reference rows themselves are found when they are scored. A model that is saved with this stage holds data of its reference set.</para>
/// </remarks>
public sealed class FindSimilarEstimator : IEstimator<FindSimilarTransformer>
{
    private const string Name = "FindSimilar";

    private readonly MLContext _context;
    private readonly FindSimilarOptions _options;

    internal FindSimilarEstimator(MLContext context, FindSimilarOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options with { IdColumnNames = [.. options.IdColumnNames] };
    }

    /// <summary>Reads the reference set.</summary>
    /// <param name="input">The reference rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">No row has a vector.</exception>
    public FindSimilarTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnReader reader = new(input);
        SingleVectorColumn vectors = reader.Vector(_options.InputColumnName);
        TextColumn[] ids = [.. _options.IdColumnNames.Select(name => reader.Text(name))];
        reader.Read(cancellation: _options.Cancellation);

        int[] sound = [.. Enumerable.Range(0, reader.RowCount).Where(row => Array.TrueForAll(vectors.Values[row], float.IsFinite))];
        if (sound.Length == 0)
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message(
                    $"No row has a vector in the column '{_options.InputColumnName}' ({reader.RowCount} rows read): nothing can be similar to "
                        + "another."
                )
            );
        if (sound.Length < reader.RowCount)
            StageLog.Warn(
                _context,
                Name,
                $"{reader.RowCount - sound.Length} of {reader.RowCount} rows have no vector in '{_options.InputColumnName}' and are never found."
            );
        return new FindSimilarTransformer(
            _context,
            _options,
            SimilarityIndex.Create([.. sound.Select(row => new IndexedCase(ids[0].Values[row]))], [.. sound.Select(row => vectors.Values[row])]),
            [.. ids.Select(id => sound.Select(row => id.Values[row]).ToArray())]
        );
    }

    /// <summary>The input's schema with the columns added.</summary>
    /// <param name="inputSchema">The input schema.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireVector(inputSchema, _options.InputColumnName);
        foreach (string name in _options.IdColumnNames)
            SchemaShapes.RequireText(inputSchema, name);
        return SchemaShapes.With(
            _context,
            inputSchema,
            [
                .. _options.IdColumnNames.Select(name => OutputShape.Texts(FindSimilarOptions.OutputOf(name))),
                OutputShape.Vector(_options.SimilarityColumnName),
            ]
        );
    }
}
