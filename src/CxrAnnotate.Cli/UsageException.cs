namespace CxrAnnotate.Cli;

/// <summary>The command line is invalid; it has its own exit code.</summary>
internal sealed class UsageException(string message) : Exception(message);
