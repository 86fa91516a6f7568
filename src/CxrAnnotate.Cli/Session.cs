using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>The services that a running verb uses.</summary>
internal sealed class Session : IDisposable
{
    private readonly Terminal _terminal;

    /// <param name="terminal">Where to write.</param>
    /// <param name="verb">The name of the verb, which is the format of its JSON.</param>
    /// <param name="output">The user's output settings.</param>
    internal Session(Terminal terminal, string verb, OutputSettings output)
    {
        _terminal = terminal;
        Verb = verb;
        WantsJson = output.Json;
        IsVerbose = output.Verbose;
        Console = terminal.OutputConsole();
        Progress = ProgressReporter.Create(terminal, output.Quiet);
    }

    /// <summary>The name of the verb.</summary>
    internal string Verb { get; }

    /// <summary>Whether the output must be JSON only.</summary>
    internal bool WantsJson { get; }

    internal bool IsVerbose { get; }

    /// <summary>Whether results are tables for people rather than lines for programs.</summary>
    internal bool WritesTables => _terminal.OutputIsTerminal && !WantsJson;

    /// <summary>The output for programs.</summary>
    internal TextWriter Output => _terminal.Output;

    /// <summary>Opens standard input.</summary>
    internal Stream OpenInput() => _terminal.Input();

    /// <summary>Whether some of the named files could not be read, which the exit code reports.</summary>
    internal bool IsIncomplete { get; set; }

    /// <summary>A sentence on what is kept if the work is stopped now.</summary>
    internal string? Kept { get; set; }

    /// <summary>
    /// The options in force, including defaults, by their names without dashes, as in a settings file that reproduces the call.
    /// </summary>
    internal JsonObject Settings { get; init; } = [];

    /// <summary>The output for people.</summary>
    internal IAnsiConsole Console { get; }

    internal ProgressReporter Progress { get; }

    /// <summary>A context whose warnings go to the error stream, as do its other messages with --verbose.</summary>
    /// <param name="seed">The context's seed.</param>
    /// <param name="quiet">Whether to suppress warnings because the verb reports all errors itself.</param>
    /// <param name="compute">Names the GPU, if one is requested.</param>
    internal MLContext CreateContext(int? seed = null, bool quiet = false, ComputeSettings? compute = null)
    {
        MLContext context = new(seed) { GpuDeviceId = compute?.Gpu };
        // Images are read once per iteration; one warning is enough.
        ConcurrentDictionary<string, bool> warned = new(StringComparer.Ordinal);
        context.Log += (_, message) =>
        {
            if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
            {
                if (!quiet && warned.TryAdd(message.RawMessage, true))
                    Progress.Warn(ToolWording.Of(message.RawMessage));
            }
            else if (
                IsVerbose
                && message.Source is { } source
                && !source.StartsWith("Loader", StringComparison.Ordinal)
                && !IsBeginOrEnd(message.RawMessage)
            )
                Progress.Note($"{source}: {message.RawMessage}");
        };
        return context;
    }

    /// <summary>Asks the user.</summary>
    /// <returns>The answer; null if there is nobody to ask.</returns>
    internal string? Ask(string question)
    {
        if (_terminal.Answers is not { } answers)
            return null;
        Progress.Finish();
        _terminal.Error.Write(TerminalText.Escape(question));
        _terminal.Error.Flush();
        return answers.ReadLine()?.Trim();
    }

    /// <summary>Writes a document, with the verb as its format, over several lines.</summary>
    internal void WriteJson<T>(T value) => WriteDocument(CxrJson.Document(Verb, value));

    /// <summary>Writes a document, with the verb as its format, on one line.</summary>
    internal void WriteJsonLine<T>(T value) => WriteDocument(CxrJson.Line(Verb, value));

    /// <summary>Writes a text unchanged, without wrapping its lines.</summary>
    internal void WriteText(string text)
    {
        Progress.Finish();
        _terminal.Output.Write(text);
    }

    /// <summary>Reports why the verb failed: a line for people on the error stream and, with --json, a document at the end of the output.</summary>
    internal void WriteError(string message, int exitCode)
    {
        Progress.Finish();
        _terminal.WriteError(message, WantsJson ? Verb : null, exitCode);
    }

    /// <summary>Writes a serialized JSON document.</summary>
    private void WriteDocument(string json)
    {
        Progress.Finish();
        _terminal.Output.WriteLine(TerminalText.EscapeJson(json));
    }

    public void Dispose() => Progress.Dispose();

    /// <summary>ML.NET reports the beginning and the end of every channel, which does not interest users.</summary>
    private static bool IsBeginOrEnd(string text) =>
        text.StartsWith("Channel started", StringComparison.Ordinal)
        || text.StartsWith("Channel finished", StringComparison.Ordinal)
        || text.StartsWith("Channel disposed", StringComparison.Ordinal);
}
