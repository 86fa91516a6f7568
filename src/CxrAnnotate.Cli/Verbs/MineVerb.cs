using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr mine</c>: the statistics of an annotation list, and the labels mined from it.</summary>
internal sealed class MineVerb : Verb
{
    /// <summary>The maximum number of warnings that are printed.</summary>
    private const int MostWarnings = 20;

    private readonly Argument<FileInfo> _file = new Argument<FileInfo>("FILE")
    {
        Description =
            "An annotation list: one image per line, its path and its MeSH terms separated by '|'. The paper's protocol also needs the list of top "
            + "terms, FILE.top.",
    }.AcceptExistingOnly();

    private readonly Option<string> _protocol = new Option<string>("--protocol")
    {
        HelpName = "strict|paper",
        Description =
            "strict: labels are sets of headings of the full terms, and splits are by study. paper: reproduces every number of the authors' program.",
        DefaultValueFactory = _ => "strict",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "strict", "paper");

    private readonly Option<int> _minimumCases = new Option<int>("--minimum-cases")
    {
        HelpName = "N",
        Description = "A pattern of findings becomes a label if more than N images have it.",
        DefaultValueFactory = _ => new MineLabelsOptions().MinimumCases,
    }.Within(0);

    internal MineVerb()
        : base(
            "mine",
            "Report on an annotation list: its terms, the labels mined from it, their captions, and the lists that the networks are trained on."
        )
    {
        Add(_file);
        Add(_protocol);
        Add(_minimumCases);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Reproduce every count of the paper from the authors' list", "cxr mine openi.mesh --protocol paper"),
        new("Report on your own list, for another program", "cxr mine annotations.mesh --minimum-cases 20 --json"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        MiningReport report = MiningReport.Of(
            parsed.GetRequiredValue(_file).ToString(),
            new MineLabelsOptions
            {
                Protocol = Enum.Parse<MiningProtocol>(parsed.GetRequiredValue(_protocol), ignoreCase: true),
                MinimumCases = parsed.GetValue(_minimumCases),
                Cancellation = cancellation,
            }
        );
        foreach (string warning in report.Warnings.Take(MostWarnings))
            session.Progress.Warn(warning);
        if (report.Warnings.Count > MostWarnings)
            session.Progress.Warn($"and {report.Warnings.Count - MostWarnings} more; --json lists them all.");
        if (report.SkippedLines > 0)
            session.Progress.Warn(
                $"{Amount.Of(report.SkippedLines, "line was", "lines were")} skipped; {Amount.Of(report.Images, "is", "are")} used."
            );
        if (report.Images == 0)
            throw new InvalidDataException(
                ErrorCode.NoUsableRow.Message(
                    $"'{parsed.GetRequiredValue(_file)}' has no usable line. A line is an image path and its terms, separated by '|': "
                        + $"path|Heading/qualifier|Heading."
                )
            );
        if (session.WantsJson)
            session.WriteJson(report);
        else
            MiningPrinter.Write(session.Console, report);
    }
}
