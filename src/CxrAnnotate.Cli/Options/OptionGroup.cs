using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>Options that several verbs share, and what they come to: each verb that has a group has all of its options.</summary>
/// <typeparam name="T">What the options come to.</typeparam>
internal abstract class OptionGroup<T>
{
    /// <summary>The options, in the order of the help.</summary>
    internal abstract IReadOnlyList<Option> Options { get; }

    /// <summary>What a command line, with the defaults, comes to.</summary>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    internal abstract T Read(ParseResult parsed);
}
