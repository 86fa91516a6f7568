using System.IO.Compression;

namespace CxrAnnotate;

/// <summary>
/// A file or folder whose data set is to be recognized, with the names of its files and columns. Each is looked up when first used.
/// </summary>
internal sealed class DataSetCandidate
{
    /// <summary>The name of a folder's own table.</summary>
    internal const string AnnotationsName = "annotations.csv";

    private static readonly string[] _dicom = [".dcm", ".dicom", "DICOMDIR"];

    // A header is far shorter; a binary file has no line end.
    private const int MostHeader = 1 << 16;

    private readonly TableColumns _columns;
    private readonly Lazy<string[]> _header;
    private readonly Lazy<(bool OpenI, bool Dicom)> _files;

    /// <param name="path">An existing file or folder.</param>
    /// <param name="columns">Custom headers.</param>
    internal DataSetCandidate(string path, TableColumns columns)
    {
        Path = path;
        IsFile = File.Exists(path);
        _columns = columns;
        _header = new(() => Columns(path));
        _files = new(Files);
    }

    internal string Path { get; }

    internal bool IsFile { get; }

    /// <summary>The folder's own table; null if it has none, and for a file.</summary>
    internal string? Annotations => IsFile ? null : SetFolder.Find(Path, AnnotationsName);

    /// <summary>Whether the folder's own table has columns of images and annotations.</summary>
    internal bool AnnotationsNameImages
    {
        get
        {
            if (Annotations is not { } table)
                return false;
            string[] header = Columns(table);
            return Has(_columns.Image, ReportColumns.Image) && Has(_columns.Annotation, "annotation", "mesh");

            bool Has(string? given, params string[] usual) =>
                header.Intersect(given is null ? usual : [given], StringComparer.OrdinalIgnoreCase).Any();
        }
    }

    /// <summary>The folder's only Parquet file; null if it has none or several.</summary>
    internal string? OnlyParquet => !IsFile && Directory.EnumerateFiles(Path, "*.parquet").Take(2).ToArray() is [var parquet] ? parquet : null;

    /// <summary>
    /// An archive in the folder with a name like that of the Open-i reports, as the library names it (NLMCXR_reports.tgz) or after its content
    /// (ecgen-radiology).
    /// </summary>
    internal string? ReportArchive =>
        IsFile
            ? null
            : Directory
                .EnumerateFiles(Path, "*.tgz")
                .Concat(Directory.EnumerateFiles(Path, "*.tar.gz"))
                .Where(archive =>
                    System.IO.Path.GetFileName(archive) is var name
                    && (name.Contains("report", StringComparison.OrdinalIgnoreCase) || name.Contains("ecgen", StringComparison.OrdinalIgnoreCase))
                )
                .Order(StringComparer.Ordinal)
                .FirstOrDefault();

    /// <summary>Whether the first XML file in the folder or its subfolders is an Open-i report.</summary>
    internal bool HoldsOpenIReports => !IsFile && _files.Value.OpenI;

    /// <summary>Whether a file in the folder or its subfolders has a name that DICOM files have.</summary>
    internal bool HoldsDicom => !IsFile && _files.Value.Dicom;

    /// <summary>The path of a file whose name has one of the endings; otherwise null.</summary>
    internal string? Ending(params ReadOnlySpan<string> endings)
    {
        foreach (string ending in endings)
        {
            if (Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return Path;
        }

        return null;
    }

    /// <summary>Whether the folder has a file with that name.</summary>
    internal bool Has(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    /// <summary>Whether it is a folder with one of the named tables, or a file with the columns.</summary>
    internal bool IsTableOf(ReadOnlySpan<string> tables, params ReadOnlySpan<string> columns) =>
        IsFile ? HasColumns(Path, columns) : SetFolder.Find(Path, tables) is not null;

    /// <summary>The file itself, or the first of the named tables in the folder; null if it has none.</summary>
    internal string? TableNamed(params ReadOnlySpan<string> names) => IsFile ? Path : SetFolder.Find(Path, names);

    /// <summary>Whether a table has all the columns.</summary>
    internal bool HasColumns(string? table, params ReadOnlySpan<string> names)
    {
        if (table is null)
            return false;
        string[] header = table == Path ? _header.Value : Columns(table);
        foreach (string name in names)
        {
            if (!header.Contains(name, StringComparer.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    // One walk for both: a folder may hold millions of files.
    private (bool OpenI, bool Dicom) Files()
    {
        bool asked = false,
            dicom = false;
        foreach (string file in FileTree.Files(Path))
        {
            if (!asked && file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            {
                if (Start(file).Contains("<eCitation", StringComparison.Ordinal))
                    return (true, dicom);
                asked = true;
            }

            dicom = dicom || _dicom.Any(ending => System.IO.Path.GetFileName(file).EndsWith(ending, StringComparison.OrdinalIgnoreCase));
            if (asked && dicom)
                break;
        }

        return (false, dicom);
    }

    private static string[] Columns(string path) => [.. Header(path).Split(',', ';', '\t').Select(column => column.Trim('"', ' ', '\uFEFF'))];

    private static string Header(string path)
    {
        string text = Start(path);
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static string Start(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream content = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(content);
            char[] start = new char[MostHeader];
            return new string(start, 0, reader.ReadBlock(start));
        }
        catch (InvalidDataException)
        {
            // Reading the table reports the problem.
            return "";
        }
    }
}
