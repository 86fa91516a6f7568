using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>One verb of the tool: its options, its examples, and what it does.</summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    internal abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Does the work. Whatever it throws becomes one line and an exit code.</summary>
    internal abstract void Run(ParseResult parsed, Session session, CancellationToken cancellation);
}
