using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads a view's images, labels and other training columns, as named by the options.</summary>
internal sealed class LabelledImageColumn
{
    private readonly ColumnReader _reader;
    private readonly RadiographColumn _images;
    private readonly LabelColumn _label;
    private readonly TextColumn? _caption;
    private readonly TextColumn? _view;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    internal LabelledImageColumn(ColumnReader reader, DataViewSchema schema, ClassifyDiseaseOptions options, bool withCaption)
    {
        _reader = reader;
        _images = reader.Add(new RadiographColumn(new ImageColumn(schema, options.ImageColumnName)));
        _label = reader.Label(options.LabelColumnName);
        _caption = withCaption ? reader.Text(options.CaptionColumnName, "caption") : null;
        _view = reader.TextIfPresent(options.ViewColumnName);
    }

    /// <summary>The names of the labels.</summary>
    internal string[] Labels => _label.Names;

    /// <summary>The rows with an image and a label, once all have been read; reports how many others there are.</summary>
    /// <param name="labels">The labels of the truth.</param>
    /// <param name="what">What the rows are for, in a word, for messages.</param>
    /// <param name="channel">The channel for messages.</param>
    /// <param name="needsCaption">Whether a row without a caption counts as unlabelled.</param>
    /// <returns>The usable rows, and the index of each in the view.</returns>
    /// <exception cref="InvalidOperationException">No row is usable.</exception>
    internal (LabelledImages Rows, int[] Places) Take(string[] labels, string what, IChannel channel, bool needsCaption = false)
    {
        float[][] truth = _label.TruthOf(labels);
        int[] usable =
        [
            .. Enumerable
                .Range(0, _reader.RowCount)
                .Where(i =>
                    _images.Places[i] >= 0 && !Array.TrueForAll(truth[i], float.IsNaN) && !(needsCaption && _caption!.Values[i].Length == 0)
                ),
        ];
        int missing = _images.Places.Count(p => p < 0),
            unlabelled = _reader.RowCount - missing - usable.Length;
        if (missing > 0)
            channel.Warning(MessageSensitivity.None, $"{missing} of {_reader.RowCount} {what} rows are skipped: their image could not be read.");
        if (unlabelled > 0)
            channel.Info(MessageSensitivity.None, $"{unlabelled} of {_reader.RowCount} {what} rows are skipped: they have no label.");
        if (usable.Length == 0)
        {
            throw new InvalidOperationException(
                ErrorCode.NoTrainingRow.Message(
                    $"The {what} view has no usable row: of {_reader.RowCount} rows, {missing} have no readable image and {unlabelled} have no "
                        + $"label. Check the image paths and the label mining's minimum number of cases."
                )
            );
        }

        var rows = new LabelledImages(
            _images.Images.Subset(usable.Select(i => _images.Places[i])),
            _label.Scheme,
            [.. usable.Select(i => truth[i])],
            _caption is null ? null : [.. usable.Select(i => _caption.Values[i].Split(' ', StringSplitOptions.RemoveEmptyEntries))]
        )
        {
            Views = _view is null ? null : [.. usable.Select(i => _view.Values[i])],
        };
        return (rows, usable);
    }
}
