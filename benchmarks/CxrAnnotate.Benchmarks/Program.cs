// dotnet run --project benchmarks/CxrAnnotate.Benchmarks -c Release -- --filter '*Mining*'
// A short job by default (3 measured iterations, in this process); name another with --job, and keep it in this process with --inProcess.
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

ManualConfig config = ManualConfig.Create(DefaultConfig.Instance).AddDiagnoser(MemoryDiagnoser.Default).HideColumns(Column.Error, Column.RatioSD);

// In this process: libtorch's path is in this program's runtimeconfig.json, which a generated program would not have.
if (!args.Contains("--job") && !args.Contains("-j"))
    config.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
