namespace CxrAnnotate;

/// <summary>Computes a <see cref="MiningReport"/> from an annotation list.</summary>
internal sealed class MiningReportBuilder
{
    /// <summary>The terms in Table 1 of the paper.</summary>
    internal const int TableTerms = 22;

    private readonly OpenIAnnotationList _list;
    private readonly MineLabelsOptions _options;
    private readonly MiningRule _rule;
    private readonly List<RowFindings> _findings = [];
    private readonly List<string> _studies = [];
    private readonly FileWarnings _warnings = new();
    private readonly WordForms _forms = new();
    private readonly string[][] _words;
    private readonly MinedLabels _mined;
    private readonly int[] _labels;
    private readonly string[] _captions;
    private readonly int _skipped;

    private MiningReportBuilder(OpenIAnnotationList list, MineLabelsOptions options)
    {
        _list = list;
        _options = options;
        _rule = MiningRule.Of(options);
        FindingsReader reader = new(_rule, _forms);
        foreach (OpenIAnnotation row in list.Rows)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            if (reader.Read(row.Mesh, row.MeshTop) is { } findings)
            {
                _findings.Add(findings);
                _studies.Add(row.Study);
                continue;
            }
            _skipped++;
            _warnings.Add(
                list.Path,
                row.Line,
                $"the annotation cannot be read ({(IsPaper ? "it needs terms in both lists" : "expected Heading/qualifier|Heading/qualifier")}); "
                    + $"skipped"
            );
        }
        if (_skipped > 0)
            _warnings.Note($"'{list.Path}': {_skipped} of {list.Rows.Count} annotations could not be read; {_findings.Count} are used.");
        _mined = LabelMiner.Mine(_findings, options);
        _labels = new int[_findings.Count];
        _captions = new string[_labels.Length];
        _words = new string[_labels.Length][];
        Dictionary<RowFindings, int> first = new(ReferenceEqualityComparer.Instance);
        for (int row = 0; row < _labels.Length; row++)
        {
            // Images of a study, and all normal ones, share their findings.
            if (!first.TryAdd(_findings[row], row))
            {
                int same = first[_findings[row]];
                (_labels[row], _captions[row], _words[row]) = (_labels[same], _captions[same], _words[same]);
                continue;
            }
            _labels[row] = _mined.LabelOf(_findings[row]);
            string[] tokens = Array.FindAll(_findings[row].Tokens(_mined.TermsOf(_labels[row])), token => token.Length > 0);
            _captions[row] = string.Join(' ', tokens);
            _words[row] = Array.FindAll(tokens, token => token != CaptionText.Separator);
        }
    }

    private bool IsPaper => _options.Protocol == MiningProtocol.Paper;

    /// <summary>Mines the list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="options">The protocol and its parameters; column names are ignored.</param>
    /// <param name="tableTerms">How many of the most frequent terms are reported, each with its overlap with the others.</param>
    /// <param name="seed">Breaks ties between studies in the study-wise split (strict protocol).</param>
    /// <exception cref="FileNotFoundException">The paper's protocol, and there is no list of top terms.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal static MiningReport Build(OpenIAnnotationList list, MineLabelsOptions options, int tableTerms = TableTerms, int seed = 1)
    {
        options.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(tableTerms);
        if (options.Protocol == MiningProtocol.Paper && !list.HasTop)
        {
            throw new FileNotFoundException(
                ErrorCode.TopTermsMissing.Message(
                    $"The paper's protocol needs the list of top terms '{list.TopPath}' beside '{list.Path}'. Put it there, or use the strict "
                        + $"protocol, which uses only the full terms."
                ),
                list.TopPath
            );
        }
        return new MiningReportBuilder(list, options).Build(tableTerms, seed);
    }

    private MiningReport Build(int tableTerms, int seed)
    {
        string[] names = [.. _mined.Labels.Select(label => label.Name)];
        LabelledRows rows = new(names, _labels, IsPaper ? PaperSplit.Assign(_labels) : SplitByStudy(seed), _captions, _words, _rule.NormalLabel);
        return new MiningReport
        {
            Protocol = _options.Protocol,
            MinimumCases = _options.MinimumCases,
            Images = _findings.Count,
            TopTerms = _mined.Terms.Count,
            Patterns = _mined.Patterns.Count,
            Labels = Labels(rows),
            LabelParts = rows.Sizes,
            SplitParts = IsPaper ? Patterns(PaperSplit.MinimumRows).Sizes : null,
            Collection = Collection(),
            Terms = Terms(tableTerms),
            Captions = rows.Captions(bySubstring: IsPaper),
            Vocabulary = IsPaper ? rows.PaperVocabulary() : rows.Vocabulary(row => rows.Parts[row] == SplitPart.Train),
            StudyOverlap = rows.Overlap([.. _studies]),
            Paper = IsPaper ? Paper(rows) : null,
            SkippedLines = _list.SkippedLines + _skipped,
            Warnings = [.. _list.Warnings, .. _warnings.All],
        };
    }

    private MinedLabelReport[] Labels(LabelledRows rows)
    {
        HashSet<string>[] studies = [.. rows.Names.Select(_ => new HashSet<string>(StringComparer.Ordinal))];
        for (int row = 0; row < _labels.Length; row++)
        {
            if (_labels[row] >= 0)
                studies[_labels[row]].Add(_studies[row]);
        }
        MinedLabelReport[] labels = new MinedLabelReport[rows.Names.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            (int distinct, string commonest, int count) = rows.TrainCaptions(i);
            labels[i] = new MinedLabelReport
            {
                Name = rows.Names[i],
                Index = _mined.Labels[i].Index,
                Total = rows.Train[i] + rows.Validation[i] + rows.Test[i],
                Train = rows.Train[i],
                Validation = rows.Validation[i],
                Test = rows.Test[i],
                Studies = studies[i].Count,
                BalancedCopies = IsPaper ? rows.BalancedCopies(i) : null,
                EqualisedCopies = IsPaper ? rows.EqualisedCopies(i) : null,
                TrainCaptions = distinct,
                CommonestCaption = commonest,
                CommonestCaptionTrain = count,
            };
        }
        return labels;
    }

    private TermReport[] Terms(int count)
    {
        MinedPattern[] table = [.. _mined.Terms.OrderByDescending(term => term.Cases).ThenBy(term => term.Index).Take(count)];
        Dictionary<string, int> place = new(StringComparer.Ordinal);
        for (int i = 0; i < table.Length; i++)
            place.Add(table[i].Name, i);
        int[] overlap = new int[table.Length];
        foreach (RowFindings row in _findings)
        {
            if (row.Terms.Count(place.ContainsKey) < 2)
                continue;
            foreach (string term in row.Terms)
            {
                if (place.TryGetValue(term, out int i))
                    overlap[i]++;
            }
        }
        return [.. table.Select((term, i) => new TermReport(_forms.HeadingForm(term.Name), term.Cases, overlap[i], 100.0 * overlap[i] / term.Cases))];
    }

    private CollectionReport Collection()
    {
        bool[] normal = [.. _findings.Select(row => row.Pattern == _rule.NormalLabel)];
        int[] abnormalTerms = [.. _findings.Where((_, i) => !normal[i]).Select(row => row.Terms.Count)];
        MinedPattern[] split = [.. _mined.Patterns.Where(pattern => pattern.Cases >= PaperSplit.MinimumRows)];
        return new CollectionReport
        {
            Studies = _studies.Distinct(StringComparer.Ordinal).Count(),
            NormalImages = _findings.Count - abnormalTerms.Length,
            NormalStudies = _studies.Where((_, i) => normal[i]).Distinct(StringComparer.Ordinal).Count(),
            AbnormalImages = abnormalTerms.Length,
            SingleTermAbnormalImages = abnormalTerms.Count(terms => terms == 1),
            MeanTerms = abnormalTerms.Length == 0 ? null : abnormalTerms.Average(),
            MaximumTerms = _findings.Count == 0 ? 0 : _findings.Max(row => row.Terms.Count),
            PatternsOnce = _mined.Patterns.Count(pattern => pattern.Cases == 1),
            PatternsSplit = split.Length,
            ImagesSplit = split.Sum(pattern => pattern.Cases),
        };
    }

    private PaperReport Paper(LabelledRows rows)
    {
        LabelledRows split = Patterns(PaperSplit.MinimumRows),
            second = Patterns(PaperSplit.MinimumRows + 1);
        Dictionary<string, int> words = new(StringComparer.Ordinal);
        for (int row = 0; row < split.Labels.Length; row++)
        {
            if (split.Parts[row] is SplitPart.Train or SplitPart.Validation && split.Labels[row] != split.NormalLabel)
            {
                string first = _findings[row].Tokens([])[0];
                words[first] = words.GetValueOrDefault(first) + 1;
            }
        }
        string[] studies = [.. _studies];
        return new PaperReport
        {
            FirstIteration = rows.Lists(),
            SecondIteration = new SecondIterationReport
            {
                Patterns = second.Names.Count,
                Parts = second.Sizes,
                Captions = second.Captions(bySubstring: true),
                Vocabulary = second.PaperVocabulary(),
                Lists = second.Lists(),
                StudyOverlap = second.Overlap(studies),
            },
            Clustering = PaperClusterRule.Apply(
                [
                    .. words
                        .Select(pair => (pair.Key, pair.Value))
                        .OrderByDescending(pair => pair.Value)
                        .ThenBy(pair => pair.Key, StringComparer.Ordinal),
                ],
                split.NormalLabel >= 0
            ),
            SplitPatternsOverlap = split.Overlap(studies),
        };
    }

    /// <summary>All patterns with a minimum number of rows, split as in the paper's program.</summary>
    private LabelledRows Patterns(int minimumRows)
    {
        Dictionary<string, int> labelOf = new(StringComparer.Ordinal);
        List<string> names = [];
        foreach (MinedPattern pattern in _mined.Patterns.Where(pattern => pattern.Cases >= minimumRows))
        {
            labelOf.Add(pattern.Name, names.Count);
            names.Add(pattern.Name);
        }
        int[] labels = [.. _findings.Select(row => labelOf.GetValueOrDefault(row.Pattern, -1))];
        return new LabelledRows(names, labels, PaperSplit.Assign(labels), _captions, _words, _rule.NormalLabel);
    }

    private SplitPart[] SplitByStudy(int seed)
    {
        int[] rows = [.. Enumerable.Range(0, _labels.Length).Where(row => _labels[row] >= 0)];
        string[] studies = [.. rows.Select(row => _studies[row])];
        SplitPart[] parts = new SplitPart[_labels.Length],
            order = [SplitPart.Train, SplitPart.Validation, SplitPart.Test];
        bool divisible = studies.Distinct(StringComparer.Ordinal).Count() >= order.Length;
        if (!divisible && rows.Length > 0)
            _warnings.Note($"'{_list.Path}': the labelled images are of fewer than {order.Length} studies; all of them are training images.");
        Dictionary<string, int> assigned = divisible
            ? StudySplitter.Assign(studies, [.. rows.Select(row => _mined.Labels[_labels[row]].Name)], [0.8, 0.1, 0.1], seed)
            : [];
        for (int i = 0; i < rows.Length; i++)
            parts[rows[i]] = order[assigned.GetValueOrDefault(studies[i])];
        return parts;
    }
}
