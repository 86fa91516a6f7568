using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Trains a cascade as a run: splits the rows, writes the run folder, and measures on the held-out rows.</summary>
internal sealed class CascadeTraining
{
    private readonly TrainSettings _settings;
    private readonly Session _session;
    private readonly CancellationToken _cancellation;
    private readonly MLContext _context;
    private readonly ChestXrayCatalog _cxr;

    internal CascadeTraining(TrainSettings settings, Session session, CancellationToken cancellation)
    {
        _settings = settings;
        _session = session;
        _cancellation = cancellation;
        _context = session.CreateContext(settings.Seed, compute: settings.Compute);
        _cxr = _context.ChestXray();
    }

    /// <summary>Called after all checks, when the training begins.</summary>
    internal Action? Begun { get; init; }

    internal (TrainReport Report, CascadeMeasurement? Measured) Run()
    {
        Stopwatch watch = Stopwatch.StartNew();
        string run = _settings.Out;
        CheckpointOptions checkpoints = new()
        {
            Folder = RunFolder.Checkpoints(run),
            EveryEpochs = Math.Max(_settings.Checkpoints, 1),
            Resume = _settings.Resume,
        };
        if (!_settings.Resume && !_settings.Force && checkpoints.HasCheckpoints())
            throw new UsageException(
                ErrorCode.UnfinishedTraining.Message(
                    $"'{run}' holds an unfinished training. Add --resume to continue it, or --force to start over."
                )
            );
        if (_settings.Resume && !checkpoints.HasCheckpoints() && File.Exists(RunFolder.Settings(run)))
            throw new UsageException(
                ErrorCode.NothingToResume.Message(
                    $"'{run}' holds a finished training: there is nothing to resume. Leave out --resume and add --force to train again."
                )
            );
        OutputPath.ClaimFolder(
            run,
            "--out",
            SavedRun.IsOwn,
            "a trained run",
            _settings.Force || _settings.Resume,
            _settings.Data,
            _settings.StartFrom ?? _settings.Pretrained
        );
        if (_settings.Force && !_settings.Resume)
            checkpoints.RemoveCheckpoints();
        AnnotationTable? table = _settings.Data is { } file ? AnnotationTable.Read(_context, file, _settings.Table) : null;
        Sides sides = table is null ? OfPhantom() : OfTable(table);
        string? heldOut =
            sides.Test is not null ? "test"
            : sides.Validation is not null ? "validation"
            : null;
        bool phantom = table?.IsPhantom ?? true;
        RecurrentCascadeOptions options = TrainingDefaults.Of(_settings, phantom);
        if (table is not null)
            options = options with { Mining = table.WithStated(options.Mining) };

        options = options with { Checkpoints = _settings.Checkpoints > 0 || _settings.Resume ? checkpoints : null };
        DiskRoom.Require(
            run,
            options.EstimateDiskSpace() * (_settings.Control ? 2 : 1),
            "the training",
            options.Checkpoints is null ? "" : ", or give --checkpoints 0 to write none"
        );
        IdentifierKey? key = _settings.IdentifierKey is { } secret ? IdentifierKey.Read(secret) : null;
        Begun?.Invoke();
        using EpochLog epochs = EpochLog.Lines(RunFolder.Epochs(checkpoints.Folder), append: _settings.Resume, _session.Progress.Warn);
        using EpochLog? events = _settings.TensorBoard is { } folder ? EpochLog.Events(folder, _session.Progress.Warn) : null;
        RadiographRecord[] trained = [.. Records(sides.Train)];
        RecurrentCascadeTransformer cascade;
        RecurrentCascadeTransformer? control = null;
        IterationClock clock = new();
        IterationSummary[] iterations;
        using (CascadeProgressSteps steps = new(_session.Progress))
        {
            RecurrentCascadeEstimator estimator = _cxr.RecurrentCascade(
                options with
                {
                    ValidationData = sides.Validation,
                    ValidationFraction = 0,
                    Progress = new CombinedProgress(steps, clock),
                    EpochProgress = new EpochLogs(epochs, events),
                    Cancellation = _cancellation,
                }
            );
            cascade = estimator.Fit(sides.Train);
            // Before the control is trained, whose time is not that of an iteration.
            iterations =
            [
                .. cascade.Iterations.Select(i => new IterationSummary(
                    i.Iteration,
                    i.Labels.Count,
                    i.ValidationScore,
                    clock.Seconds(i.Iteration),
                    i.Evidence
                )),
            ];
            if (_settings.Control)
            {
                try
                {
                    control = estimator.FitControl(sides.Train, cascade);
                }
                catch
                {
                    using (cascade)
                    {
                        // With checkpoints the training can be resumed; without, the cascade would be lost.
                        if (options.Checkpoints is null)
                        {
                            Save(null);
                            _session.Progress.Note($"The trained cascade is in '{run}', without its control.");
                        }
                    }
                    throw;
                }
            }
        }
        using (cascade)
        using (control)
        {
            JsonObject document = Save(control);
            CascadeMeasurement? measured = null;
            IReadOnlyList<ResultTable> tables = [];
            JsonObject? evaluation = null;
            if (heldOut is not null)
            {
                measured = CascadeMeasurement.Measure(
                    _context,
                    cascade,
                    control,
                    (sides.Test ?? sides.Validation)!,
                    sides.Train,
                    by: null,
                    groupOf: null,
                    _session.Progress,
                    _cancellation
                );
                string[] notes = sides.Test is not null
                    ? []
                    : ["The epochs and the iteration were chosen by these rows: figures on unseen rows will be lower."];
                tables = MeasurementTables.Of(measured, $"{heldOut} images");
                evaluation = CxrJson.Node("evaluate", Figures(measured, heldOut, notes));
                SavedRun.WriteBeside(run, Path.GetFileName(RunFolder.Evaluation(run)), CxrJson.Text(evaluation) + "\n");
                WriteCases(run, measured, (sides.Test ?? sides.Validation)!, key);
                foreach (string note in notes)
                    _session.Progress.Note(note);
            }
            epochs.Dispose();
            // The model is saved and measured; there is nothing to resume.
            checkpoints.RemoveCheckpoints();
            document.Insert(1, "run", run);
            document.Add("evaluation", evaluation);
            return (
                new TrainReport(run, iterations, cascade.ChosenIteration, tables, watch.Elapsed.TotalSeconds, document)
                {
                    TrainedRows = trained.Length,
                },
                measured
            );
        }

        // The run is put in place as a whole: an earlier one stays until this one is complete.
        JsonObject Save(RecurrentCascadeTransformer? withControl)
        {
            JsonObject document = new()
            {
                ["verb"] = _session.Verb,
                ["settings"] = _session.Settings.DeepClone(),
                ["phantom"] = phantom,
                ["task"] = _settings.MultiLabel ? "multiLabel" : "singleLabel",
                ["trainingRows"] = trained.Length,
                ["heldOut"] = heldOut,
                ["seconds"] = watch.Elapsed.TotalSeconds,
                ["iterations"] = MeasurementDocument.Array(iterations.Select(iteration => iteration.ToJson())),
                ["chosenIteration"] = cascade.ChosenIteration,
                ["iterationChoice"] = CxrJson.Value(options.IterationChoice),
                ["labels"] = CxrJson.Value(cascade.Labels),
                ["rareFindings"] = CxrJson.Value(
                    cascade.RareFindings?.Select(rare => new { finding = rare.Key, images = rare.Value })
                ),
                // By name: a path may name people.
                ["pretrained"] = Path.GetFileName(options.Classifier.Pretrained),
                ["transfer"] = options.Classifier.Pretrained is null ? null : CxrJson.Value(options.Classifier.Transfer.Mode),
                ["optimization"] = CxrJson.Value(
                    new
                    {
                        first = Described(options.Classifier.Optimization),
                        further = Described(options.Refinement ?? options.Classifier.Optimization),
                    }
                ),
                ["environment"] = CxrJson.Value(
                    new
                    {
                        cxrAnnotate = VersionOf(typeof(ChestXrayCatalog)),
                        mlNet = VersionOf(typeof(MLContext)),
                        runtime = Environment.Version.ToString(),
                        processorCount = Environment.ProcessorCount,
                    }
                ),
            };
            string settings = CxrJson.Document("train", document);
            run = new ModelKeeper(_session, _settings.Fallback).Save(
                run,
                place =>
                    cascade.Save(
                        place,
                        beside: folder =>
                        {
                            TrainedRows.Write(RunFolder.TrainingRows(folder), trained, key);
                            RunFolder.WriteText(RunFolder.Settings(folder), settings);
                            epochs.CopyTo(RunFolder.Epochs(folder));
                            withControl?.Save(RunFolder.Control(folder));
                        }
                    )
            );
            return document;
        }
    }

    /// <summary>
    /// The figures on a run's own rows as a document. It is stored in the run's folder, so that it names neither the folder nor the table.
    /// </summary>
    internal static JsonObject Figures(CascadeMeasurement measured, string split, IReadOnlyList<string> notes) =>
        MeasurementDocument.Of(measured.WithoutNames(), notes, new JsonObject { ["split"] = split });

    /// <summary>Keeps what was read in each held-out row, for 'cxr compare'.</summary>
    private void WriteCases(string run, CascadeMeasurement measured, IDataView heldOut, IdentifierKey? key)
    {
        RadiographRecord[] rows = [.. Records(heldOut)];
        CaseTable cases = _cxr.ToCases(
            measured.Scored.ToView(_context),
            TrainedRows.ImageHashes([.. measured.Scored.Rows.Select(row => rows[row.Index])], key)
        );
        SavedRun.WriteBeside(run, Path.GetFileName(RunFolder.Cases(run)), cases.Write);
    }

    private static object Described(OptimizationOptions optimization) =>
        new
        {
            optimization.Epochs,
            optimization.BatchSize,
            optimization.LearningRate,
        };

    private Sides OfPhantom()
    {
        StudySplit split = _cxr.Data.SplitByColumn(
            _cxr.Data.CreatePhantom(
                new ChestPhantomOptions
                {
                    Studies = _settings.PhantomStudies!.Value,
                    Size = TrainingDefaults.PhantomSize(_settings),
                    Seed = _settings.Seed,
                    FindingsPerStudy = _settings.MultiLabel ? TrainingDefaults.PhantomFindings : 1,
                }
            )
        );
        return new Sides(split.Train, Filled(split.Validation), Filled(split.Test));

        static IDataView? Filled(IDataView view)
        {
            using DataViewRowCursor cursor = view.GetRowCursor([]);
            return cursor.MoveNext() ? view : null;
        }
    }

    /// <summary>
    /// The sides that the table defines; missing validation rows are drawn by patient from the training rows. Test rows are never trained on.
    /// </summary>
    private Sides OfTable(AnnotationTable table)
    {
        IReadOnlyList<RadiographRecord> train = table.Side("train"),
            validation = table.Side("val"),
            test = table.Side("test");
        if (train.Count > 0)
        {
            // Warns of studies and patients that are on two sides.
            _cxr.Data.SplitByColumn(_cxr.Data.LoadRecords(table.Rows));
        }
        else if (table.Rows.All(row => row.Split.Length == 0))
        {
            train = table.Rows;
        }
        else
        {
            throw new InvalidDataException(
                ErrorCode.SplitEmpty.Message(
                    $"'{table.Path}' has a column 'split', but no row with the value train. Name the training rows there, or leave the column out to "
                        + $"train on all rows."
                )
            );
        }
        if (validation.Count == 0 && _settings.Validation > 0)
        {
            StudySplit drawn = _cxr.Data.SplitByStudy(
                _cxr.Data.LoadRecords(train),
                _settings.Validation,
                test: 0,
                groupColumnName: "PatientId",
                seed: _settings.Seed
            );
            (train, validation) = ([.. Records(drawn.Train)], [.. Records(drawn.Validation)]);
        }
        return new Sides(_cxr.Data.LoadRecords(train), Filled(validation), Filled(test));

        IDataView? Filled(IReadOnlyList<RadiographRecord> rows) => rows.Count > 0 ? _cxr.Data.LoadRecords(rows) : null;
    }

    private IEnumerable<RadiographRecord> Records(IDataView view) =>
        _context.Data.CreateEnumerable<RadiographRecord>(view, reuseRowObject: false, ignoreMissingColumns: true);

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>The rows by their use; null if there are none.</summary>
    private sealed record Sides(IDataView Train, IDataView? Validation, IDataView? Test);

    /// <summary>Shows progress and measures the time of each iteration, which the stage names identify.</summary>
    private sealed class CombinedProgress(CascadeProgressSteps steps, IterationClock clock) : IProgress<CascadeProgress>
    {
        public void Report(CascadeProgress value)
        {
            clock.Report(value.Stage);
            steps.Report(value);
        }
    }

    /// <summary>The seconds from the first stage of an iteration to the first of the next, or to the end.</summary>
    private sealed class IterationClock
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<int, long> _begun = [];

        internal void Report(string stage)
        {
            long now = Stopwatch.GetTimestamp();
            if (stage.Split(':')[0].Split(' ') is ["iteration", var number] && int.TryParse(number, out int iteration))
                lock (_lock)
                    _begun.TryAdd(iteration, now);
        }

        internal double Seconds(int iteration)
        {
            lock (_lock)
                return _begun.TryGetValue(iteration, out long begun)
                    ? Stopwatch.GetElapsedTime(begun, _begun.GetValueOrDefault(iteration + 1, Stopwatch.GetTimestamp())).TotalSeconds
                    : 0;
        }
    }
}
