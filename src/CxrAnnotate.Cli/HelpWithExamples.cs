using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace CxrAnnotate.Cli;

/// <summary>Command lines that a user can copy.</summary>
/// <param name="Purpose">Their purpose.</param>
/// <param name="Lines">The command lines.</param>
internal sealed record Example(string Purpose, params string[] Lines);

/// <summary>The usual help, followed by examples and the meaning of the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction help, Func<Command, IReadOnlyList<Example>> examples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (Example example in examples(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  {example.Purpose}:");
            foreach (string line in example.Lines)
                output.WriteLine($"    {line}");
        }
        output.WriteLine();
        output.WriteLine(
            "Exit codes: 0 done, 1 an error or nothing could be read, 2 a wrong command line, 3 done, but some of what was named could not be "
                + "read, 130 stopped by Ctrl-C or SIGTERM."
        );
        return code;
    }
}
