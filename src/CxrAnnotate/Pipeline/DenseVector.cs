using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Dense vectors for ML.NET's getters.</summary>
internal static class DenseVector
{
    /// <summary>Copies values into a vector, reusing its memory if it is large enough.</summary>
    internal static void Set(ReadOnlySpan<float> values, ref VBuffer<float> vector)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref vector, values.Length);
        values.CopyTo(editor.Values);
        vector = editor.Commit();
    }
}
