using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Finds labels in annotations: the patterns of terms that enough radiographs share (Shin et al., 2016, section 3), and turns each annotation into a
/// caption of tokens for the decoder of context.
/// </summary>
/// <remarks>
/// <para>Needs training: yes, one pass over the annotations. Input: text. Output: a key of raw type UInt32 whose values are named by label, 0
/// (missing) for a row without a label; and text, the tokens of the caption joined by one blank, with the annotation <c>WordForms</c> (a vector of
/// text, entries token, tab, form) from which tokens can be converted back to the MeSH grammar.</para>
/// <para>With <see cref="LabelTask.MultiLabel"/> the label is a vector of Single with a named slot for each heading that enough rows have: 1 present,
/// 0 absent, NaN unknown. Headings of too few rows have no slot; <see cref="MineLabelsTransformer.RareFindings"/> names them, and their terms stay in
/// the captions.</para>
/// <para>A row whose annotation is empty or cannot be read has no label and an empty caption; a warning counts such rows. Only training and
/// evaluation need labels: if the column of annotations is absent, as in scoring, the transformer passes rows through unchanged.</para>
/// </remarks>
public sealed class MineLabelsEstimator : IEstimator<MineLabelsTransformer>
{
    private readonly MLContext _context;
    private readonly MineLabelsOptions _options;

    internal MineLabelsEstimator(MLContext context, MineLabelsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _context = context;
        _options = options with { NormalTerms = [.. options.NormalTerms] };
    }

    /// <summary>The input's shape with the label and caption columns added.</summary>
    /// <param name="inputSchema">The shape of the rows to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or is not text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShapes.RequireText(inputSchema, _options.MeshColumnName, "annotation");
        if (_options.Protocol == MiningProtocol.Paper)
            SchemaShapes.RequireText(inputSchema, _options.MeshTopColumnName, "top term");
        bool multi = _options.Task == LabelTask.MultiLabel;
        foreach (string name in multi ? Stated(_options) : [])
            SchemaShapes.RequireText(inputSchema, name, "finding");
        return SchemaShapes.With(
            _context,
            inputSchema,
            multi ? OutputShape.NamedVector(_options.LabelColumnName) : OutputShape.TextKey(_options.LabelColumnName),
            OutputShape.Text(_options.CaptionColumnName, WordForms.AnnotationKind)
        );
    }

    /// <summary>Mines the labels.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">No pattern has enough rows, or the paper's protocol is set and no row has top terms.</exception>
    public MineLabelsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        bool isPaper = _options.Protocol == MiningProtocol.Paper;
        ColumnReader reader = new(input);
        TextColumn mesh = reader.Text(_options.MeshColumnName, "annotation");
        TextColumn? top = isPaper ? reader.Text(_options.MeshTopColumnName, "top term") : null;
        foreach (string name in _options.Task == LabelTask.MultiLabel ? Stated(_options) : [])
            reader.Text(name, "finding");
        reader.Read(cancellation: _options.Cancellation);
        if (top is not null && reader.RowCount > 0 && top.Values.TrueForAll(string.IsNullOrWhiteSpace))
        {
            throw new InvalidOperationException(
                ErrorCode.TopTermsMissing.Message(
                    $"The paper's protocol reads the authors' top terms from column '{_options.MeshTopColumnName}', which is empty in all "
                        + $"{reader.RowCount} rows. "
                        + "They come from the list 'openi.mesh.top' beside 'openi.mesh'. Provide them, or use the strict protocol, which uses only "
                        + "the full terms."
                )
            );
        }

        MiningRule rule = MiningRule.Of(_options);
        WordForms forms = new();
        FindingsReader findings = new(rule, forms);
        RowFindings?[] rows = new RowFindings?[reader.RowCount];
        for (int row = 0; row < rows.Length; row++)
            rows[row] = findings.Read(mesh.Values[row], top?.Values[row] ?? "");
        MineLabelsTransformer.WarnUnread(_context, _options, rows.Count(row => row is null), rows.Length);

        MinedLabels mined = LabelMiner.Mine(rows, _options, rule.NormalLabel);
        if (mined.Labels.Count == 0)
            throw NoLabel(mined, mesh.Values);
        int[] cases = new int[mined.Labels.Count];
        if (_options.Task == LabelTask.MultiLabel)
        {
            Dictionary<string, int> rare = mined
                .Terms.Where(term => term.Name != rule.NormalLabel && !mined.Labels.Contains(term))
                .OrderByDescending(term => term.Cases)
                .ToDictionary(term => term.Name, term => term.Cases, StringComparer.Ordinal);
            return new MineLabelsTransformer(
                _context,
                _options,
                rule,
                mined,
                forms.ToDictionary(),
                [.. mined.Labels.Select(label => label.Cases)],
                rare
            );
        }

        foreach (RowFindings? row in rows)
        {
            if (mined.LabelOf(row) is >= 0 and int label)
                cases[label]++;
        }
        return new MineLabelsTransformer(_context, _options, rule, mined, forms.ToDictionary(), cases);
    }

    /// <summary>The columns of uncertain and of absent findings.</summary>
    internal static IEnumerable<string> Stated(MineLabelsOptions options) =>
        ((string?[])[options.UncertainColumnName, options.AbsentColumnName]).OfType<string>();

    private InvalidOperationException NoLabel(MinedLabels mined, List<string> annotations)
    {
        int rows = annotations.Count,
            sentences = annotations.Count(FreeText.Looks);
        if (2 * sentences > annotations.Count(text => !string.IsNullOrWhiteSpace(text)))
        {
            return new InvalidOperationException(
                ErrorCode.AnnotationIsFreeText.Message(
                    $"{sentences} of {rows} texts in column '{_options.MeshColumnName}' look like sentences. Labels are mined from annotations in "
                        + $"the MeSH grammar "
                        + "(Heading/qualifier|Heading, or normal). Extract annotations from the reports by MineReports first."
                )
            );
        }

        if (mined.Patterns.Count == 0)
            return new InvalidOperationException(
                ErrorCode.NothingToMine.Message(
                    $"No row has an annotation in column '{_options.MeshColumnName}' ({rows} rows read), so there are no labels to mine."
                )
            );
        bool multi = _options.Task == LabelTask.MultiLabel;
        bool byTerm = multi || _options.UnlabelledPatterns == UnlabelledPatterns.MostFrequentTerm;
        string? normal = multi ? MiningRule.Of(_options).NormalLabel : null;
        IReadOnlyList<MinedPattern> counted = byTerm ? [.. mined.Terms.Where(term => term.Name != normal)] : mined.Patterns;
        if (counted.Count == 0)
            return new InvalidOperationException(
                ErrorCode.NothingToMine.Message(
                    $"No row of the {rows} has a finding in column '{_options.MeshColumnName}', so there are no labels to mine."
                )
            );
        int largest = counted.Max(pattern => pattern.Cases);
        return new InvalidOperationException(
            ErrorCode.LabelsTooRare.Message(
                $"No label has more than {_options.MinimumCases} cases. The most frequent of {counted.Count} {(byTerm ? "terms" : "patterns")} in "
                    + $"{rows} rows is '{counted.First(pattern => pattern.Cases == largest).Name}' with {largest}. "
                    + (
                        !multi && _options.SingleTermPatternsOnly && largest > _options.MinimumCases
                            ? "It has several terms. Set SingleTermPatternsOnly to false, or lower MinimumCases."
                            : "Lower MinimumCases, or give more rows."
                    )
            )
        );
    }
}
