using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Loads annotated radiographs (rows of <see cref="RadiographRecord"/>: paths and texts, never pixels) and splits them by study. Obtained from
/// <see cref="ChestXrayCatalog.Data"/>.
/// A bad row or file among good ones is skipped with a warning in the context's log that names file and line; a final warning counts all of them.
/// </summary>
public sealed partial class DataCatalog
{
    private readonly MLContext _context;

    internal DataCatalog(MLContext context) => _context = context;

    /// <summary>
    /// Loads the Open-i chest collection of Indiana University: the annotation list of the paper's authors (<c>openi.mesh</c>, with
    /// <c>openi.mesh.top</c> beside it, if any), or the report archive of the National Library of Medicine, as a <c>.tgz</c> or unpacked. One
    /// row per image. Views come from a <c>projections.csv</c> beside it
    /// (columns image_id, projection; <c>indiana_projections.csv</c> with filename is read, too). Reports supply their sections (Findings,
    /// Impression, Indication, Comparison) and the automatic terms; the list supplies the top terms.
    /// The collection does not identify patients: <see cref="RadiographRecord.PatientId"/> is the study.
    /// </summary>
    /// <param name="path">The list, the archive, or the folder that holds <c>openi.mesh</c> or the XML files.</param>
    /// <param name="imageFolder">The folder of the images; null: the folder <c>images</c> beside the list or archive, if it exists; otherwise image
    /// names are left unchanged.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The archive is damaged or has no reports.</exception>
    public IDataView LoadOpenI(string path, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            string list = Path.Combine(path, "openi.mesh");
            var images = OpenIImages.Open(path, imageFolder, _context);
            return LoadRecords(
                File.Exists(list) ? OpenIListReader.Read(list, images, _context) : OpenIReportReader.ReadFolder(path, images, _context)
            );
        }

        if (!File.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.DataNotFound.Message(
                    $"There is no file or folder '{path}'. Give the list openi.mesh, the report archive (.tgz), or the folder of the list or of "
                        + $"the reports' XML files."
                ),
                path
            );
        var around = OpenIImages.Open(Path.GetDirectoryName(Path.GetFullPath(path))!, imageFolder, _context);
        return LoadRecords(
            OpenIReportReader.IsArchive(path)
                ? OpenIReportReader.ReadArchive(path, around, _context)
                : OpenIListReader.Read(path, around, _context)
        );
    }

    /// <summary>
    /// Loads a CSV file with a header: the columns <c>image</c> (or path, imagepath, image_path) and <c>annotation</c> (or mesh) are required; study,
    /// patient, view, source, split, findings, impression, indication, comparison, language, sex, age (years, or DICOM's 058Y), modality, body_part,
    /// laterality, manufacturer, mesh_automatic, finding_labels, absent_labels, uncertain_labels, absent_findings and uncertain_findings are used if
    /// present, in any case and order; others are ignored. The headers of CheXpert Plus (path_to_image, section_findings, ap_pa and so on) and of
    /// MIMIC-CXR (subject_id, study_id) are known, too.
    /// Image paths are relative to the file's folder.
    /// The study defaults to the patient, or else to the image; the patient defaults to the study.
    /// </summary>
    /// <param name="path">The file, separated by commas (or by semicolons or tabs if the header has no comma), in UTF-8, UTF-16 with a byte order
    /// mark, or Latin-1, optionally gzipped.</param>
    /// <param name="columns">Custom headers; <see langword="null"/> for the usual ones.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, is not text, has no image or annotation column, or lacks a column that
    /// <paramref name="columns"/> names.</exception>
    /// <exception cref="ArgumentException">A header in <paramref name="columns"/> is empty.</exception>
    public IDataView LoadCsv(string path, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        columns ??= TableColumns.Usual;
        columns.Check();
        return LoadRecords(CsvRecordReader.Read(path, columns, _context));
    }

    /// <summary>
    /// Loads a Parquet file with the columns of <see cref="LoadCsv"/>, as text or numbers; missing values are empty. Lists and nested columns are
    /// not read. Image paths are relative to the file's folder.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Custom headers; <see langword="null"/> for the usual ones.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a Parquet file, is damaged, has no image or annotation column, or lacks a column that
    /// <paramref name="columns"/> names.</exception>
    /// <exception cref="ArgumentException">A header in <paramref name="columns"/> is empty.</exception>
    public IDataView LoadParquet(string path, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        columns ??= TableColumns.Usual;
        columns.Check();
        return LoadRecords(CsvRecordReader.ReadParquet(path, columns, _context));
    }

    /// <summary>
    /// Loads free-text reports, with or without images, for <c>MineReports</c>: one row for each distinct report, with StudyId, Findings, Impression
    /// and, if the report is annotated, Mesh (otherwise empty). They come from the report archive of the Open-i collection (.tgz, .tar) or the folder
    /// of its XML files, or from a CSV file with a column <c>findings</c> (or section_findings, report, text, report_text), <c>impression</c> (or
    /// section_impression) or both; study (or studyid, study_id, report_id, id, image, path), language and annotation (or mesh) are used if present,
    /// and last_paragraph for a report whose findings and impression are empty. In tables of CheXpert Plus deid_patient_id and
    /// patient_report_date_order are the study. Whole reports are split at their headings (<see cref="ReportParts"/>). Rows without text are skipped
    /// with a warning.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="columns">Custom headers: <see cref="TableColumns.Findings"/>, <see cref="TableColumns.Impression"/>,
    /// <see cref="TableColumns.Study"/> and <see cref="TableColumns.Annotation"/> are used; <see langword="null"/> for the usual ones.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no column of report text, lacks a column that <paramref name="columns"/> names, or has no
    /// report.</exception>
    /// <exception cref="ArgumentException">A header in <paramref name="columns"/> is empty, or headers are given for an archive, which has no
    /// columns.</exception>
    public IDataView LoadReports(string path, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        columns ??= TableColumns.Usual;
        columns.Check();
        return LoadRecords(ReportReader.Read(path, columns, _context));
    }

    /// <summary>As <see cref="LoadReports"/>, with all rows and their other columns, so that what is mined can be written beside them.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="columns">Custom headers, as for <see cref="LoadReports"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no column of report text, lacks a column that <paramref name="columns"/> names, or has no
    /// report.</exception>
    /// <exception cref="ArgumentException">A header in <paramref name="columns"/> is empty, or headers are given for an archive, which has no
    /// columns.</exception>
    public ReportTable ReadReports(string path, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        columns ??= TableColumns.Usual;
        columns.Check();
        return ReportReader.ReadTable(path, columns, _context);
    }

    /// <summary>A view of rows in memory.</summary>
    public IDataView LoadRecords(IEnumerable<RadiographRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        return _context.Data.LoadFromEnumerable(records);
    }

    /// <summary>
    /// Splits by study: no study is on two sides, and every pattern of headings has about its share on each side (to within the images of one study,
    /// if it is frequent enough for every side to get one). The split depends on the seed and the set of studies, not on their order or on the
    /// context.
    /// </summary>
    /// <param name="view">The rows.</param>
    /// <param name="validation">The share of the rows to validate on, 0 to below 1.</param>
    /// <param name="test">The share of the rows to test on, 0 to below 1; its sum with <paramref name="validation"/> must be below 1.</param>
    /// <param name="groupColumnName">The column (text or key) whose equal values stay together: the study, or the patient.</param>
    /// <param name="labelColumnName">The column (text in the MeSH grammar, or a key) to stratify by: for text, by the set of headings, without their
    /// qualifiers.</param>
    /// <param name="seed">The seed that determines the split.</param>
    /// <exception cref="InvalidOperationException">The view is empty, a row has no group, or there are fewer groups than sides.</exception>
    public StudySplit SplitByStudy(
        IDataView view,
        double validation = 0.1,
        double test = 0.1,
        string groupColumnName = "StudyId",
        string labelColumnName = "Mesh",
        int seed = 0
    )
    {
        CheckShare(validation, nameof(validation));
        CheckShare(test, nameof(test));
        if (validation + test >= 1)
            throw new ArgumentOutOfRangeException(
                nameof(test),
                test,
                ErrorCode.OptionOutOfRange.Message(
                    $"validation and test together must be below 1, so that rows to train on remain; they are {validation + test}."
                )
            );
        (string[] groups, string[] labels) = GroupsAndLabels(view, groupColumnName, labelColumnName);
        Dictionary<string, int> part = StudySplitter.Assign(groups, labels, [1 - validation - test, validation, test], seed);
        int[] sizes = [.. Enumerable.Range(0, 3).Select(side => groups.Count(group => part[group] == side))];
        Log(
            $"{groups.Length} rows of {part.Count} groups of '{groupColumnName}': {sizes[0]} rows to train on, {sizes[1]} to validate on, "
                + $"{sizes[2]} to test on."
        );
        return new StudySplit(Side(0), Side(1), Side(2));

        SelectedRowsView Side(int side) => new(view, groupColumnName, Chosen(part, side));
    }

    /// <summary>
    /// Splits for cross-validation by study (or patient): every group is on the test side of exactly one fold, and the other rows of each fold are
    /// split into train and validation, also by group.
    /// </summary>
    /// <param name="view">The rows.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="validation">The share of the rows outside a fold's test side to validate on, 0 to below 1.</param>
    /// <param name="groupColumnName">The column (text or key) whose equal values stay together: the study, or the patient.</param>
    /// <param name="labelColumnName">The column to stratify by, as in <see cref="SplitByStudy"/>.</param>
    /// <param name="seed">The seed that determines the folds.</param>
    /// <exception cref="InvalidOperationException">The view is empty, a row has no group, or there are fewer groups than folds and sides
    /// need.</exception>
    public IReadOnlyList<StudySplit> CrossValidationSplitByStudy(
        IDataView view,
        int folds = 5,
        double validation = 0.1,
        string groupColumnName = "StudyId",
        string labelColumnName = "Mesh",
        int seed = 0
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        CheckShare(validation, nameof(validation));
        (string[] groups, string[] labels) = GroupsAndLabels(view, groupColumnName, labelColumnName);
        Dictionary<string, int> fold = StudySplitter.Assign(groups, labels, [.. Enumerable.Repeat(1.0 / folds, folds)], seed);
        Log($"{groups.Length} rows of {fold.Count} groups of '{groupColumnName}' in {folds} folds.");
        return [.. Enumerable.Range(0, folds).Select(Split)];

        StudySplit Split(int k)
        {
            int[] rest = [.. Enumerable.Range(0, groups.Length).Where(row => fold[groups[row]] != k)];
            Dictionary<string, int> part = StudySplitter.Assign(
                [.. rest.Select(row => groups[row])],
                [.. rest.Select(row => labels[row])],
                [1 - validation, validation],
                unchecked(seed + k + 1)
            );
            return new StudySplit(Side(Chosen(part, 0)), Side(Chosen(part, 1)), Side(Chosen(fold, k)));
        }

        SelectedRowsView Side(IReadOnlySet<string> chosen) => new(view, groupColumnName, chosen);
    }

    /// <summary>
    /// Splits by a column with the values train, val (or valid, validation, dev) or test, in any case. Rows with other values are on no side, with a
    /// warning. A study or patient on two sides causes a warning, too.
    /// </summary>
    /// <param name="view">The rows.</param>
    /// <param name="columnName">The text column.</param>
    /// <exception cref="InvalidOperationException">No row has the value train.</exception>
    public StudySplit SplitByColumn(IDataView view, string columnName = "Split")
    {
        ArgumentNullException.ThrowIfNull(view);
        Dictionary<string, int> counts = NameColumn
            .ReadAll(view, NameColumn.Find(view.Schema, columnName))
            .GroupBy(row => row[0], StringComparer.Ordinal)
            .ToDictionary(value => value.Key, value => value.Count(), StringComparer.Ordinal);
        Dictionary<string, int> side = counts.Keys.ToDictionary(value => value, SplitSide.Of, StringComparer.Ordinal);
        if (!side.ContainsValue(0))
        {
            IEnumerable<string> values = counts.Keys.Order(StringComparer.Ordinal).Take(10).Select(value => $"'{value}'");
            string found = counts.Count == 0 ? ": the view is empty" : $". Values found: {string.Join(", ", values)}";
            throw new InvalidOperationException(
                ErrorCode.SplitEmpty.Message($"No row has the value 'train' in the column '{columnName}'{found}.")
            );
        }

        int outside = counts.Where(value => side[value.Key] < 0).Sum(value => value.Value);
        using IChannel channel = ((IChannelProvider)_context).Start("Split");
        if (outside > 0)
            channel.Warning(
                MessageSensitivity.UserData,
                $"{Plural.Of(outside, "row says", "rows say")} neither train, val nor test in the column '{columnName}' and "
                    + $"{(outside == 1 ? "is" : "are")} on no side of the split."
            );
        foreach (string group in (string[])[nameof(RadiographRecord.StudyId), nameof(RadiographRecord.PatientId)])
        {
            if (view.Schema.GetColumnOrNull(group)?.Type is not TextDataViewType)
                continue;
            int shared = NameColumn
                .ReadAll(view, NameColumn.Find(view.Schema, group), NameColumn.Find(view.Schema, columnName))
                .Where(row => row[0].Length > 0 && side[row[1]] >= 0)
                .GroupBy(row => row[0], row => side[row[1]], StringComparer.Ordinal)
                .Count(sides => sides.Distinct().Skip(1).Any());
            if (shared > 0)
                channel.Warning(
                    MessageSensitivity.UserData,
                    $"{Plural.Of(shared, $"value of '{group}' is", $"values of '{group}' are")} on more than one side of the split in the column "
                        + $"'{columnName}': figures on it will be too optimistic. SplitByStudy keeps them together."
                );
        }

        return new StudySplit(Side(0), Side(1), Side(2));

        SelectedRowsView Side(int which) => new(view, columnName, Chosen(side, which));
    }

    private void Log(string text)
    {
        using IChannel channel = ((IChannelProvider)_context).Start("Split");
        channel.Info(MessageSensitivity.None, text);
    }

    private static HashSet<string> Chosen(Dictionary<string, int> part, int which) =>
        part.Where(group => group.Value == which).Select(group => group.Key).ToHashSet(StringComparer.Ordinal);

    private static (string[] Groups, string[] Labels) GroupsAndLabels(IDataView view, string groupColumnName, string labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(view);
        List<string[]> rows = NameColumn.ReadAll(view, NameColumn.Find(view.Schema, groupColumnName), NameColumn.Find(view.Schema, labelColumnName));
        if (rows.Count == 0)
            throw new InvalidOperationException(
                ErrorCode.CannotSplit.Message(
                    "The view has no rows, so there is nothing to split. Were all rows skipped while loading? The log's warnings name them."
                )
            );
        int nameless = rows.Count(row => row[0].Length == 0);
        if (nameless > 0)
            throw new InvalidOperationException(
                ErrorCode.CannotSplit.Message(
                    $"{Plural.Of(nameless, "row has", "rows have")} no value in the column '{groupColumnName}', so it is not known which rows "
                        + $"belong together. Fill it, or name another group column."
                )
            );
        return ([.. rows.Select(row => row[0])], [.. rows.Select(row => HeadingPattern(row[1]))]);
    }

    /// <summary>The set of headings of an annotation, without their qualifiers.</summary>
    internal static string HeadingPattern(string mesh) =>
        string.Join(
            '|',
            mesh.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(term => term.Split('/', 2)[0].Trim().ToLowerInvariant())
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    private static void CheckShare(double share, string name)
    {
        if (share is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(
                name,
                share,
                ErrorCode.OptionOutOfRange.Message($"{name} is a share of the rows: 0 or more, below 1.")
            );
    }
}
