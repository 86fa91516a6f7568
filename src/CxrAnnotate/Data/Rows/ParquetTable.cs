using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace CxrAnnotate;

/// <summary>Reads the text and number columns of a Parquet file as a table of texts. Lists and nested columns are not read.</summary>
internal static class ParquetTable
{
    /// <summary>The maximum number of rows, far more than any list of radiographs has.</summary>
    private const long MostRows = 100_000_000;

    /// <param name="path">The file.</param>
    /// <param name="wanted">The columns to read, in any case; the fields of others are empty.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a Parquet file, is damaged, or is encrypted.</exception>
    internal static CsvTable Read(string path, IReadOnlyCollection<string> wanted)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(ErrorCode.DataNotFound.Message($"There is no file '{path}'."), path);
        try
        {
            return Task.Run(() => ReadAsync(path, wanted)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException(
                ErrorCode.ParquetUnreadable.Message(
                    $"'{path}' cannot be read as a Parquet file: {e.Message.TrimEnd('.')}. Write it again, or give the table as CSV."
                ),
                e
            );
        }
    }

    private static async Task<CsvTable> ReadAsync(string path, IReadOnlyCollection<string> wanted)
    {
        long bytes = new FileInfo(path).Length;
        await using ParquetReader reader = await ParquetReader.CreateAsync(path, new ParquetOptions { TreatByteArrayAsString = true });
        DataField[] fields = [.. reader.Schema.Fields.OfType<DataField>().Where(field => !field.IsArray)];
        string[] header = [.. fields.Select(field => field.Name.Trim())];
        var rows = new List<CsvLine>();
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using ParquetRowGroupReader part = reader.OpenRowGroupReader(group);
            // Each row names a file, which takes at least one byte.
            if (part.RowCount < 0 || rows.Count + part.RowCount > Math.Min(MostRows, bytes))
                throw new InvalidDataException(ErrorCode.ParquetUnreadable.Message($"it declares {part.RowCount} rows"));
            int start = rows.Count,
                count = (int)part.RowCount;
            for (int i = 0; i < count; i++)
                rows.Add(new CsvLine(start + i + 1, [.. Enumerable.Repeat("", fields.Length)]));
            for (int column = 0; column < fields.Length; column++)
            {
                if (!wanted.Contains(header[column], StringComparer.OrdinalIgnoreCase))
                    continue;
                string[] texts = await Texts(part, fields[column], count);
                for (int i = 0; i < count; i++)
                    rows[start + i].Fields[column] = texts[i];
            }
        }

        return CsvTable.Of(path, header, rows);
    }

    private static Task<string[]> Texts(ParquetRowGroupReader part, DataField field, int count) =>
        Type.GetTypeCode(field.ClrType) switch
        {
            _ when field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>) => Strings(part, field, count),
            TypeCode.Byte => Numbers<byte>(part, field, count),
            TypeCode.SByte => Numbers<sbyte>(part, field, count),
            TypeCode.Int16 => Numbers<short>(part, field, count),
            TypeCode.UInt16 => Numbers<ushort>(part, field, count),
            TypeCode.Int32 => Numbers<int>(part, field, count),
            TypeCode.UInt32 => Numbers<uint>(part, field, count),
            TypeCode.Int64 => Numbers<long>(part, field, count),
            TypeCode.UInt64 => Numbers<ulong>(part, field, count),
            TypeCode.Single => Numbers<float>(part, field, count),
            TypeCode.Double => Numbers<double>(part, field, count),
            TypeCode.Decimal => Numbers<decimal>(part, field, count),
            _ => throw new InvalidDataException(
                ErrorCode.ParquetUnreadable.Message($"its column '{field.Name}' holds {field.ClrType.Name}, neither text nor numbers")
            ),
        };

    private static async Task<string[]> Strings(ParquetRowGroupReader part, DataField field, int count)
    {
        string?[] values = new string?[count];
        await part.ReadAsync(field, (Memory<string?>)values);
        return Array.ConvertAll(values, value => value?.Trim() ?? "");
    }

    private static async Task<string[]> Numbers<T>(ParquetRowGroupReader part, DataField field, int count)
        where T : struct, IFormattable
    {
        if (!field.IsNullable)
        {
            T[] values = new T[count];
            await part.ReadAsync(field, (Memory<T>)values);
            return Array.ConvertAll(values, value => Text(value));
        }

        T?[] known = new T?[count];
        await part.ReadAsync(field, (Memory<T?>)known);
        return Array.ConvertAll(known, value => value is { } present ? Text(present) : "");
    }

    private static string Text<T>(T value)
        where T : struct, IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
