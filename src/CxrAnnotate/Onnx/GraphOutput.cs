namespace CxrAnnotate;

/// <summary>A value that a graph gives for each row of the batch.</summary>
/// <param name="Name">What it is called where no other name is asked for.</param>
/// <param name="Value">The value; its first dimension is the batch.</param>
/// <param name="Type">Its type.</param>
/// <param name="Dimensions">Its dimensions behind the batch.</param>
internal sealed record GraphOutput(string Name, OnnxValue Value, OnnxType Type, params long[] Dimensions);
