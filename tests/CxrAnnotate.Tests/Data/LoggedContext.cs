using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate.Tests;

/// <summary>A context that collects its warnings.</summary>
internal sealed class LoggedContext
{
    private readonly List<string> _warnings = [];

    internal LoggedContext()
    {
        Context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
            {
                lock (_warnings)
                    _warnings.Add(e.RawMessage);
            }
        };
    }

    internal MLContext Context { get; } = new(seed: 1);

    internal ChestXrayCatalog Cxr => Context.ChestXray();

    internal IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
                return [.. _warnings];
        }
    }

    internal List<RadiographRecord> Rows(IDataView view) => [.. Context.Data.CreateEnumerable<RadiographRecord>(view, reuseRowObject: false)];
}
