namespace CxrAnnotate.Cli;

/// <summary>The command line asks for what cannot be; the exit code says so.</summary>
internal sealed class UsageException(string message) : Exception(message);
