using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Audits a data set: reads every file once, and puts the sections of <see cref="DataAuditReport"/> together.</summary>
internal sealed class DataAuditor
{
    /// <summary>The reader's name of "abnormal or not".</summary>
    internal const string AnyFinding = "any finding";

    /// <summary>A finding is looked for by readers if it, and its absence, have at least this many rows: fewer say nothing.</summary>
    private const int LeastRows = 10;

    private const int FeatureSide = 224;

    private static readonly string[] _sideNames = ["train", "val", "test"];

    private readonly MLContext _context;
    private readonly DataAuditOptions _options;
    private readonly RadiographRecord[] _rows;
    private readonly string[] _sides;
    private readonly string[] _patients;
    private readonly MiningRule _rule;
    private readonly RowFindings?[] _findings;
    private readonly RadiographFormat _format;

    internal DataAuditor(MLContext context, IDataView data, DataAuditOptions options)
    {
        (_context, _options) = (context, options);
        _rows = [.. context.Data.CreateEnumerable<RadiographRecord>(data, reuseRowObject: false, ignoreMissingColumns: true)];
        if (_rows.Length == 0)
            throw new InvalidOperationException(
                ErrorCode.NoUsableRow.Message("The view has no rows, so there is nothing to audit. The log's warnings name rows that were skipped.")
            );
        _sides = [.. _rows.Select(row => SplitSide.Of(row.Split) is >= 0 and int side ? _sideNames[side] : "")];
        _patients =
        [
            .. _rows.Select(row =>
                row.PatientId.Length > 0 ? row.PatientId
                : row.StudyId.Length > 0 ? row.StudyId
                : row.ImagePath
            ),
        ];
        _rule = MiningRule.Of(options.Mining);
        _findings = [.. _rows.Select(row => _rule.Read(row.Mesh, row.MeshTop, null))];
        _format = options.Loading.Format;
    }

    internal DataAuditReport Audit()
    {
        (AuditedRadiograph?[] images, List<UnreadableRow> unreadable) = ReadImages();
        IReadOnlyList<CopiedPicture> copies = FindCopies(images, out int[] picture);
        IReadOnlyList<AnnotationConflict> conflicts = Conflicts(copies);
        (IReadOnlyList<AuditedClass> classes, int without) = Classes();
        SharedPatient[] shared =
        [
            .. Enumerable
                .Range(0, _rows.Length)
                .Where(row => _sides[row].Length > 0)
                .GroupBy(row => _patients[row], StringComparer.Ordinal)
                .Select(patient => new SharedPatient(
                    patient.Key,
                    [.. patient.Select(row => _sides[row]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    [.. patient]
                ))
                .Where(patient => patient.Sides.Count > 1)
                .OrderBy(patient => patient.Patient, StringComparer.Ordinal),
        ];
        ConfoundedColumn[] columns = Columns(images);
        (IReadOnlyList<ShortcutReader> readers, IReadOnlyList<LabelSuspect> suspects, int read) = Readers(images, picture);
        DataAuditReport report = new()
        {
            Rows = _rows.Length,
            Readable = images.Count(image => image is not null),
            Patients = _patients.Distinct(StringComparer.Ordinal).Count(),
            Findings = [],
            Classes = classes,
            MinimumCases = _options.Mining.MinimumCases,
            RowsWithoutClass = without,
            UnreadableRows = unreadable,
            Copies = copies,
            Conflicts = conflicts,
            SharedPatients = shared,
            Columns = columns,
            Readers = readers,
            ReadRows = read,
            Suspects = suspects,
        };
        return report with { Findings = AuditSummary.Of(report) };
    }

    private (AuditedRadiograph?[] Images, List<UnreadableRow> Unreadable) ReadImages()
    {
        var images = new AuditedRadiograph?[_rows.Length];
        string?[] problems = new string?[_rows.Length];
        int done = 0;
        VipsRuntime.EnsureLoaded();
        Parallel.For(
            0,
            _rows.Length,
            new ParallelOptions { CancellationToken = _options.Cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
            {
                string path = _format.PathOf(_rows[i].ImagePath);
                try
                {
                    images[i] = AuditedRadiograph.Read(path, _format);
                }
                catch (Exception e) when (e is not NativeRuntimeException)
                {
                    InvalidDataException failure = e as InvalidDataException ?? RadiographReader.Failure(path, e);
                    problems[i] = CxrError.CauseOf(failure).Message(RadiographReader.ReasonIn(failure.Message));
                }

                _options.Progress?.Report(new("radiographs", Interlocked.Increment(ref done), _rows.Length));
            }
        );
        return (
            images,
            [
                .. Enumerable
                    .Range(0, _rows.Length)
                    .Where(i => problems[i] is not null)
                    .Select(i => new UnreadableRow(i, _rows[i].ImagePath, problems[i]!)),
            ]
        );
    }

    /// <summary>Groups of copies; and for each row the first row that shows the same picture.</summary>
    private List<CopiedPicture> FindCopies(AuditedRadiograph?[] images, out int[] picture)
    {
        _options.Progress?.Report(new("copies", 0, 0));
        int[] first = [.. Enumerable.Range(0, images.Length)];
        int[][] identical =
        [
            .. Enumerable
                .Range(0, images.Length)
                .Where(i => images[i] is not null)
                .GroupBy(i => images[i]!.PixelHash, StringComparer.Ordinal)
                .Select(group => group.ToArray()),
        ];
        foreach (int[] group in identical)
        {
            foreach (int member in group)
                first[member] = group[0];
        }

        FoundCopy[] near = [.. CopyFinder.Find([.. identical.Select(group => images[group[0]]!.Thumbnail)], _options.Cancellation)];
        foreach (FoundCopy copy in near)
            Join(identical[copy.First][0], identical[copy.Second][0]);
        int[] root = [.. first.Select((_, i) => Root(i))];
        picture = root;
        ILookup<int, FoundCopy> byRoot = near.ToLookup(copy => root[identical[copy.First][0]]);
        return
        [
            .. Enumerable
                .Range(0, images.Length)
                .Where(i => images[i] is not null)
                .GroupBy(i => root[i])
                .Where(group => group.Skip(1).Any())
                .Select(group => Describe([.. group], [.. byRoot[group.Key]])),
        ];

        int Root(int i)
        {
            while (first[i] != i)
                i = first[i];
            return i;
        }

        void Join(int one, int other)
        {
            (int a, int b) = (Root(one), Root(other));
            (first[Math.Max(a, b)], first[Math.Min(a, b)]) = (Math.Min(a, b), Math.Min(a, b));
        }
    }

    private CopiedPicture Describe(int[] rows, FoundCopy[] joined)
    {
        string[] sides = [.. rows.Select(row => _sides[row]).Where(side => side.Length > 0).Distinct(StringComparer.Ordinal)];
        float crop = joined.Length == 0 ? 0 : joined.Max(copy => copy.Match.Geometry.Largest);
        string[] differences =
        [
            .. crop >= 0.015f ? (string[])[FormattableString.Invariant($"cropped by up to {100 * crop:F0} % at a side")] : [],
            .. joined.Any(copy => copy.Match.Geometry.IsMirrored) ? (string[])["mirrored"] : [],
            .. joined.Any(copy => copy.Match.Correlation < 0) ? (string[])["a negative"] : [],
            .. joined.Length > 0 && crop < 0.015f && joined.All(copy => !copy.Match.Geometry.IsMirrored && copy.Match.Correlation > 0)
                ? (string[])["stored again"]
                : [],
        ];
        return new(
            joined.Length == 0 ? CopyKind.Identical : CopyKind.NearDuplicate,
            [.. rows.Select(Copied)],
            joined.Length == 0 ? 1 : joined.Min(copy => Math.Abs(copy.Match.Correlation)),
            string.Join(", ", differences),
            sides.Length > 1,
            rows.Select(row => _patients[row]).Distinct(StringComparer.Ordinal).Skip(1).Any()
        );
    }

    private CopiedRow Copied(int row) => new(row, _rows[row].ImagePath, _patients[row], _sides[row], _rows[row].Mesh);

    private AnnotationConflict[] Conflicts(IReadOnlyList<CopiedPicture> copies) =>
        [
            .. copies
                .Where(copy => copy.Rows.Select(row => Terms(row.Row)).Distinct(StringComparer.Ordinal).Skip(1).Any())
                .Select(copy => new AnnotationConflict(
                    copy.Rows,
                    copy.Rows.Select(row => _findings[row.Row]?.Pattern ?? "").Distinct(StringComparer.Ordinal).Skip(1).Any()
                ))
                .OrderByDescending(conflict => conflict.IsContradiction),
        ];

    /// <summary>An annotation without regard to the order and the case of its terms.</summary>
    private string Terms(int row) =>
        string.Join(
            '|',
            _rows[row]
                .Mesh.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(term => term.ToLowerInvariant())
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    private (IReadOnlyList<AuditedClass> Classes, int Without) Classes()
    {
        bool several = _options.Mining.Task == LabelTask.MultiLabel;
        HashSet<string>[] classesOf =
        [
            .. _findings.Select(row =>
                row is null ? []
                : several ? row.Terms.ToHashSet(StringComparer.Ordinal)
                : [row.Pattern]
            ),
        ];
        MinedLabels mined = LabelMiner.Mine(_findings.Where((_, i) => _sides[i] != "test"), _options.Mining, _rule.NormalLabel);
        HashSet<string> learnt = [.. mined.Labels.Select(label => label.Name)];
        if (several && _rule.NormalLabel is { } normal)
            learnt.Add(normal);
        AuditedClass[] classes =
        [
            .. classesOf
                .SelectMany((names, row) => names.Select(name => (name, row)))
                .GroupBy(pair => pair.name, pair => pair.row, StringComparer.Ordinal)
                .Select(group => new AuditedClass(
                    group.Key,
                    group.Count(),
                    group.Select(row => _patients[row]).Distinct(StringComparer.Ordinal).Count(),
                    group.Count(row => _sides[row] is "train" or ""),
                    group.Count(row => _sides[row] == "val"),
                    group.Count(row => _sides[row] == "test"),
                    learnt.Contains(group.Key)
                ))
                .OrderByDescending(group => group.Rows)
                .ThenBy(group => group.Name, StringComparer.Ordinal),
        ];
        int without = several
            ? classesOf.Count(names => !names.Any(learnt.Contains))
            : _findings.Count(row => mined.LabelOf(row) < 0);
        return (classes, without);
    }

    private ConfoundedColumn[] Columns(AuditedRadiograph?[] images)
    {
        (string Name, Func<int, string> Value)[] columns =
        [
            (nameof(RadiographRecord.Source), row => _rows[row].Source),
            (nameof(RadiographRecord.View), row => _rows[row].View),
            (
                nameof(RadiographRecord.Manufacturer),
                row => _rows[row].Manufacturer is { Length: > 0 } named ? named : images[row]?.Manufacturer ?? ""
            ),
            (nameof(RadiographRecord.PatientSex), row => _rows[row].PatientSex),
        ];
        int[] known = [.. Enumerable.Range(0, _rows.Length).Where(row => _findings[row] is not null)];
        return
        [
            .. from column in columns
            let values = known.Select(row => column.Value(row)).ToArray()
            where values.Distinct(StringComparer.Ordinal).Skip(1).Any()
            select new ConfoundedColumn(
                column.Name,
                Association.CramersV(values, [.. known.Select(row => _findings[row]!.Pattern)]),
                [
                    .. known
                        .GroupBy(row => column.Value(row), StringComparer.Ordinal)
                        .Select(same =>
                        {
                            IGrouping<string, int> common = same
                                .GroupBy(row => _findings[row]!.Pattern, StringComparer.Ordinal)
                                .OrderByDescending(rows => rows.Count())
                                .ThenBy(rows => rows.Key, StringComparer.Ordinal)
                                .First();
                            int count = same.Count();
                            return new ColumnValue(
                                same.Key,
                                count,
                                (double)same.Count(IsAbnormal) / count,
                                common.Key,
                                (double)common.Count() / count
                            );
                        })
                        .OrderByDescending(value => value.Rows)
                        .ThenBy(value => value.Value, StringComparer.Ordinal),
                ]
            ),
        ];
    }

    private bool IsAbnormal(int row) => _findings[row]!.Pattern != _rule.NormalLabel;

    private (IReadOnlyList<ShortcutReader> Readers, IReadOnlyList<LabelSuspect> Suspects, int Rows) Readers(
        AuditedRadiograph?[] images,
        int[] picture
    )
    {
        string[] groups = Together(picture);
        int[] rows = Sample([.. Enumerable.Range(0, _rows.Length).Where(i => images[i] is not null && _findings[i] is not null)], groups);
        (string Name, bool[] Present)[] targets = [.. Targets(rows)];
        string[] own = [.. rows.Select(row => groups[row])];
        if (targets.Length == 0 || own.Distinct(StringComparer.Ordinal).Count() < 2 * _options.Folds)
            return ([], [], 0);
        Dictionary<string, int> foldOf = StudySplitter.Assign(
            own,
            [.. rows.Select(row => _findings[row]!.Pattern)],
            [.. Enumerable.Repeat(1.0 / _options.Folds, _options.Folds)],
            _options.Seed
        );
        ReaderTrial trial = new(
            own,
            [.. own.Select(group => foldOf[group])],
            _options.Folds,
            [.. targets.Select(target => target.Name)],
            [.. targets.Select(target => target.Present)]
        );
        IReadOnlyList<ReaderInput> inputs = ReaderInput.Of(
            [.. rows.Select(row => images[row]!)],
            [.. rows.Select(row => _rows[row])],
            _options.Pretrained is null ? null : Features(rows)
        );
        (IReadOnlyList<ShortcutReader> readers, IReadOnlyList<double[][]> scores) = trial.Read(inputs, _options);
        int whole = Enumerable.Range(0, inputs.Count).FirstOrDefault(i => inputs[i].Name == ReaderInput.Whole, -1);
        LabelSuspect[] suspects =
            whole < 0
                ? []
                :
                [
                    .. LabelDoubts
                        .Find(trial.Present, [.. scores[whole].Select(logits => logits.Select(x => 1 / (1 + Math.Exp(-x))).ToArray())])
                        .DistinctBy(doubt => doubt.Row)
                        .Take(_options.MaximumSuspects)
                        .Select(doubt => new LabelSuspect(
                            rows[doubt.Row],
                            _rows[rows[doubt.Row]].ImagePath,
                            _rows[rows[doubt.Row]].Mesh,
                            trial.Findings[doubt.Finding],
                            trial.Present[doubt.Finding][doubt.Row],
                            doubt.Probability
                        )),
                ];
        return (readers, suspects, rows.Length);
    }

    /// <summary>Patients, where those who share a picture are one: else a copy would be read by a reader that was fitted to it.</summary>
    private string[] Together(int[] picture)
    {
        Dictionary<string, string> parent = new(StringComparer.Ordinal);
        for (int row = 0; row < _rows.Length; row++)
        {
            string one = Root(_patients[row]),
                other = Root(_patients[picture[row]]);
            if (one != other)
                parent[one] = other;
        }

        return [.. _patients.Select(Root)];

        string Root(string patient)
        {
            while (parent.TryGetValue(patient, out string? next))
                patient = next;
            return patient;
        }
    }

    /// <summary>Whole patients at random, until there are enough rows; in the order of the rows.</summary>
    private int[] Sample(int[] rows, string[] groups)
    {
        if (rows.Length <= _options.MaximumReadImages)
            return rows;
        int[][] patients = [.. rows.GroupBy(row => groups[row], StringComparer.Ordinal).Select(patient => patient.ToArray())];
        Seeds.At(_options.Seed, 3).Shuffle(patients);
        List<int> taken = [];
        foreach (int[] patient in patients.Where(patient => taken.Count + patient.Length <= _options.MaximumReadImages))
            taken.AddRange(patient);
        return [.. taken.Order()];
    }

    private IEnumerable<(string Name, bool[] Present)> Targets(int[] rows)
    {
        bool[] abnormal = [.. rows.Select(IsAbnormal)];
        if (IsEnough(abnormal))
            yield return (AnyFinding, abnormal);
        var terms = rows.SelectMany(row => _findings[row]!.Terms)
            .Where(term => term != _rule.NormalLabel)
            .GroupBy(term => term, StringComparer.Ordinal)
            .OrderByDescending(term => term.Count())
            .ThenBy(term => term.Key, StringComparer.Ordinal)
            .Take(_options.MaximumFindings);
        foreach (var term in terms)
        {
            bool[] present = [.. rows.Select(row => _findings[row]!.Terms.Contains(term.Key))];
            // A set with one finding is the same question twice.
            if (IsEnough(present) && !present.AsSpan().SequenceEqual(abnormal))
                yield return (term.Key, present);
        }
    }

    private bool IsEnough(bool[] present)
    {
        int positives = present.Count(has => has);
        return Math.Min(positives, present.Length - positives) >= Math.Max(LeastRows, 2 * _options.Folds);
    }

    private float[][] Features(int[] rows)
    {
        IDataView view = _context.Data.LoadFromEnumerable(rows.Select(row => _rows[row]));
        LoadRadiographsOptions loading = _options.Loading with
        {
            InputColumnName = nameof(RadiographRecord.ImagePath),
            OutputColumnName = "Image",
            Height = FeatureSide,
            Width = FeatureSide,
            Fit = ImageFit.Squeeze,
        };
        IDataView images = new LoadRadiographsEstimator(_context, loading).Fit(view).Transform(view);
        FeaturizeRadiographsOptions featurize = new() { Pretrained = _options.Pretrained };
        using FeaturizeRadiographsTransformer network = new FeaturizeRadiographsEstimator(_context, featurize, network: null).Fit(images);
        IDataView featured = network.Transform(images);
        DataViewSchema.Column column = featured.Schema[featurize.FeaturesColumnName];
        List<float[]> features = [];
        using DataViewRowCursor cursor = featured.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            _options.Cancellation.ThrowIfCancellationRequested();
            getter(ref value);
            features.Add([.. value.DenseValues().Select(x => float.IsFinite(x) ? x : 0)]);
            _options.Progress?.Report(new("features", features.Count, rows.Length));
        }

        return [.. features];
    }
}
