using System.Text;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>The streams of the tool: results go to the output, everything else (progress, warnings, errors) to the error stream.</summary>
/// <param name="Output">Results: tables for people, or one JSON document.</param>
/// <param name="Error">Progress, warnings and errors.</param>
/// <param name="OutputIsTerminal">Whether a person reads the output, so that it may be coloured and must fit the window.</param>
/// <param name="ErrorIsTerminal">Whether a person reads the error stream, so that progress may be drawn as bars.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool OutputIsTerminal, bool ErrorIsTerminal)
{
    /// <summary>The source of the user's answers; null if there is no user.</summary>
    internal TextReader? Answers { get; init; }

    /// <summary>Wide enough for every table of the tool if no window limits it.</summary>
    private const int UnboundedWidth = 180;

    /// <summary>Opens standard input, for verbs that read from it.</summary>
    internal Func<Stream> Input { get; init; } = () => Stream.Null;

    internal static Terminal OfProcess()
    {
        bool dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        // A program may read redirected output while it is written: each line is written at once, in UTF-8.
        TextWriter output = Console.IsOutputRedirected
            ? new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16)
            {
                AutoFlush = true,
            }
            : Console.Out;
        return new Terminal(output, Console.Error, !Console.IsOutputRedirected && !dumb, !Console.IsErrorRedirected && !dumb)
        {
            Input = Console.OpenStandardInput,
            Answers = Console.IsInputRedirected || Console.IsErrorRedirected ? null : Console.In,
        };
    }

    /// <summary>
    /// Reports why a command failed: a line for people on the error stream and, if JSON is requested, a document on one line of the output.
    /// </summary>
    /// <param name="message">What is wrong, beginning with its error code, if any.</param>
    /// <param name="verb">The verb, or empty if there is none; null if no JSON is requested.</param>
    /// <param name="exitCode">The exit code of the process.</param>
    internal void WriteError(string message, string? verb, int exitCode)
    {
        Error.WriteLine($"cxr: {TerminalText.Escape(message)}");
        if (verb is null)
            return;
        Output.WriteLine(
            TerminalText.EscapeJson(
                CxrJson.Line(
                    CxrJson.Error,
                    new
                    {
                        verb = verb.Length > 0 ? verb : null,
                        exitCode,
                        code = CxrError.CodeOf(message),
                        message = CxrError.TextOf(message),
                    }
                )
            )
        );
    }

    internal IAnsiConsole OutputConsole() => Create(Output, OutputIsTerminal);

    internal IAnsiConsole ErrorConsole() => Create(Error, ErrorIsTerminal);

    private static IAnsiConsole Create(TextWriter writer, bool terminal)
    {
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(writer),
                Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            }
        );
        if (!terminal)
            console.Profile.Width = UnboundedWidth;
        return TerminalText.Guard(console);
    }
}
