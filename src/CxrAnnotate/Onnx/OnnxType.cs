namespace CxrAnnotate;

/// <summary>Element types of ONNX tensors, numbered as in the format (TensorProto.DataType).</summary>
internal enum OnnxType
{
    Single = 1,
    Int64 = 7,
    Text = 8,
    Boolean = 9,
    Double = 11,
}
