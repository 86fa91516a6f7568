namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    /// <summary>Reads a column of a table that <see cref="LoadCsv"/> or <see cref="LoadParquet"/> reads, whatever it is called.</summary>
    /// <param name="path">The table.</param>
    /// <param name="column">The header of the column, in any case.</param>
    /// <param name="columns">Custom headers: <see cref="TableColumns.Image"/> is used; <see langword="null"/> for the usual ones.</param>
    /// <returns>The text of each image's row, by <see cref="RadiographRecord.ImagePath"/>; of an image with several rows, the first.</returns>
    /// <exception cref="InvalidDataException">The file is not such a table, or has no column of this name.</exception>
    /// <exception cref="ArgumentException">The header is empty.</exception>
    public IReadOnlyDictionary<string, string> ReadColumn(string path, string column, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        columns ??= TableColumns.Usual;
        columns.Check();
        if (!File.Exists(path))
            throw new InvalidDataException(
                ErrorCode.TableColumnMissing.Message($"'{path}' is not a table, so it has no column '{column}'. Give the file of a table.")
            );
        return CsvRecordReader.ReadColumn(path, column, columns, _context);
    }
}
