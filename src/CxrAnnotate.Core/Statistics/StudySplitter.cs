namespace CxrAnnotate;

/// <summary>
/// Assigns groups of rows (studies, patients) to the parts of a split, so that no group is in two parts and every part has about its share of every
/// label. Greedy, rarest label first, like the iterative stratification of Sechidis et al. (2011): each group goes to the part that lacks most rows
/// of the label. If each group has only one label, a part misses its share of a label's rows by less than the largest group.
/// </summary>
internal static class StudySplitter
{
    /// <summary>The part of every group. It does not depend on the order of the rows.</summary>
    /// <param name="groups">The group of each row.</param>
    /// <param name="labels">The label of each row.</param>
    /// <param name="fractions">The share of each part, 0 or more, with a sum of 1.</param>
    /// <param name="seed">Breaks ties between groups that fit equally well.</param>
    /// <exception cref="InvalidOperationException">There are fewer groups than parts with a share.</exception>
    internal static Dictionary<string, int> Assign(
        IReadOnlyList<string> groups,
        IReadOnlyList<string> labels,
        IReadOnlyList<double> fractions,
        int seed
    )
    {
        int wanted = fractions.Count(fraction => fraction > 0);
        List<Group> members = Gather(groups, labels);
        if (members.Count < wanted)
            throw new InvalidOperationException(
                ErrorCode.CannotSplit.Message(
                    $"{members.Count} groups cannot be split into {wanted} parts: a group (a study, a patient) is never divided. Give more studies "
                        + $"or ask for fewer parts."
                )
            );
        Shuffle(members, seed);
        int labelCount = PoolRareLabels(
            members,
            labels.Distinct(StringComparer.Ordinal).Count(),
            1 / fractions.Where(fraction => fraction > 0).Min()
        );

        var rows = new double[labelCount];
        foreach (Group group in members)
        {
            foreach ((int label, int count) in group.Counts)
                rows[label] += count;
        }

        // What each part still lacks, per label and in total.
        double[][] lacking = [.. fractions.Select(fraction => rows.Select(count => fraction * count).ToArray())];
        double[] lackingAll = [.. fractions.Select(fraction => fraction * groups.Count)];
        var part = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (
            IGrouping<int, Group> stratum in members
                .GroupBy(group => group.Counts.Keys.MinBy(label => (rows[label], label)))
                .OrderBy(stratum => rows[stratum.Key])
                .ThenBy(stratum => stratum.Key)
        )
        {
            foreach (Group group in stratum.OrderByDescending(group => group.Rows))
            {
                int best = -1;
                for (int i = 0; i < fractions.Count; i++)
                {
                    if (
                        fractions[i] > 0
                        && (best < 0 || (lacking[i][stratum.Key], lackingAll[i]).CompareTo((lacking[best][stratum.Key], lackingAll[best])) > 0)
                    )
                        best = i;
                }

                part[group.Name] = best;
                lackingAll[best] -= group.Rows;
                foreach ((int label, int count) in group.Counts)
                    lacking[best][label] -= count;
            }
        }

        FillEmptyParts(members, fractions, part);
        return part;
    }

    private static List<Group> Gather(IReadOnlyList<string> groups, IReadOnlyList<string> labels)
    {
        Dictionary<string, int> index = labels
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select((label, i) => (label, i))
            .ToDictionary(StringComparer.Ordinal);
        var members = new SortedDictionary<string, Group>(StringComparer.Ordinal);
        for (int row = 0; row < groups.Count; row++)
        {
            if (!members.TryGetValue(groups[row], out Group? group))
                members.Add(groups[row], group = new Group(groups[row]));
            int label = index[labels[row]];
            group.Counts[label] = group.Counts.GetValueOrDefault(label) + 1;
            group.Rows++;
        }

        return [.. members.Values];
    }

    private static void Shuffle(List<Group> members, int seed)
    {
        var random = new Random(seed);
        for (int i = members.Count - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (members[i], members[other]) = (members[other], members[i]);
        }
    }

    /// <summary>
    /// Labels with too few groups for every part would all go to the largest part and distort the shares. They are pooled and split as one label.
    /// </summary>
    private static int PoolRareLabels(List<Group> members, int labelCount, double fewest)
    {
        var groupCounts = new int[labelCount];
        foreach (Group group in members)
        {
            foreach (int label in group.Counts.Keys)
                groupCounts[label]++;
        }

        foreach (Group group in members)
        {
            int pooled = 0;
            foreach (int label in group.Counts.Keys.Where(label => groupCounts[label] < fewest - 1e-9).ToArray())
            {
                group.Counts.Remove(label, out int count);
                pooled += count;
            }

            if (pooled > 0)
                group.Counts[labelCount] = pooled;
        }

        return labelCount + 1;
    }

    /// <summary>With few groups a small part can be empty; it then gets the smallest group of the part with the most groups.</summary>
    private static void FillEmptyParts(List<Group> members, IReadOnlyList<double> fractions, Dictionary<string, int> part)
    {
        for (int i = 0; i < fractions.Count; i++)
        {
            if (fractions[i] <= 0 || part.ContainsValue(i))
                continue;
            int largest = part.Values.GroupBy(p => p).OrderByDescending(p => p.Count()).ThenBy(p => p.Key).First().Key;
            part[members.Where(group => part[group.Name] == largest).MinBy(group => group.Rows)!.Name] = i;
        }
    }

    private sealed class Group(string name)
    {
        internal string Name { get; } = name;

        internal int Rows { get; set; }

        internal Dictionary<int, int> Counts { get; } = [];
    }
}
