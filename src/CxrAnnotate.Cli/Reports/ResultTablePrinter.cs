using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary>Result tables on a terminal.</summary>
internal static class ResultTablePrinter
{
    private const int WidthForMeanings = 150;

    internal static void Write(this IAnsiConsole console, ResultTable results)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(new TableTitle(TerminalText.Markup(results.Title))).AddColumn("Metric");
        foreach (ResultColumn column in results.Columns)
            table.AddColumn(
                new TableColumn(
                    column.IsBaseline ? $"[grey]{TerminalText.Markup(column.Name)}[/]" : $"[bold]{TerminalText.Markup(column.Name)}[/]"
                ).RightAligned()
            );
        // A narrow window has room for the figures only.
        bool explains = console.Profile.Width >= WidthForMeanings;
        if (explains)
            table.AddColumn("[grey]Meaning[/]");
        foreach (ResultRow row in results.Rows)
        {
            int? best = row.Best(results.Columns);
            table.AddRow([
                TerminalText.Markup(row.Name),
                .. row.Figures.Select((figure, i) => Cell(figure, row.Kind, results.Columns[i].IsBaseline, best == i)),
                .. explains ? (string[])[$"[grey]{TerminalText.Markup(row.Meaning)}[/]"] : [],
            ]);
        }
        table.Caption = results.HasIntervals ? new TableTitle("in brackets: 95 % intervals") : null;
        console.Write((Spectre.Console.Rendering.IRenderable)table);
        console.WriteLine();
    }

    private static string Cell(Figure? figure, FigureKind kind, bool baseline, bool best)
    {
        if (figure is null)
            return "";
        string value = TerminalText.Markup(figure.Text(kind)),
            interval = figure.Interval(kind);
        string styled =
            baseline ? $"[grey]{value}[/]"
            : best ? $"[bold green]{value}[/]"
            : value;
        return interval.Length == 0 ? styled : $"{styled} [grey]({TerminalText.Markup(interval)})[/]";
    }
}
