namespace CxrAnnotate;

/// <summary>
/// Reads the annotations of many rows. Each distinct annotation is read once, and its forms of words are counted once, however many images share it.
/// </summary>
internal sealed class FindingsReader(MiningRule rule, WordForms forms)
{
    private readonly Dictionary<(string Mesh, string MeshTop), RowFindings?> _read = [];

    /// <summary>What a row says; null where its annotation has no term or cannot be read. Rows of the same annotation share the object.</summary>
    internal RowFindings? Read(string mesh, string meshTop)
    {
        if (!_read.TryGetValue((mesh, meshTop), out RowFindings? findings))
            _read.Add((mesh, meshTop), findings = rule.Read(mesh, meshTop, forms));
        return findings;
    }
}
