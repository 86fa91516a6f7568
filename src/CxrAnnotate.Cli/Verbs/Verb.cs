using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>One verb of the tool: its options, its examples, and what it does.</summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    internal abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Mutually exclusive options: one on the command line replaces the others of a settings file.</summary>
    internal virtual IReadOnlyList<Option> Alternatives => [];

    /// <summary>Adds options, in the order of the help.</summary>
    private protected void Add(params IEnumerable<Option> options)
    {
        foreach (Option option in options)
            Options.Add(option);
    }

    /// <summary>Does the work. Any exception becomes one line and an exit code.</summary>
    internal abstract void Run(ParseResult parsed, Session session, CancellationToken cancellation);
}
