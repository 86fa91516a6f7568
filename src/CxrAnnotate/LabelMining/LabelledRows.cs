namespace CxrAnnotate;

/// <summary>The rows of some labels with their parts and captions, from which the report takes its counts.</summary>
internal sealed class LabelledRows
{
    /// <summary>The paper's decoder lists omit longer captions.</summary>
    internal const int ShortWords = 5;

    private readonly string[] _captions;
    private readonly string[][] _words;
    private readonly string? _normal;

    /// <param name="names">The labels.</param>
    /// <param name="labels">The label of each row, -1 for none.</param>
    /// <param name="parts">The part of each row.</param>
    /// <param name="captions">The caption of each row.</param>
    /// <param name="words">Its words, separators left out.</param>
    /// <param name="normal">The label without findings, null for none.</param>
    internal LabelledRows(IReadOnlyList<string> names, int[] labels, SplitPart[] parts, string[] captions, string[][] words, string? normal)
    {
        Names = names;
        Labels = labels;
        // A row without a label is in no part, so the code below need not check both.
        Parts = parts;
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0)
                parts[row] = SplitPart.None;
        }
        _captions = captions;
        _words = words;
        _normal = normal;
        NormalLabel = Array.IndexOf([.. names], normal);
        Train = Count(SplitPart.Train);
        Validation = Count(SplitPart.Validation);
        Test = Count(SplitPart.Test);
        Words = Array.ConvertAll(words, row => row.Length);
    }

    internal IReadOnlyList<string> Names { get; }

    internal int[] Labels { get; }

    internal SplitPart[] Parts { get; }

    /// <summary>The index of the label without findings, -1 for none.</summary>
    internal int NormalLabel { get; }

    internal int[] Train { get; }

    internal int[] Validation { get; }

    internal int[] Test { get; }

    /// <summary>Words of each row's caption.</summary>
    internal int[] Words { get; }

    internal PartSizes Sizes => new(Train.Sum(), Validation.Sum(), Test.Sum());

    /// <summary>
    /// Lengths of the captions of all parts. As in the paper's program, a caption counts as normal if the word is anywhere in it ("abnormal" too).
    /// </summary>
    internal CaptionReport Captions(bool bySubstring)
    {
        List<int> lengths = [];
        for (int row = 0; row < Labels.Length; row++)
        {
            bool isNormal = bySubstring
                ? _normal is not null && Labels[row] >= 0 && _captions[row].Contains(_normal, StringComparison.Ordinal)
                : Labels[row] == NormalLabel;
            if (Labels[row] >= 0 && !isNormal)
                lengths.Add(Words[row]);
        }
        return CaptionReport.Of(lengths);
    }

    /// <summary>Distinct words of the captions of some rows.</summary>
    internal int Vocabulary(Func<int, bool> rows)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        for (int row = 0; row < Labels.Length; row++)
        {
            if (Labels[row] >= 0 && rows(row))
                words.UnionWith(_words[row]);
        }
        return words.Count;
    }

    /// <summary>The vocabulary of the paper's decoder: short captions of training and validation, and the padding word.</summary>
    internal int PaperVocabulary() => 1 + Vocabulary(row => Parts[row] is SplitPart.Train or SplitPart.Validation && Words[row] <= ShortWords);

    /// <summary>How often an image of a label occurs in the balanced list.</summary>
    internal int BalancedCopies(int label) =>
        label == NormalLabel ? 1
        : Train[label] == 0 ? 0
        : (int)Math.Round(4.0 * LargestFinding() / Train[label], MidpointRounding.ToEven);

    /// <summary>How often an image of a label occurs in the equalised list.</summary>
    internal int EqualisedCopies(int label) => Train[label] == 0 ? 0 : Train.Max() / Train[label];

    /// <summary>The sizes of the paper's lists.</summary>
    internal TrainingLists Lists()
    {
        int normals = NormalLabel < 0 ? 0 : Train[NormalLabel];
        int largest = LargestFinding(),
            smallest = Enumerable.Range(0, Train.Length).Where(label => label != NormalLabel).Select(label => Train[label]).DefaultIfEmpty().Min();
        double? ratio = normals == 0 ? null : 4.0 * largest / normals;
        int findings = 0,
            findingsShort = 0,
            normalsShort = 0;
        for (int row = 0; row < Labels.Length; row++)
        {
            if (Parts[row] != SplitPart.Train)
                continue;
            bool isShort = Words[row] <= ShortWords;
            if (Labels[row] == NormalLabel)
            {
                normalsShort += isShort ? 1 : 0;
                continue;
            }
            int copies = BalancedCopies(Labels[row]);
            findings += copies;
            findingsShort += isShort ? copies : 0;
        }

        // One number per normal training image in file order; the list without long captions used the generator's next numbers.
        MersenneTwister random = new(123);
        int kept = Thin(random, normals, ratio ?? 1),
            keptShort = Thin(random, normalsShort, ratio ?? 1);
        return new TrainingLists
        {
            Balanced = normals + findings,
            Thinned = kept + findings,
            NormalsKept = kept,
            Equalised = Enumerable.Range(0, Train.Length).Sum(label => Train[label] * EqualisedCopies(label)),
            BalancedShort = normalsShort + findingsShort,
            ThinnedShort = keptShort + findingsShort,
            NormalsKeptShort = keptShort,
            ValidationShort = Short(SplitPart.Validation),
            TestShort = Short(SplitPart.Test),
            NormalRatio = ratio,
            LargestToSmallest = smallest == 0 ? null : (double)largest / smallest,
            NormalToSmallest = smallest == 0 || normals == 0 ? null : (double)normals / smallest,
        };
    }

    /// <summary>Distinct training captions of a label, and the most frequent.</summary>
    internal (int Distinct, string Commonest, int Count) TrainCaptions(int label)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        (string commonest, int most) = ("", 0);
        for (int row = 0; row < Labels.Length; row++)
        {
            if (Labels[row] == label && Parts[row] == SplitPart.Train)
                counts[_captions[row]] = counts.GetValueOrDefault(_captions[row]) + 1;
        }
        foreach ((string caption, int count) in counts)
        {
            if (count > most)
                (commonest, most) = (caption, count);
        }
        return (counts.Count, commonest, most);
    }

    internal StudyOverlap Overlap(string[] studies) => StudyOverlap.Of(studies, Parts, Array.ConvertAll(Labels, label => label == NormalLabel));

    private static int Thin(MersenneTwister random, int rows, double ratio)
    {
        int kept = 0;
        for (int i = 0; i < rows; i++)
            kept += random.NextDouble() <= ratio ? 1 : 0;
        return kept;
    }

    private int LargestFinding() =>
        Enumerable.Range(0, Train.Length).Where(label => label != NormalLabel).Select(label => Train[label]).DefaultIfEmpty().Max();

    private int Short(SplitPart part) => Enumerable.Range(0, Labels.Length).Count(row => Parts[row] == part && Words[row] <= ShortWords);

    private int[] Count(SplitPart part)
    {
        int[] counts = new int[Names.Count];
        for (int row = 0; row < Labels.Length; row++)
        {
            if (Labels[row] >= 0 && Parts[row] == part)
                counts[Labels[row]]++;
        }
        return counts;
    }
}
