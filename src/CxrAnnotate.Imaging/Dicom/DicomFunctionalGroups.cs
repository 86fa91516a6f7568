namespace CxrAnnotate;

/// <summary>The functional groups of a multi-frame image (PS3.3, C.7.6.16): attributes of one frame, or of all.</summary>
internal static class DicomFunctionalGroups
{
    /// <summary>The item of a sequence for a frame: its own, else that of all frames; null if there is neither.</summary>
    internal static DicomDataSet? Find(DicomDataSet data, int frame, uint sequence)
    {
        IReadOnlyList<DicomDataSet> own = data.Items(DicomTags.PerFrameFunctionalGroupsSequence),
            shared = data.Items(DicomTags.SharedFunctionalGroupsSequence);
        return (frame < own.Count ? First(own[frame], sequence) : null) ?? (shared is [var all, ..] ? First(all, sequence) : null);
    }

    private static DicomDataSet? First(DicomDataSet group, uint sequence) => group.Items(sequence) is [var item, ..] ? item : null;
}
