using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CxrAnnotate.Cli;

/// <summary>Prints the findings mined from reports, and their agreement with annotations, as tables.</summary>
internal static class ReportMiningPrinter
{
    internal static void WriteCounts(IAnsiConsole console, IEnumerable<FindingTotal> totals, int reports)
    {
        Table table = New($"Findings in {Number(reports)} reports")
            .AddColumn("Finding")
            .AddColumn(Right("Present"))
            .AddColumn(Right("Uncertain"))
            .AddColumn(Right("Absent"));
        foreach (FindingTotal total in totals)
            table.AddRow(TerminalText.Markup(total.Name), Number(total.Present), Number(total.Uncertain), Number(total.Absent));
        Write(console, table);
    }

    internal static void WriteEvaluation(IAnsiConsole console, ReportMiningEvaluation evaluation, string title)
    {
        Table table = New(title)
            .AddColumn("Finding")
            .AddColumn(Right("Reports"))
            .AddColumn(Right("Precision"))
            .AddColumn(Right("Recall"))
            .AddColumn(Right("F1"))
            .AddColumn(Right("Place right"))
            .AddColumn(Right("Side right"));
        foreach (FindingCounts count in evaluation.Counts.Append(evaluation.Sum))
        {
            bool normal = count.Name == MeshAnnotation.Normal;
            table.AddRow(
                TerminalText.Markup(count.Name),
                Number(count.TruePositive + count.FalseNegative),
                Part(count.Precision),
                Part(count.Recall),
                Part(count.F1),
                normal ? "" : Part(count.PlaceAccuracy),
                normal ? "" : Part(count.SideAccuracy)
            );
        }
        Write(console, table);
        console.WriteLine(
            $"micro-F1 {Part(evaluation.MicroF1)}, macro-F1 {Part(evaluation.MacroF1)} over the 21 findings, without normal. "
                + $"{Number(evaluation.Exact)} of {Number(evaluation.Reports)} reports are right in all of them."
        );
    }

    private static Table New(string title) => new Table().Border(TableBorder.Rounded).Title(new TableTitle($"[bold]{TerminalText.Markup(title)}[/]"));

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static void Write(IAnsiConsole console, Table table)
    {
        console.Write((IRenderable)table);
        console.WriteLine();
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Part(double part) => double.IsFinite(part) ? part.ToString("F3", CultureInfo.InvariantCulture) : "-";
}

/// <summary>The numbers of reports in which a finding is present, uncertain or absent.</summary>
internal sealed record FindingTotal(string Name, int Present, int Uncertain, int Absent);
