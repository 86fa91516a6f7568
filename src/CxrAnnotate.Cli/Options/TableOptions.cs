using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>How an annotation table or data set is read.</summary>
/// <param name="Columns">Custom headers.</param>
/// <param name="Uncertainty">How uncertain labels are treated.</param>
internal sealed record TableSettings(TableColumns Columns, UncertaintyPolicy Uncertainty = UncertaintyPolicy.Ignore)
{
    internal TableSettings()
        : this(new TableColumns()) { }
}

/// <summary><c>--image-column</c> and similar options, and <c>--uncertainty</c>, for every verb that reads an annotation table.</summary>
internal sealed class TableOptions : OptionGroup<TableSettings>
{
    private readonly Option<string?> _image = Column("image", "the image files");
    private readonly Option<string?> _annotation = Column("annotation", "the annotations");
    private readonly Option<string?> _study = Column("study", "the studies");
    private readonly Option<string?> _patient = Column("patient", "the patients");
    private readonly Option<string?> _view = Column("view", "the views");
    private readonly Option<string?> _source = Column("source", "where images come from");
    private readonly Option<string?> _split = Column("split", "the sides of the split (train, val, test)");
    private readonly Option<string> _uncertainty = UncertaintyOption.OfLabels();

    internal override IReadOnlyList<Option> Options => [_image, _annotation, _study, _patient, _view, _source, _split, _uncertainty];

    internal override TableSettings Read(ParseResult parsed) =>
        new(
            new TableColumns
            {
                Image = parsed.GetValue(_image),
                Annotation = parsed.GetValue(_annotation),
                Study = parsed.GetValue(_study),
                Patient = parsed.GetValue(_patient),
                View = parsed.GetValue(_view),
                Source = parsed.GetValue(_source),
                Split = parsed.GetValue(_split),
            },
            parsed.PolicyOf(_uncertainty)
        );

    /// <summary>The option for a custom name of a table column.</summary>
    internal static Option<string?> Column(string name, string what) =>
        new($"--{name}-column") { HelpName = "NAME", Description = $"The column of {what}, if it is not called '{name}'." };
}
