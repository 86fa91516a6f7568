namespace CxrAnnotate;

/// <summary>The native libraries that compute the networks cannot be loaded. The message says which one is missing and how to get it.</summary>
public sealed class NativeRuntimeException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public NativeRuntimeException() { }

    /// <summary>Creates the exception with a message that says what is missing and how to get it.</summary>
    public NativeRuntimeException(string message)
        : base(message) { }

    /// <summary>Creates the exception with a message and the loader's own error.</summary>
    public NativeRuntimeException(string message, Exception innerException)
        : base(message, innerException) { }
}
