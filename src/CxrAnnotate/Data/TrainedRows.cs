using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// The rows that a model was trained on, as a file to publish with it: annotations for the baselines of an evaluation, and hashes that recognize
/// training images and patients. The file names no person, institution or local path (docs/privacy.md).
/// <c>cxr train</c> keeps it in the folder of the run as <c>training-rows.csv</c>.
/// </summary>
/// <example><code>
/// TrainedRows trained = TrainedRows.Read(ml, "run/training-rows.csv");
/// (int images, int ofPatients) = trained.Known(rows); // above 0: the figures on these rows are too good
/// </code></example>
public sealed class TrainedRows
{
    private static readonly string[] _header =
    [
        "image_hash",
        "annotation",
        "study_hash",
        "patient_hash",
        "view",
        "source",
        "absent_findings",
        "uncertain_findings",
        "key",
    ];

    private readonly HashSet<string> _images;
    private readonly HashSet<string> _patients;
    private readonly IReadOnlyList<RadiographRecord> _rows;
    private readonly IdentifierKey? _key;

    /// <summary>Older runs have paths instead of hashes.</summary>
    private readonly bool _hasPaths;

    private TrainedRows(
        IReadOnlyList<RadiographRecord> rows,
        IEnumerable<string> images,
        IEnumerable<string> patients,
        IdentifierKey? key,
        bool isLocked,
        bool hasPaths
    )
    {
        (_rows, _key, IsLocked, _hasPaths) = (rows, key, isLocked, hasPaths);
        _images = [.. images.Where(image => image.Length > 0)];
        _patients = [.. patients.Where(patient => patient.Length > 0)];
    }

    /// <summary>Whether the hashes are keyed and the key was not given, so that images and patients cannot be recognized.</summary>
    public bool IsLocked { get; }

    /// <summary>Whether patients can be recognized: the rows were written with a key, and the key was given.</summary>
    public bool KnowsPatients => !IsLocked && _patients.Count > 0;

    /// <summary>Writes rows atomically. Every image file is read for its hash.</summary>
    /// <param name="file">The file, a CSV table.</param>
    /// <param name="rows">The rows that a model was trained on.</param>
    /// <param name="key">The key for replacing identifiers; without it they are left out, and image hashes are not keyed.</param>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void Write(string file, IReadOnlyList<RadiographRecord> rows, IdentifierKey? key)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(rows);
        string[] images = Hashes(rows, key);
        CsvFile.Write(
            file,
            _header,
            rows.Select(
                (row, i) =>
                    (string[])
                        [
                            images[i],
                            row.Mesh,
                            Hidden("study", row.StudyId),
                            Hidden("patient", row.PatientId),
                            PublicNames.IsView(row.View) ? row.View : Hidden("view", row.View),
                            PublicNames.IsSource(row.Source) ? row.Source : Hidden("source", row.Source),
                            row.AbsentFindings,
                            row.UncertainFindings,
                            key?.Fingerprint ?? "",
                        ]
            )
        );

        string Hidden(string kind, string text) => text.Length == 0 || key is null ? "" : key.Of(kind, text);
    }

    /// <summary>Reads the rows that <see cref="Write"/> wrote.</summary>
    /// <param name="context">The context, whose log receives warnings.</param>
    /// <param name="file">The file. Tables with image paths, as written before version 0.2, can be read, too.</param>
    /// <param name="key">The key that the rows were written with; null if there was none or it is unavailable.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a table.</exception>
    /// <exception cref="ArgumentException">The rows were written with another key or without one.</exception>
    public static TrainedRows Read(MLContext context, string file, IdentifierKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(file);
        using SkippedRows skipped = new(context, file);
        CsvTable table = CsvTable.Read(file, skipped);
        if (table.Find("image_hash") < 0)
        {
            List<RadiographRecord> old = CsvRecordReader.Read(file, TableColumns.Usual, context);
            return new TrainedRows(old, old.Select(row => row.ImagePath), [], null, isLocked: false, hasPaths: true);
        }

        int[] columns = [.. _header.Select(name => table.Require(name))];
        string fingerprint = table.Rows.Select(row => row[columns[8]]).FirstOrDefault("");
        if (key is not null && fingerprint != key.Fingerprint)
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message(
                    fingerprint.Length == 0
                        ? $"'{file}' was written without an identifier key, so none can be given for it."
                        : $"The identifier key differs from that of '{file}'."
                ),
                nameof(key)
            );
        RadiographRecord[] rows =
        [
            .. table.Rows.Select(row => new RadiographRecord
            {
                Mesh = row[columns[1]],
                StudyId = row[columns[2]],
                PatientId = row[columns[3]],
                View = row[columns[4]],
                Source = row[columns[5]],
                AbsentFindings = row[columns[6]],
                UncertainFindings = row[columns[7]],
            }),
        ];
        return new TrainedRows(
            rows,
            table.Rows.Select(row => row[columns[0]]),
            rows.Select(row => row.PatientId),
            key,
            isLocked: fingerprint.Length > 0 && key is null,
            hasPaths: false
        );
    }

    /// <summary>
    /// The rows for the baselines of an evaluation, with the views and sources of the evaluated rows where the key reveals them. Images, studies and
    /// patients are left empty.
    /// </summary>
    /// <param name="measured">The rows to evaluate.</param>
    public IReadOnlyList<RadiographRecord> For(IReadOnlyList<RadiographRecord> measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        if (_key is null)
            return _rows;
        Dictionary<string, string> views = Names("view", row => row.View),
            sources = Names("source", row => row.Source);
        return
        [
            .. _rows.Select(row => new RadiographRecord
            {
                Mesh = row.Mesh,
                StudyId = row.StudyId,
                PatientId = row.PatientId,
                View = views.GetValueOrDefault(row.View, row.View),
                Source = sources.GetValueOrDefault(row.Source, row.Source),
                AbsentFindings = row.AbsentFindings,
                UncertainFindings = row.UncertainFindings,
            }),
        ];

        Dictionary<string, string> Names(string kind, Func<RadiographRecord, string> of) =>
            measured
                .Select(of)
                .Where(name => name.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .ToDictionary(name => _key.Of(kind, name), StringComparer.Ordinal);
    }

    /// <summary>
    /// Counts the evaluated images that were trained on, and the others whose patient was. Every image file is read for its hash.
    /// </summary>
    /// <param name="measured">The rows to evaluate.</param>
    /// <returns>Both are 0 if <see cref="IsLocked"/>; the second also unless <see cref="KnowsPatients"/>.</returns>
    public (int Images, int OfPatients) Known(IReadOnlyList<RadiographRecord> measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        if (IsLocked)
            return (0, 0);
        string[] images = _hasPaths ? [.. measured.Select(row => row.ImagePath)] : Hashes(measured, _key);
        bool[] known = [.. images.Select(_images.Contains)];
        return (
            known.Count(k => k),
            _key is null
                ? 0
                : measured.Where((row, i) => !known[i] && row.PatientId.Length > 0 && _patients.Contains(_key.Of("patient", row.PatientId))).Count()
        );
    }

    /// <summary>
    /// The hash of each row's image file, by which rows are recognized without a path (docs/privacy.md); empty where there is no file.
    /// </summary>
    /// <param name="rows">The rows. Every image file is read.</param>
    /// <param name="key">The key of the hashes; null: they are not keyed.</param>
    public static IReadOnlyList<string> ImageHashes(IReadOnlyList<RadiographRecord> rows, IdentifierKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Hashes(rows, key);
    }

    private static string[] Hashes(IReadOnlyList<RadiographRecord> rows, IdentifierKey? key)
    {
        string[] hashes = new string[rows.Count];
        Parallel.For(
            0,
            rows.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => hashes[i] = rows[i].ImagePath.Length == 0 ? "" : IdentifierKey.OfContent(rows[i].ImagePath, key)
        );
        return hashes;
    }
}
