using BenchmarkDotNet.Attributes;

namespace CxrAnnotate.Benchmarks;

/// <summary>Report mining on one thread, per 1,000 made-up reports of the usual length (45 words): no data set is needed.</summary>
public class ReportBenchmarks
{
    private const int Reports = 1000;

    private static readonly string[] _sentences =
    [
        "The heart is normal in size.",
        "The mediastinum is unremarkable.",
        "There is no pleural effusion or pneumothorax.",
        "Mild degenerative changes of the thoracic spine.",
        "Streaky opacity in the left lung base XXXX representing atelectasis or scarring.",
        "Calcified 5 mm granuloma in the right upper lobe.",
        "The lungs are clear without focal airspace disease.",
        "Low lung volumes with bronchovascular crowding.",
        "Stable cardiomegaly and tortuous aorta.",
        "Surgical clips are seen in the right upper quadrant.",
    ];

    private readonly string[] _findings = new string[Reports];
    private ReportMiner _miner = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(7);
        for (int i = 0; i < Reports; i++)
            _findings[i] = string.Join(' ', Enumerable.Range(0, 5).Select(_ => _sentences[random.Next(_sentences.Length)]));
        _miner = new ReportMiner(ReportRules.Default);
    }

    [Benchmark(OperationsPerInvoke = Reports)]
    public int Mine()
    {
        int terms = 0;
        foreach (string findings in _findings)
            terms += _miner.Mine(findings, "No acute cardiopulmonary abnormality.").Terms.Count;
        return terms;
    }

    [Benchmark]
    public int ReadRules() => ReportRulesReader.Read(null, []).Findings.Count;
}
