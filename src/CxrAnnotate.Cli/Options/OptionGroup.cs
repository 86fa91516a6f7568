using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>Options that several verbs share, with the settings that they yield. A verb with a group has all of its options.</summary>
/// <typeparam name="T">The settings.</typeparam>
internal abstract class OptionGroup<T>
{
    /// <summary>The options, in the order of the help.</summary>
    internal abstract IReadOnlyList<Option> Options { get; }

    /// <summary>Reads the settings from a command line, with defaults.</summary>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    internal abstract T Read(ParseResult parsed);
}
