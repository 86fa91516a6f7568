using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace CxrAnnotate.Cli;

/// <summary>The verbs, and what is the same for all of them: help with examples, exit codes, errors as one line, cancellation.</summary>
internal sealed class CommandLine
{
    internal const int Success = 0;

    /// <summary>An error, or nothing of what was named could be read.</summary>
    internal const int Failure = 1;

    internal const int Usage = 2;

    /// <summary>Done, but some of what was named could not be read.</summary>
    internal const int Incomplete = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM: what shells report of the former.</summary>
    internal const int Cancelled = 130;

    private const int NoSpaceOnUnix = 28;
    private const int NoSpaceOnWindows = 112;

    /// <summary>How long a cancelled verb has to end well, for example to write a checkpoint.</summary>
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    /// <summary>What '@file' and a lone '-' mean to other parsers are names here.</summary>
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document for machines, and nothing else, on standard output.", Recursive = true };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Print the library's log, and a stack trace with an error.", Recursive = true };

    internal static IReadOnlyList<Example> Examples { get; } =
    [
        new("See the whole method at work on drawn radiographs, in some minutes", "cxr demo"),
        new("Read the statistics of an annotation list", "cxr mine openi.mesh --protocol paper"),
        new("Make 2,000 phantom studies to try things on", "cxr phantom --out phantom --studies 2000"),
        new("Train on them, look at the results, read an image",
            "cxr train --data phantom/annotations.csv --out run", "cxr evaluate --run run --data phantom/annotations.csv --html report.html",
            "cxr annotate --run run phantom/images/*.png"),
    ];

    private readonly Terminal _terminal;
    private readonly RootCommand _root;

    internal CommandLine(ICascadeRuns runs, Terminal terminal)
    {
        _terminal = terminal;
        _root = new RootCommand("Learns to read chest X-rays: mines labels from annotations, trains the recurrent neural cascade, annotates radiographs and measures how well. For research; not for diagnosis.")
        {
            Json,
            Verbose,
        };
        foreach (Verb verb in (Verb[])[new MineVerb(), new MineReportsVerb(), new InfoVerb(), new PhantomVerb(), new TrainVerb(runs), new AnnotateVerb(runs), new EvaluateVerb(runs), new ExportVerb(), new CrossValidateVerb(runs), new DemoVerb(runs)])
        {
            verb.SetAction((parsed, cancellation) => Task.Run(() => Run(verb, parsed, cancellation), CancellationToken.None));
            _root.Add(verb);
        }
        HelpOption help = _root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, command => command is Verb verb ? verb.Examples : Examples);
    }

    internal IEnumerable<Verb> Verbs => _root.Subcommands.OfType<Verb>();

    internal ParseResult Parse(IReadOnlyList<string> arguments) => _root.Parse(arguments.Count == 0 ? ["--help"] : arguments, Parsing);

    internal async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        ParseResult parsed = Parse(arguments);
        IReadOnlyList<string> misspelled = Misspellings.Of(parsed, arguments);
        if (parsed.Action is not HelpWithExamples && (misspelled.Count > 0 || (parsed.Errors.Count > 0 && parsed.Action is not null)))
        {
            // What else is wrong often follows from the misspelled word.
            foreach (string message in misspelled.Count > 0 ? misspelled : parsed.Errors.Select(error => error.Message).Distinct())
                await _terminal.Error.WriteLineAsync($"cxr: {TerminalText.Escape(OneLine(ErrorCode.CommandLine.Message(message)))}");
            if (parsed.CommandResult.Command is RootCommand && arguments.Count > 0 && Misspellings.Nearest(arguments[0], Verbs.Select(known => known.Name)) is { } meant)
                await _terminal.Error.WriteLineAsync($"Did you mean 'cxr {meant}'?");
            string verb = parsed.CommandResult.Command is Verb named ? $" {named.Name}" : "";
            await _terminal.Error.WriteLineAsync($"'cxr{verb} --help' explains what can be given, with examples.");
            return Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = _terminal.Output,
            Error = _terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeToEnd,
        }, cancellation);
    }

    private int Run(Verb verb, ParseResult parsed, CancellationToken cancellation)
    {
        bool verbose = parsed.GetValue(Verbose);
        using Session session = new(_terminal, parsed.GetValue(Json), verbose);
        try
        {
            verb.Run(parsed, session, cancellation);
            return session.IsIncomplete ? Incomplete : Success;
        }
        catch (Exception exception) when (IsCancellation(exception, cancellation))
        {
            session.Progress.Finish();
            _terminal.Error.WriteLine($"cxr: stopped.{(session.Kept is { } kept ? $" {kept}" : "")}");
            return Cancelled;
        }
#pragma warning disable CA1031 // The last line of defence: a person gets a sentence, not a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            session.Progress.Finish();
            _terminal.Error.WriteLine($"cxr: {TerminalText.Escape(OneLine(Describe(exception)))}");
            if (verbose)
                _terminal.Error.WriteLine(TerminalText.EscapeLines(exception.ToString()));
            return exception is UsageException ? Usage : Failure;
        }
    }

    private static bool IsCancellation(Exception exception, CancellationToken cancellation) => cancellation.IsCancellationRequested
        && (exception is OperationCanceledException || exception is AggregateException all && all.Flatten().InnerExceptions.All(e => e is OperationCanceledException));

    /// <summary>The sentence of an exception with the code of its cause before it, and without the parameter name and value that .NET adds to those about arguments.</summary>
    internal static string Describe(Exception exception)
    {
        while (exception is AggregateException or System.Reflection.TargetInvocationException && exception.InnerException is { } inner)
            exception = inner;
        string message = exception.Message;
        if (exception is ArgumentException { ParamName.Length: > 0 } argument)
        {
            int at = message.LastIndexOf($" (Parameter '{argument.ParamName}')", StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }
        return ErrorMessages.Split(message).Code is null ? CauseOf(exception).Message(message) : message;
    }

    /// <summary>The cause of an exception that neither the library nor the tool worded.</summary>
    private static ErrorCode CauseOf(Exception exception) => exception switch
    {
        OutOfMemoryException => ErrorCode.OutOfMemory,
        IOException { HResult: var result } when (result & 0xFFFF) is NoSpaceOnUnix or NoSpaceOnWindows => ErrorCode.DiskFull,
        IOException or UnauthorizedAccessException => ErrorCode.FileAccess,
        ArgumentException => ErrorCode.OptionOutOfRange,
        _ => ErrorCode.Unexpected,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
