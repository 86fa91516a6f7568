using System.CommandLine;
using System.CommandLine.Help;

namespace CxrAnnotate.Cli;

/// <summary>The verbs and their common behaviour: help with examples, exit codes, one-line errors, cancellation.</summary>
internal sealed class CommandLine
{
    internal const int Success = 0;

    /// <summary>An error, or none of the named files could be read.</summary>
    internal const int Failure = 1;

    internal const int Usage = 2;

    /// <summary>Done, but some of the named files could not be read.</summary>
    internal const int Incomplete = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM; shells report this code for Ctrl-C.</summary>
    internal const int Cancelled = 130;

    /// <summary>How long a cancelled verb may take to end properly, for example to write a checkpoint.</summary>
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    /// <summary>'@file' and a lone '-' are ordinary names here, unlike in the parser's default.</summary>
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private readonly OutputOptions _output = new();

    internal static IReadOnlyList<Example> Examples { get; } =
    [
        new("Run the whole method on drawn radiographs, in a few minutes", "cxr demo"),
        new("Read the statistics of an annotation list", "cxr mine openi.mesh --protocol paper"),
        new("Draw 2,000 phantom studies to experiment with", "cxr phantom --out phantom --studies 2000"),
        new(
            "Train on them, look at the results, read an image",
            "cxr train --data phantom/annotations.csv --out run",
            "cxr evaluate --run run --data phantom/annotations.csv --report report.html",
            "cxr annotate --run run phantom/images/*.png"
        ),
    ];

    private readonly Terminal _terminal;
    private readonly RootCommand _root;

    internal CommandLine(ICascadeRuns runs, Terminal terminal)
    {
        _terminal = terminal;
        _root = new RootCommand(
            "Learns to read chest X-rays: mines labels from annotations, trains the recurrent neural cascade, annotates radiographs and measures "
                + "how well. For research; not for diagnosis."
        );
        foreach (Option option in _output.Options)
            _root.Add(option);
        foreach (
            Verb verb in (Verb[])
                [
                    new MineVerb(),
                    new MineReportsVerb(),
                    new InfoVerb(),
                    new PhantomVerb(),
                    new AuditVerb(),
                    new TrainVerb(runs),
                    new AnnotateVerb(runs),
                    new IndexVerb(runs),
                    new SimilarVerb(runs),
                    new EvaluateVerb(runs),
                    new CompareVerb(),
                    new ExportVerb(),
                    new CrossValidateVerb(runs),
                    new DemoVerb(runs),
                    new SetupVerb(),
                    new CompletionVerb(),
                ]
        )
        {
            verb.SetAction((parsed, cancellation) => Task.Run(() => Run(verb, parsed, cancellation), CancellationToken.None));
            _root.Add(verb);
        }
        HelpOption help = _root.Options.OfType<HelpOption>().Single();
        // Completion would offer spellings of other shells.
        foreach (string foreign in help.Aliases.Where(alias => alias.StartsWith('/')).ToArray())
            help.Aliases.Remove(foreign);
        help.Action = new HelpWithExamples((HelpAction)help.Action!, command => command is Verb verb ? verb.Examples : Examples);
    }

    internal IEnumerable<Verb> Verbs => _root.Subcommands.OfType<Verb>();

    /// <summary>The options common to all verbs.</summary>
    internal IReadOnlyList<Option> Common => _output.Options;

    internal ParseResult Parse(IReadOnlyList<string> arguments) => Parse(arguments, out _);

    /// <summary>Parses a command line and adds the options of a settings file.</summary>
    /// <exception cref="UsageException">The settings file cannot be used.</exception>
    private ParseResult Parse(IReadOnlyList<string> arguments, out SettingsFile? settings)
    {
        settings = null;
        ParseResult parsed = _root.Parse(arguments.Count == 0 ? ["--help"] : arguments, Parsing);
        if (
            parsed.CommandResult.Command is not Verb verb
            || parsed.Action is HelpWithExamples
            || (settings = SettingsFile.Find(_output.SettingsOf(parsed))) is null
        )
            return parsed;
        IReadOnlyList<string> more = settings.ArgumentsFor(verb, [.. Verbs], Common, parsed);
        // After the verb, before a possible -- and the files that follow it.
        int at = Enumerable.Range(0, arguments.Count).First(i => arguments[i] == verb.Name && (i == 0 || arguments[i - 1] != "--settings")) + 1;
        return more.Count == 0 ? parsed : _root.Parse([.. arguments.Take(at), .. more, .. arguments.Skip(at)], Parsing);
    }

    internal async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        SettingsFile? settings = null;
        ParseResult parsed;
        try
        {
            parsed = Parse(arguments, out settings);
        }
        catch (UsageException e)
        {
            _terminal.WriteError(OneLine(e.Message), arguments.Contains("--json", StringComparer.Ordinal) ? "" : null, Usage);
            return Usage;
        }
        IReadOnlyList<string> misspelled = Misspellings.Of(parsed, arguments);
        if (parsed.Action is not HelpWithExamples && (misspelled.Count > 0 || (parsed.Errors.Count > 0 && parsed.Action is not null)))
        {
            // Other errors often follow from the misspelled word.
            string[] messages =
            [
                .. (misspelled.Count > 0 ? misspelled : parsed.Errors.Select(ParseErrors.InWords).Distinct()).Select(message =>
                    OneLine(ErrorCode.CommandLine.Message(message))
                ),
            ];
            foreach (string message in messages[..^1])
                await _terminal.Error.WriteLineAsync($"cxr: {TerminalText.Escape(message)}");
            string verb = parsed.CommandResult.Command is Verb named ? named.Name : "";
            _terminal.WriteError(messages[^1], arguments.Contains("--json", StringComparer.Ordinal) ? verb : null, Usage);
            if (
                parsed.CommandResult.Command is RootCommand
                && arguments.Count > 0
                && Misspellings.Nearest(arguments[0], Verbs.Select(known => known.Name)) is { } meant
            )
                await _terminal.Error.WriteLineAsync($"Did you mean 'cxr {meant}'?");
            if (settings is not null)
                await _terminal.Error.WriteLineAsync(TerminalText.Escape($"Some of the options may come from {settings}."));
            await _terminal.Error.WriteLineAsync($"'cxr{(verb.Length > 0 ? " " : "")}{verb} --help' lists the options, with examples.");
            return Usage;
        }
        if (settings is not null && !_output.Read(parsed).Quiet)
            await _terminal.Error.WriteLineAsync(TerminalText.Escape($"Using the settings in {settings}."));
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = _terminal.Output,
                Error = _terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeToEnd,
            },
            cancellation
        );
    }

    private int Run(Verb verb, ParseResult parsed, CancellationToken cancellation)
    {
        OutputSettings output = _output.Read(parsed);
        using Session session = new(_terminal, verb.Name, output) { Settings = EffectiveSettings.Of(verb, parsed) };
        try
        {
            verb.Run(parsed, session, cancellation);
            return session.IsIncomplete ? Incomplete : Success;
        }
        catch (Exception exception) when (IsCancellation(exception, cancellation))
        {
            session.WriteError($"stopped.{(session.Kept is { } kept ? $" {kept}" : "")}", Cancelled);
            return Cancelled;
        }
#pragma warning disable CA1031 // The last line of defence: a person gets a sentence, not a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            int code = exception is UsageException || CxrError.CauseOf(exception) == ErrorCode.OptionConflict ? Usage : Failure;
            session.WriteError(ToolWording.NameOption(OneLine(Describe(exception)), verb.Options.Select(option => option.Name)), code);
            if (output.Verbose)
                _terminal.Error.WriteLine(TerminalText.EscapeLines(exception.ToString()));
            return code;
        }
    }

    private static bool IsCancellation(Exception exception, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
        && (
            exception is OperationCanceledException
            || exception is AggregateException all && all.Flatten().InnerExceptions.All(e => e is OperationCanceledException)
        );

    /// <summary>
    /// The message of an exception, preceded by its error code, without the parameter name and value that .NET adds to argument exceptions.
    /// </summary>
    internal static string Describe(Exception exception)
    {
        while (exception is AggregateException or System.Reflection.TargetInvocationException && exception.InnerException is { } inner)
            exception = inner;
        // The library's message explains how an application references libtorch; the tool fetches it.
        string message =
            exception is NativeRuntimeException && NativeRuntime.IsMissing
                ? ErrorCode.LibtorchMissing.Message(
                    $"libtorch, which training needs, was not found. Run 'cxr setup' once to fetch it (128 MB), or set the environment "
                        + $"variable {NativeRuntime.EnvironmentVariable} to the 'lib' folder of an installed libtorch 2.10 or PyTorch."
                )
                : exception.Message;
        if (exception is ArgumentException { ParamName.Length: > 0 } argument)
        {
            int at = message.LastIndexOf($" (Parameter '{argument.ParamName}')", StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }
        return ToolWording.Of(CxrError.CodeOf(message) is null ? CxrError.CauseOf(exception).Message(message) : message);
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
