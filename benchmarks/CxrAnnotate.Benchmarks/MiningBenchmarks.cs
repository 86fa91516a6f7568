using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace CxrAnnotate.Benchmarks;

/// <summary>Label mining of a list of the paper's size: reading only, all numbers that <c>cxr mine</c> prints, and the stage in a pipeline.</summary>
public class MiningBenchmarks
{
    private string _folder = "";
    private string _path = "";
    private MLContext _context = null!;
    private IDataView _rows = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("cxr-bench").FullName;
        _path = Path.Combine(_folder, "list.mesh");
        SyntheticList.Write(_path);
        _context = new MLContext(1);
        _rows = _context.ChestXray().Data.LoadOpenI(_path);
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public int ReadList() => OpenIAnnotationList.Read(_path).Rows.Count;

    [Benchmark]
    public int ReportStrict() => MiningReportBuilder.Build(OpenIAnnotationList.Read(_path), new MineLabelsOptions()).Labels.Count;

    [Benchmark]
    public int ReportPaper() =>
        MiningReportBuilder.Build(OpenIAnnotationList.Read(_path), new MineLabelsOptions { Protocol = MiningProtocol.Paper }).Labels.Count;

    [Benchmark]
    public long FitAndTransform()
    {
        IDataView labelled = _context.ChestXray().MineLabels().Fit(_rows).Transform(_rows);
        long known = 0;
        using DataViewRowCursor cursor = labelled.GetRowCursor([labelled.Schema["Label"]]);
        ValueGetter<uint> label = cursor.GetGetter<uint>(cursor.Schema["Label"]);
        uint key = 0;
        while (cursor.MoveNext())
        {
            label(ref key);
            known += key > 0 ? 1 : 0;
        }

        return known;
    }
}
