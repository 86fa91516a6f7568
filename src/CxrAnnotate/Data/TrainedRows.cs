using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// The rows that a model was trained on, as a file that is handed on with it: what the baselines of an evaluation are made of (annotations), and what
/// tells images and patients that were trained on (hashes). Nothing of it names a person, an institution or a place on a disk: docs/privacy.md.
/// <c>cxr train</c> keeps it in the folder of the run as <c>training-rows.csv</c>.
/// </summary>
/// <example><code>
/// TrainedRows trained = TrainedRows.Read(ml, "run/training-rows.csv");
/// (int images, int ofPatients) = trained.Known(rows); // 0 and 0, or the figures on these rows are too good
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

    /// <summary>Runs of before there were hashes have paths.</summary>
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

    /// <summary>Whether the hashes are under a key that is not given, so that images and patients cannot be recognized.</summary>
    public bool IsLocked { get; }

    /// <summary>Whether patients can be recognized: the rows were written under a key, and it is given.</summary>
    public bool KnowsPatients => !IsLocked && _patients.Count > 0;

    /// <summary>Writes rows, whole or not at all. Every image file is read for its hash.</summary>
    /// <param name="file">The file, a CSV table.</param>
    /// <param name="rows">The rows that a model was trained on.</param>
    /// <param name="key">The key that identifiers are replaced under; without it they are left out, and images have their plain hashes.</param>
    /// <exception cref="IOException">The file could not be written; an earlier one is as it was.</exception>
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
    /// <param name="context">The context, whose log takes warnings.</param>
    /// <param name="file">The file. A table with image paths, as versions before 0.2 wrote it, is read, too.</param>
    /// <param name="key">The key that the rows were written under; null where there was none, or it is not at hand.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no such table.</exception>
    /// <exception cref="ArgumentException">The key is another one than that which the rows were written under.</exception>
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
                        : $"The identifier key is another one than that of '{file}'."
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
    /// The rows for the baselines of a measurement, with the names that the measured rows have for views and sources, where the key reveals them.
    /// Their images, studies and patients have no names.
    /// </summary>
    /// <param name="measured">The rows that are measured.</param>
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
    /// How many of the measured images were trained on, and of how many others the patient was. Every image file is read for its hash.
    /// </summary>
    /// <param name="measured">The rows that are measured.</param>
    /// <returns>Both 0 where <see cref="IsLocked"/>; the second also where not <see cref="KnowsPatients"/>.</returns>
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
