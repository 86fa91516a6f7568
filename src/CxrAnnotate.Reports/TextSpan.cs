namespace CxrAnnotate;

/// <summary>A piece of a text.</summary>
/// <param name="Start">The index of its first character.</param>
/// <param name="Stop">The index behind its last character.</param>
public readonly record struct TextSpan(int Start, int Stop);
