using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Trains, loads and measures recurrent cascades.</summary>
internal sealed class CascadeRuns : ICascadeRuns
{
    private const string FiguresFile = "cross-validation.json";

    public TrainReport Train(TrainSettings settings, Session session, CancellationToken cancellation) =>
        new CascadeTraining(settings, session, cancellation).Run().Report;

    public IFileAnnotator OpenAnnotator(AnnotateSettings settings, Session session) => ModelAnnotator.Open(settings, session);

    public EvaluationReport Evaluate(EvaluateSettings settings, Session session, CancellationToken cancellation)
    {
        MLContext context = session.CreateContext(compute: settings.Compute);
        ChestXrayCatalog cxr = context.ChestXray();
        using RecurrentCascadeTransformer trainedCascade = cxr.LoadCascade(settings.Run, settings.Compute.Device);
        using TorchThreads threads = TorchThreads.Use(settings.Compute.Threads);
        LoadRadiographsOptions loading = settings.Reading.Apply(trainedCascade.Loading);
        using RecurrentCascadeTransformer cascade = trainedCascade.WithLoading(loading);
        using RecurrentCascadeTransformer? trainedControl = Directory.Exists(RunFolder.Control(settings.Run))
            ? cxr.LoadCascade(RunFolder.Control(settings.Run), settings.Compute.Device)
            : null;
        using RecurrentCascadeTransformer? control = trainedControl?.WithLoading(loading);
        (string side, IReadOnlyList<RadiographRecord> rows) = AnnotationTable.Read(context, settings.Data, settings.Table).ToMeasure(settings.Split);
        TrainedRows? trained = File.Exists(RunFolder.TrainingRows(settings.Run))
            ? TrainedRows.Read(
                context,
                RunFolder.TrainingRows(settings.Run),
                settings.IdentifierKey is { } secret ? IdentifierKey.Read(secret) : null
            )
            : null;
        IReadOnlyList<GroupColumn> groups = CaseGroups.Of(context, settings.Data, settings.Table, rows, settings.By);
        GroupColumn? by = settings.By.Count > 0 ? groups[0] : null;
        CascadeMeasurement measured = CascadeMeasurement.Measure(
            context,
            cascade,
            control,
            cxr.Data.LoadRecords(rows),
            trained is null ? null : cxr.Data.LoadRecords(trained.For(rows)),
            by?.Name,
            by is null or { Name: "Source" or "View" } ? null : row => by.Values[row],
            session.Progress,
            cancellation
        );
        session.IsIncomplete = measured.Images < rows.Count;
        string[] notes = [.. Notes(rows, trained, measured)];
        string what = side == "all" ? "images" : $"{side} images";
        if (settings.Report is { } files)
        {
            IReadOnlyDictionary<int, IReadOnlyList<HeatMap>> maps = ExplainedCases.Of(
                cascade,
                measured,
                rows,
                settings.Compute.Threads,
                session.Progress,
                cancellation
            );
            using ProgressStep step = session.Progress.Begin("Writing the report", 1, "page");
            IReadOnlyList<GroupColumn> shown = settings.WithNames ? groups : [.. groups.Select(column => column.WithoutNames())];
            CascadeMeasurement told = settings.WithNames ? measured : measured.WithoutNames();
            files.Write(
                EvaluationPage.Of(
                    told,
                    MeasuredCases.Of(told, rows, shown, loading.Fit, settings.WithNames, maps),
                    shown,
                    (
                        "Evaluation: reading chest radiographs",
                        $"The model read {Amount.Of(measured.Images, "radiograph", "radiographs")} of "
                            + $"{Amount.Of(measured.Studies, "study", "studies")}"
                            + (side is "test" or "val" ? $", the {(side == "val" ? "validation" : side)} part of the table." : " of the table.")
                    ),
                    measured.Describe(context, cascade, cancellation),
                    MeasurementTables.Of(told, what),
                    notes,
                    cancellation
                )
            );
            step.Report(1);
        }
        return new EvaluationReport(
            measured.Images,
            measured.Studies,
            MeasurementTables.Of(measured, what),
            notes
        )
        {
            Document = MeasurementDocument.Of(
                measured,
                notes,
                new JsonObject
                {
                    ["run"] = settings.Run,
                    ["data"] = settings.Data,
                    ["split"] = side == "val" ? "validation" : side,
                }
            ),
        };
    }

    public CrossValidationReport CrossValidate(TrainSettings settings, int folds, Session session, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        MLContext context = session.CreateContext(settings.Seed, compute: settings.Compute);
        ChestXrayCatalog cxr = context.ChestXray();
        OutputPath.ClaimFolder(
            settings.Out,
            "--out",
            name => name == FiguresFile,
            "the figures of a cross-validation",
            settings.Force,
            settings.Data
        );
        Directory.CreateDirectory(settings.Out);
        AnnotationTable table = AnnotationTable.Read(context, settings.Data!, settings.Table);
        IDataView rows = cxr.Data.LoadRecords(table.Rows);
        RecurrentCascadeOptions options = TrainingDefaults.Of(settings, table.IsPhantom);
        options = options with { Mining = table.WithStated(options.Mining) };
        CascadeCrossValidation validated;
        using (CascadeProgressSteps steps = new(session.Progress))
        {
            validated = cxr.CrossValidateCascade(
                rows,
                options with
                {
                    ValidationFraction = settings.Validation,
                    Progress = steps,
                    Cancellation = cancellation,
                },
                folds,
                foldStarts: fold => session.Progress.Note($"Training {fold} of {folds}."),
                withControl: settings.Control
            );
        }
        EvaluateOptions measuring = new()
        {
            TrainingData = cxr.MineLabels(options.Mining).Fit(rows).Transform(rows),
            CancellationToken = cancellation,
        };
        IDataView first = validated.Iterations[0],
            last = validated.Iterations[^1];
        int count = validated.Iterations.Count;
        var scored = ScoredRows.Read(last, withWords: true, step: null, cancellation);
        CascadeMeasurement measured = new(
            [.. validated.Iterations.Select(view => cxr.Evaluate(view, measuring))],
            count,
            count > 1 ? cxr.Compare(first, last, measuring) : null,
            scored
        )
        {
            Control = validated.Control is { } control ? CascadeMeasurement.Against(cxr, last, control, measuring) : null,
        };
        string[] notes =
        [
            $"Every image was scored by one of {folds} models, one that has not seen its patient.",
            "The baselines were computed from all rows, including those that were scored, which favours the baselines.",
        ];
        JsonObject document = MeasurementDocument.Of(
            measured.WithoutNames(),
            notes,
            new JsonObject
            {
                ["folds"] = folds,
                ["seconds"] = watch.Elapsed.TotalSeconds,
                ["settings"] = session.Settings.DeepClone(),
            }
        );
        string file = Path.Combine(settings.Out, FiguresFile);
        RunFolder.WriteText(file, CxrJson.Document("cross-validate", document));
        foreach (string note in notes)
            session.Progress.Note(note);
        return new CrossValidationReport(file, MeasurementTables.Of(measured, "images"), document, watch.Elapsed.TotalSeconds);
    }

    public DemoReport Demo(DemoSettings settings, Session session, CancellationToken cancellation)
    {
        TrainSettings training = settings.Training;
        string phantom = Path.Combine(settings.Out, "phantom"),
            table = Path.Combine(phantom, "annotations.csv");
        OutputPath.ClaimFolder(settings.Out, "--out", IsOfDemo, "a demo", training.Force).Clear();
        using (ProgressStep step = session.Progress.Begin("Drawing phantoms", settings.Studies, "studies"))
        {
            session
                .CreateContext()
                .ChestXray()
                .Data.WritePhantom(
                    phantom,
                    new ChestPhantomOptions
                    {
                        Studies = settings.Studies,
                        Size = TrainingDefaults.PhantomSize(training),
                        FindingContrast = TrainingDefaults.DemoFindingContrast,
                        Seed = training.Seed,
                        FindingsPerStudy = training.MultiLabel ? TrainingDefaults.PhantomFindings : 1,
                    },
                    TrainingDefaults.DemoValidation,
                    TrainingDefaults.DemoTest,
                    progress: step,
                    cancellationToken: cancellation
                );
        }
        (TrainReport report, CascadeMeasurement? measured) = new CascadeTraining(
            training with
            {
                Data = table,
                Out = Path.Combine(settings.Out, "run"),
                Control = training.Iterations > 1,
            },
            session,
            cancellation
        ).Run();
        if (measured is null)
            throw new InvalidOperationException(
                ErrorCode.TooFewRows.Message($"{settings.Studies} studies are too few to hold any back for a test. Draw more.")
            );
        string figures = Path.Combine(settings.Out, "evaluation.json");
        string[] notes =
        [
            "These radiographs are phantoms, drawn by a program. They show that the method works on findings whose place, side and severity are "
                + "known because they were drawn; they are no evidence about patients.",
            $"The network saw {report.TrainedRows:N0} training images. This page shows test images that it had not seen.",
            .. ChoiceText.Of(report.Iterations, report.ChosenIteration) is { } choice ? (string[])[choice] : [],
            .. measured.Control is null
                ? (string[])[]
                :
                [
                    "The control is trained like the last iteration, and as long, but without relabeling. What the last iteration reads better than "
                        + "its control is the gain of relabeling by context. The control's lead over iteration 1 is the gain of longer training, and "
                        + "of the annotations' words, which later iterations learn as a second target.",
                ],
        ];
        MLContext quiet = session.CreateContext(quiet: true);
        using RecurrentCascadeTransformer cascade = quiet.ChestXray().LoadCascade(report.Run);
        IReadOnlyList<RadiographRecord> rows = AnnotationTable.Read(quiet, table).ToMeasure("test").Rows;
        IReadOnlyList<GroupColumn> groups = CaseGroups.Of(quiet, table, training.Table, rows, []);
        IReadOnlyDictionary<int, IReadOnlyList<HeatMap>> maps = ExplainedCases.Of(
            cascade,
            measured,
            rows,
            training.Compute.Threads,
            session.Progress,
            cancellation
        );
        ReportFiles files = ReportFiles.Of(settings.Out);
        files.Write(
            EvaluationPage.Of(
                measured,
                // Phantoms are hardly larger than thumbnails.
                MeasuredCases.Of(measured, rows, groups, fit: null, withNames: true, maps),
                groups,
                (
                    "Reading chest radiographs: a demonstration on phantoms",
                    $"A recurrent neural cascade of {report.Iterations.Count} iterations, trained in "
                        + $"{ProgressMeter.FormatTime(TimeSpan.FromSeconds(report.Seconds))} minutes, read {measured.Images:N0} test radiographs "
                        + $"that it had not seen; iteration {measured.Chosen}, chosen on validation images, wrote the annotations."
                ),
                measured.Describe(quiet, cascade, cancellation),
                report.Tables,
                notes,
                cancellation
            )
        );
        RunFolder.WriteText(figures, CxrJson.Document("evaluate", CascadeTraining.Figures(measured, "test", notes[..1])));
        return new DemoReport(report, files.Page, figures);
    }

    private static bool IsOfDemo(string file) =>
        file == "evaluation.json"
        || ReportFiles.InFolder.Contains(file)
        || (file.StartsWith("phantom/", StringComparison.Ordinal) && DataCatalog.IsPhantomFile(file["phantom/".Length..]))
        || (file.StartsWith("run/", StringComparison.Ordinal) && SavedRun.IsOwn(file["run/".Length..]));

    private static IEnumerable<string> Notes(IReadOnlyList<RadiographRecord> rows, TrainedRows? trained, CascadeMeasurement measured)
    {
        if (trained is null)
            yield return $"{Path.GetFileName(RunFolder.TrainingRows(""))} is missing from the run: baselines from the training rows are left out.";
        (int known, int ofPatients) = trained?.Known([.. measured.Scored.Rows.Select(row => rows[row.Index])]) ?? (0, 0);
        if (known > 0)
            yield return $"{known:N0} of the {measured.Images:N0} images were trained on: the figures are too optimistic. Measure on other images.";
        if (ofPatients > 0)
            yield return $"{ofPatients:N0} of the {measured.Images:N0} images are of patients with other images that were trained on: the figures "
                + $"are too optimistic. Measure on other patients.";
        if (trained is { IsLocked: true })
            yield return "The run keeps its training rows under a key: give --identifier-key to check whether images or patients are among them.";
        else if (trained is { KnowsPatients: false } && known == 0)
            yield return "Whether other images of the same patients were trained on cannot be determined: the run was trained without "
                + "--identifier-key.";
        if (measured.Images < rows.Count)
            yield return $"{rows.Count - measured.Images:N0} of {rows.Count:N0} rows are left out: their image could not be read.";
        int unlabelled = measured.IsMultiLabel ? 0 : measured.Scored.Rows.Count(row => row.TrueKey == 0);
        if (unlabelled > 0)
            yield return $"{unlabelled:N0} images have findings that the run has no label for: they count only in the annotation figures.";
        if (measured.Scored.Rows.Count > 0 && measured.Scored.Rows.All(row => row.Source == "phantom"))
            yield return "Phantoms are drawn by a program: no evidence about patients.";
    }
}
