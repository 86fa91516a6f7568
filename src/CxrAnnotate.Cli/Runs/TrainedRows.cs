using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>
/// The rows that a run was trained on, as its folder keeps them (<c>training-rows.csv</c>): what the baselines of an evaluation are made of
/// (annotations), and what tells images that were trained on
/// (hashes). A run is handed on, so that nothing of it names a person, an institution or a place on a disk: docs/privacy.md.
/// </summary>
internal sealed class TrainedRows
{
    private static readonly string[] Header =
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
    internal bool IsLocked { get; }

    /// <summary>Whether patients can be told.</summary>
    internal bool KnowsPatients => !IsLocked && _patients.Count > 0;

    /// <summary>Writes rows.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="key">The key that identifiers are replaced under; without it they are left out.</param>
    internal static void Write(string file, IReadOnlyList<RadiographRecord> rows, IdentifierKey? key)
    {
        string[] images = Hashes(rows, key);
        CsvFile.Write(
            file,
            Header,
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

    /// <summary>Reads the rows of a run; null where its folder does not have them.</summary>
    /// <exception cref="UsageException">The key is another one than the run's.</exception>
    internal static TrainedRows? Read(MLContext context, string run, IdentifierKey? key)
    {
        string file = RunFolder.TrainingRows(run);
        if (!File.Exists(file))
            return null;
        using SkippedRows skipped = new(context, file);
        CsvTable table = CsvTable.Read(file, skipped);
        if (table.Find("image_hash") < 0)
        {
            AnnotationTable old = AnnotationTable.Read(context, file);
            return new TrainedRows(old.Rows, old.Rows.Select(row => row.ImagePath), [], null, isLocked: false, hasPaths: true);
        }

        int[] columns = [.. Header.Select(name => table.Require(name))];
        string fingerprint = table.Rows.Select(row => row[columns[8]]).FirstOrDefault("");
        if (key is not null && fingerprint != key.Fingerprint)
            throw new UsageException(
                ErrorCode.OptionConflict.Message(
                    fingerprint.Length == 0
                        ? $"--identifier-key: the run '{run}' was trained without a key. Leave the option out."
                        : $"--identifier-key is another key than that of the run '{run}'."
                )
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
    /// </summary>
    internal IReadOnlyList<RadiographRecord> For(IReadOnlyList<RadiographRecord> measured)
    {
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

    /// <summary>How many of the measured images were trained on, and of how many others the patient was.</summary>
    internal (int Images, int OfPatients) Known(IReadOnlyList<RadiographRecord> measured)
    {
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
