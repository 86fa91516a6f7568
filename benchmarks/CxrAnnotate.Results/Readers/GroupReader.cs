using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>
/// Reads without looking: the most frequent label of the group (source, projection) that an image comes from, and that label's most frequent
/// annotation there.
/// </summary>
internal sealed class GroupReader(string name, Func<FoldedCase, string> groupOf) : IReader
{
    public string Name => name;

    /// <summary>Two groups at least: of a single one it would always say the same.</summary>
    public bool CanRead(FoldedSet set) => set.Cases.Select(groupOf).Where(group => group.Length > 0).Distinct(StringComparer.Ordinal).Skip(1).Any();

    public IReadOnlyList<ReaderOutput> Read(MLContext context, FoldedSet set)
    {
        var readings = new Reading[set.Cases.Count];
        for (int fold = 1; fold <= set.Folds; fold++)
        {
            FoldedCase[] training = [.. set.Training(fold).Select(i => set.Cases[i])];
            ILookup<string, FoldedCase> byGroup = training.ToLookup(groupOf, StringComparer.Ordinal);
            foreach (int i in set.Test(fold))
            {
                string group = groupOf(set.Cases[i]);
                FoldedCase[] same = byGroup.Contains(group) ? [.. byGroup[group]] : training;
                string label = UsualAnnotations.MostFrequent(same.Select(one => one.Label)) ?? set.Labels[0];
                // Certain of its label: shares of labels differ from fold to fold against those of the fold that is read.
                readings[i] = new Reading(label, [.. set.Labels.Select(one => one == label ? 1f : 0f)], UsualAnnotations.Of(same, label), []);
            }
        }

        return [new ReaderOutput(name, set.Labels, [], readings)];
    }
}
