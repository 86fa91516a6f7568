namespace CxrAnnotate;

/// <summary>
/// Reads the annotations of many rows. Each distinct annotation is read and its word forms are counted once, however many images share it.
/// </summary>
internal sealed class FindingsReader(MiningRule rule, WordForms forms)
{
    private readonly Dictionary<(string Mesh, string MeshTop), RowFindings?> _read = [];

    /// <summary>
    /// The findings of a row; null if its annotation has no term or cannot be read. Rows with the same annotation share the object.
    /// </summary>
    internal RowFindings? Read(string mesh, string meshTop)
    {
        if (!_read.TryGetValue((mesh, meshTop), out RowFindings? findings))
            _read.Add((mesh, meshTop), findings = rule.Read(mesh, meshTop, forms));
        return findings;
    }
}
