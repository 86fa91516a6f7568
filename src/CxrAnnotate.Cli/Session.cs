using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>What a verb has at hand while it runs.</summary>
internal sealed class Session : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Terminal _terminal;

    internal Session(Terminal terminal, bool json, bool verbose)
    {
        _terminal = terminal;
        WantsJson = json;
        IsVerbose = verbose;
        Console = terminal.OutputConsole();
        Progress = ProgressReporter.Create(terminal);
    }

    /// <summary>Whether the output must be one JSON document and nothing else.</summary>
    internal bool WantsJson { get; }

    internal bool IsVerbose { get; }

    /// <summary>Whether some of what was named could not be read, so that the exit code says so.</summary>
    internal bool IsIncomplete { get; set; }

    /// <summary>What is kept of the work if it is stopped now, as a sentence.</summary>
    internal string? Kept { get; set; }

    /// <summary>The output for people.</summary>
    internal IAnsiConsole Console { get; }

    internal ProgressReporter Progress { get; }

    /// <summary>A context whose warnings go to the error stream, as do its other messages with --verbose.</summary>
    /// <param name="seed">The context's seed.</param>
    /// <param name="quiet">Whether warnings are left out, where the verb tells of all that is wrong by itself.</param>
    internal MLContext CreateContext(int? seed = null, bool quiet = false)
    {
        MLContext context = new(seed);
        // Images are read once for each iteration; a warning said once is enough.
        ConcurrentDictionary<string, bool> warned = new(StringComparer.Ordinal);
        context.Log += (_, message) =>
        {
            if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
            {
                if (!quiet && warned.TryAdd(message.RawMessage, true))
                    Progress.Warn(message.RawMessage);
            }
            else if (IsVerbose && message.Source is { } source && !source.StartsWith("Loader", StringComparison.Ordinal))
                Progress.Note($"{source}: {message.RawMessage}");
        };
        return context;
    }

    internal static string ToJson<T>(T value) => JsonSerializer.Serialize(value, Json);

    internal void WriteJson<T>(T value) => WriteDocument(ToJson(value));

    /// <summary>Writes a JSON document that is text already.</summary>
    internal void WriteDocument(string json)
    {
        Progress.Finish();
        _terminal.Output.WriteLine(TerminalText.EscapeJson(json));
    }

    public void Dispose() => Progress.Dispose();
}
