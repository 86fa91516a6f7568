// Readers on the same folds, and tables of them; benchmarks/results.sh starts this program once for each reader.
using System.CommandLine;
using CxrAnnotate;
using CxrAnnotate.Results;
using CxrAnnotate.Results.Explaining;
using Microsoft.ML;

var data = new Option<string>("--data") { Description = "The folder of the sets.", Required = true };
var output = new Option<string>("--out") { Description = "The folder of the readings and tables.", Required = true };
var set = new Option<string>("--set")
{
    Description = "The set: a folder of --data with an annotations.csv, or 'phantoms', or 'phantoms-N' with N percent of the training images.",
    Required = true,
};
var reader = new Option<string>("--reader") { Description = "The reader, one of those that 'list' names.", Required = true };
var folds = new Option<int>("--folds") { Description = "The number of folds.", DefaultValueFactory = _ => 5 };
var seed = new Option<int>("--seed") { Description = "The seed of folds, trainings and intervals.", DefaultValueFactory = _ => 0 };
var sets = new Option<string>("--sets") { Description = "Sets, with commas between them.", Required = true };
var readers = new Option<string?>("--readers") { Description = "Readers, with commas between them; all by default." };
var resamples = new Option<int>("--resamples") { Description = "The number of resamples behind each interval.", DefaultValueFactory = _ => 2000 };

var mark = new Option<PhantomMark>("--mark") { Description = "The mark that is planted in phantoms." };
var isNull = new Option<bool>("--null") { Description = "Plant it in every second image, whatever it shows." };
var runs = new Option<int>("--runs") { Description = "The number of runs, with consecutive seeds.", DefaultValueFactory = _ => 1 };

var read = new Command("read", "Trains a reader fold by fold and writes what it read of each fold.") { data, output, set, reader, folds, seed };
read.SetAction(parsed => Read(parsed));
var tables = new Command("tables", "Makes tables of the readings that there are.") { output, sets, readers, resamples, seed };
tables.SetAction(parsed => Tables(parsed));
var fold = new Option<int>("--fold") { Description = "The fold to train, from 1.", DefaultValueFactory = _ => 1 };
var choice = new Command("choice", "Trains one fold and keeps what its two iterations read, to compare ways to choose between them.")
{
    data,
    output,
    set,
    folds,
    fold,
    seed,
};
choice.SetAction(parsed => Choice(parsed));
var choices = new Command("choices", "Makes tables of the folds that 'choice' has trained.") { output, sets, resamples, seed };
choices.SetAction(parsed => Choices(parsed));

var run = new Option<string>("--run") { Description = "A run that 'cxr train' wrote.", Required = true };
var part = new Option<string>("--part") { Description = "The rows of the table: val, test, or all.", DefaultValueFactory = _ => "val" };
var images = new Option<int>("--images") { Description = "The number of phantoms.", DefaultValueFactory = _ => 300 };
var findings = new Option<int>("--findings") { Description = "The largest number of findings of a phantom.", DefaultValueFactory = _ => 1 };
var cells = new Option<int>("--cells") { Description = "Rows and columns of the heat maps.", DefaultValueFactory = _ => 12 };
var name = new Option<string?>("--name")
{
    Description = "The name of the file of cases, or of the rows of a table; the set's or the run's by default.",
};
var located = new Option<string>("--set") { Description = "A set with places: phantoms, nih, nodules, zones.", Required = true };

var explain = new Command("explain", "Explains a run's readings of a set whose findings have known places, and compares the maps with these.")
{
    data,
    output,
    located,
    run,
    part,
    images,
    findings,
    cells,
    seed,
    name,
};
explain.SetAction(parsed => Explain(parsed));
var explained = new Command("explained", "Makes tables of the explained cases that there are.") { output, resamples, seed };
explained.SetAction(parsed => Explained(parsed));

var splits = new Option<int>("--splits") { Description = "The number of random halves.", DefaultValueFactory = _ => 200 };
var several = new Option<bool>("--multi-label") { Description = "Learn every finding of an image, not one label." };
var trust = new Command("trust", "Trains on 70 % of the patients and measures on the others how far readings can be relied on: trust.SET.md.")
{
    data,
    output,
    set,
    splits,
    several,
    seed,
};
trust.SetAction(parsed => Trust(parsed));
var list = new Command("list", "Names the readers.");
var slices = new Command("slices", "Plants a shortcut in phantoms and looks for it by error slices; one line of JSON for each run.")
{
    mark,
    isNull,
    seed,
    runs,
};
slices.SetAction(parsed =>
{
    var experiment = new SliceExperiment(parsed.GetValue(mark), parsed.GetValue(isNull));
    for (int k = 0; k < parsed.GetValue(runs); k++)
        Console.WriteLine(experiment.Run(parsed.GetValue(seed) + k).ToJson());
});
var files = new Argument<string[]>("FILE") { Description = "What 'slices' wrote.", Arity = ArgumentArity.OneOrMore };
var sliceTable = new Command("slice-table", "Makes a table of the runs of 'slices'.") { files };
sliceTable.SetAction(parsed => Console.Write(SliceTable.Of(parsed.GetValue(files)!.SelectMany(File.ReadLines).Select(SliceRun.OfJson))));
var table = new Option<string>("--table") { Description = "The table that it was trained on.", Required = true };
var split = new Option<string>("--split") { Description = "The part whose images look for others.", DefaultValueFactory = _ => "test" };
var neighbours = new Command("neighbours", "Precision at 10 of the nearest training images, by context vectors and by features.")
{
    name,
    run,
    table,
    split,
    resamples,
    seed,
};
neighbours.SetAction(parsed =>
    Console.Write(
        new NeighbourExperiment(
            parsed.GetValue(name) ?? parsed.GetValue(run)!,
            parsed.GetValue(run)!,
            parsed.GetValue(table)!,
            parsed.GetValue(split)!
        ).Run(parsed.GetValue(resamples), parsed.GetValue(seed))
    )
);
list.SetAction(_ => Console.WriteLine(string.Join('\n', AllReaders.List.Select(one => one.Name))));

try
{
    return new RootCommand("Reads sets of radiographs by several readers on the same folds.")
    {
        read,
        tables,
        choice,
        choices,
        explain,
        explained,
        slices,
        sliceTable,
        neighbours,
        trust,
        list,
    }
        .Parse(args)
        .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

void Read(ParseResult parsed)
{
    IReader chosen = AllReaders.Of(parsed.GetValue(reader)!);
    string name = parsed.GetValue(set)!,
        folder = parsed.GetValue(output)!;
    (MLContext context, FoldedSet folded) = Open(parsed);
    if (!chosen.CanRead(folded))
    {
        Console.Error.WriteLine($"{name}: there is nothing that '{chosen.Name}' reads.");
        return;
    }

    (IReadOnlyList<ReaderOutput> outputs, ReadingCost cost) = ReadingCost.Of(() => chosen.Read(context, folded));
    Directory.CreateDirectory(folder);
    string path = ReadingsFile.PathOf(folder, name, chosen.Name);
    new ReadingsFile
    {
        Set = name,
        Reader = chosen.Name,
        Folds = folded.Folds,
        Seed = folded.Seed,
        Cases = [.. folded.Cases],
        Outputs = [.. outputs],
        Cost = cost,
    }.Write(path);
    Console.Error.WriteLine($"{path}: {cost.Seconds:F0} s, {cost.PeakMemoryBytes / 1e6:F0} MB.");
}

(MLContext Context, FoldedSet Folded) Open(ParseResult parsed)
{
    string name = parsed.GetValue(set)!;
    int ofSeed = parsed.GetValue(seed);
    var context = new MLContext(ofSeed);
    context.Log += (_, log) =>
    {
        if (log.Kind >= Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            Console.Error.WriteLine(log.Message);
    };
    FoldedSet folded = PhantomPart(name) is { } part
        ? FoldedSet.Draw(context, parsed.GetValue(folds), OfDemo(ofSeed), part, minimumCases: 15)
        : FoldedSet.Load(context, Path.Combine(parsed.GetValue(data)!, name, "annotations.csv"), parsed.GetValue(folds), ofSeed);
    return (context, folded);
}

void Choice(ParseResult parsed)
{
    string name = parsed.GetValue(set)!,
        folder = parsed.GetValue(output)!;
    int ofFold = parsed.GetValue(fold);
    (MLContext context, FoldedSet folded) = Open(parsed);
    RecurrentCascadeOptions options = folded.Draws is null ? RecurrentCascadeOptions.FromImageNet : RecurrentCascadeOptions.ForPhantoms;
    (ChoiceFold trained, ReadingCost cost) = ReadingCost.Of(() => ChoiceFold.Train(context, name, folded, ofFold, options));
    Directory.CreateDirectory(folder);
    string path = ChoiceFold.PathOf(folder, name, folded.Seed, ofFold);
    trained.Write(path);
    Console.Error.WriteLine($"{path}: {cost.Seconds:F0} s.");
}

void Choices(ParseResult parsed)
{
    string folder = parsed.GetValue(output)!;
    ChoiceFold[] files =
    [
        .. parsed
            .GetValue(sets)!
            .Split(',')
            .SelectMany(name => Directory.GetFiles(folder, $"{name}.choice-*.json").Order(StringComparer.Ordinal))
            .Select(ChoiceFold.Read),
    ];
    if (files.Length == 0)
        throw new InvalidDataException($"'{folder}' has no trained folds of these sets.");
    string path = Path.Combine(folder, "choices.md");
    DurableFile.WriteText(path, ChoiceTables.Of(files, parsed.GetValue(resamples), parsed.GetValue(seed)));
    Console.Error.WriteLine($"{path}: {files.Length} trainings.");
}

void Trust(ParseResult parsed)
{
    string name = parsed.GetValue(set)!,
        folder = parsed.GetValue(output)!,
        root = parsed.GetValue(data)!;
    int ofSeed = parsed.GetValue(seed);
    bool multi = parsed.GetValue(several);
    var context = new MLContext(ofSeed);
    ChestXrayCatalog cxr = context.ChestXray();
    bool phantoms = name == "phantoms";
    IDataView rows = phantoms
        ? cxr.Data.CreatePhantom(OfDemo(ofSeed) with { Studies = 3000, FindingsPerStudy = multi ? 3 : 1 }, validation: 0, test: 0)
        : cxr.Data.LoadRecords([
            .. context
                .Data.CreateEnumerable<RadiographRecord>(cxr.Data.Load(Path.Combine(root, name, "annotations.csv")), reuseRowObject: false)
                .Where(record => record.Mesh.Length > 0),
        ]);
    RecurrentCascadeOptions options = phantoms ? RecurrentCascadeOptions.ForPhantoms : RecurrentCascadeOptions.ForRadiographs;
    options = options with
    {
        Iterations = 1,
        Mining = options.Mining with
        {
            MinimumCases = 15,
            Task = multi ? LabelTask.MultiLabel : LabelTask.SingleLabel,
        },
    };
    // Other parts of the body, where there are files of them (pydicom's test files).
    string[] slices = [.. ((string[])["CT_small.dcm", "MR_small.dcm"]).Select(file => Path.Combine(root, "dicom", file)).Where(File.Exists)];
    string text = new TrustMeasurement(context, parsed.GetValue(splits), ofSeed).Of(
        multi ? $"{name}, multi-label" : name,
        rows,
        phantoms ? nameof(RadiographRecord.StudyId) : nameof(RadiographRecord.PatientId),
        options,
        [("a slice of CT and one of MR", slices)]
    );
    Directory.CreateDirectory(folder);
    string path = Path.Combine(folder, $"trust.{name}{(multi ? ".multi" : "")}.md");
    DurableFile.WriteText(path, text);
    Console.Error.WriteLine(path);
}

// The phantoms of cxr demo.
static ChestPhantomOptions OfDemo(int seed) =>
    new()
    {
        Studies = 4000,
        Size = 96,
        FindingContrast = 1.25,
        Seed = seed,
    };

// The part of the training images in the name of a set of phantoms; null for another set.
static double? PhantomPart(string set) =>
    set == "phantoms" ? 1
    : set.StartsWith("phantoms-", StringComparison.Ordinal) && int.TryParse(set["phantoms-".Length..], out int percent) && percent is > 0 and <= 100
        ? percent / 100.0
    : null;

void Tables(ParseResult parsed)
{
    string folder = parsed.GetValue(output)!;
    string[] named = parsed.GetValue(readers)?.Split(',') ?? [.. AllReaders.List.Select(one => one.Name)];
    ReadingsFile[] files =
    [
        .. parsed
            .GetValue(sets)!
            .Split(',')
            .SelectMany(name => named.Select(one => ReadingsFile.PathOf(folder, name, AllReaders.Of(one).Name)))
            .Where(File.Exists)
            .Select(ReadingsFile.Read),
    ];
    if (files.Length == 0)
        throw new InvalidDataException($"'{folder}' has no readings of these sets and readers.");
    string path = Path.Combine(folder, "results.md");
    DurableFile.WriteText(path, ResultTables.Of(files, parsed.GetValue(resamples), parsed.GetValue(seed)));
    Console.Error.WriteLine($"{path}: {files.Length} readings.");
}

void Explain(ParseResult parsed)
{
    string folder = parsed.GetValue(output)!,
        chosen = parsed.GetValue(located)!,
        from = parsed.GetValue(data)!,
        path = Path.Combine(folder, (parsed.GetValue(name) ?? chosen) + ExplainedFile.Suffix);
    string? split = parsed.GetValue(part) == "all" ? null : parsed.GetValue(part);
    int ofSeed = parsed.GetValue(seed);
    var context = new MLContext(ofSeed);
    Directory.CreateDirectory(folder);
    string drawn = Directory.CreateTempSubdirectory("phantoms-").FullName;
    try
    {
        LocatedImage[] found =
        [
            .. chosen switch
            {
                // Drawn by another seed than those that the demo trains on.
                "phantoms" => LocatedSets.Phantoms(
                    drawn,
                    OfDemo(unchecked(ofSeed + 7_000_001)) with
                    {
                        Studies = parsed.GetValue(images),
                        FindingsPerStudy = parsed.GetValue(findings),
                    }
                ),
                "nih" => LocatedSets.Nih(context, Path.Combine(from, "nih"), split),
                "nodules" => LocatedSets.Nodules(context, Path.Combine(from, "context"), split),
                "zones" => LocatedSets.BrixiaZones(context, Path.Combine(from, "context"), split),
                _ => throw new ArgumentException($"'{chosen}' has no places: give phantoms, nih, nodules or zones."),
            },
        ];
        using var test = new ExplanationTest(context, parsed.GetValue(run)!, parsed.GetValue(cells), ofSeed);
        ExplainedCase[] cases = [.. found.SelectMany((image, index) => test.Of(image, index))];
        if (cases.Length == 0)
            throw new InvalidDataException($"'{chosen}' has no image with a finding that the run knows.");
        new ExplainedFile(chosen, parsed.GetValue(cells), test.SecondsPerImage(found.Length), cases).Write(path);
        Console.Error.WriteLine($"{path}: {cases.Length} maps of {found.Length} images.");
    }
    finally
    {
        Directory.Delete(drawn, recursive: true);
    }
}

void Explained(ParseResult parsed)
{
    string folder = parsed.GetValue(output)!;
    ExplainedFile[] files =
    [
        .. Directory.EnumerateFiles(folder, "*" + ExplainedFile.Suffix).Order(StringComparer.Ordinal).Select(ExplainedFile.Read),
    ];
    if (files.Length == 0)
        throw new InvalidDataException($"'{folder}' has no explained cases.");
    string path = Path.Combine(folder, "explained.md");
    DurableFile.WriteText(path, ExplanationTables.Of(files, parsed.GetValue(resamples), parsed.GetValue(seed)));
    Console.Error.WriteLine($"{path}: {files.Length} files.");
}
