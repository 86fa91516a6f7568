using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace CxrAnnotate;

/// <summary>The charts of an evaluation report as SVG.</summary>
internal static class ReportCharts
{
    private const double FontSize = 12;

    internal static string Roc(QuestionFigures figures, bool small = false)
    {
        RocCurve curve = figures.Roc;
        PlotModel plot = Square(small ? "" : "False positive rate (1 - specificity)", small ? "" : "Sensitivity", small);
        Band(plot, curve.Band);
        plot.Series.Add(Line([new(0, 0), new(1, 1)], ChartColor.Base, dashed: true));
        plot.Series.Add(Line(Thinned([.. curve.Points.Select(point => new DataPoint(point.X, point.Y))]), ChartColor.Main, small ? 1.5 : 2));
        if (!small)
            foreach (OperatingPoint point in figures.OperatingPoints)
                Mark(plot, 1 - point.Specificity.Value, point.Sensitivity.Value, point.Given == "decision");
        return ThemedSvg.Draw(
            plot,
            small ? 190 : 400,
            small ? 170 : 360,
            $"ROC curve, {Name(figures)}: area {Number(curve.Area)}."
        );
    }

    internal static string PrecisionRecall(QuestionFigures figures, bool small = false)
    {
        PrecisionRecallCurve curve = figures.PrecisionRecall;
        PlotModel plot = Square(small ? "" : "Recall (sensitivity)", small ? "" : "Precision (positive predictive value)", small);
        Band(plot, curve.Band);
        plot.Series.Add(Line([new(0, curve.Prevalence), new(1, curve.Prevalence)], ChartColor.Base, dashed: true));
        // The precision of a point holds back to the recall of the one before it.
        List<DataPoint> stairs = [];
        double recall = 0;
        foreach (CurvePoint point in curve.Points)
        {
            stairs.Add(new(recall, point.Y));
            stairs.Add(new(point.X, point.Y));
            recall = point.X;
        }
        plot.Series.Add(Line(Thinned(stairs), ChartColor.Main, small ? 1.5 : 2));
        if (!small)
            foreach (OperatingPoint point in figures.OperatingPoints)
                Mark(plot, point.Sensitivity.Value, point.Precision.Value, point.Given == "decision");
        return ThemedSvg.Draw(
            plot,
            small ? 190 : 400,
            small ? 170 : 360,
            $"Precision-recall curve, {Name(figures)}: average precision {Number(curve.Area)}, share of positives {Number(curve.Prevalence)}."
        );
    }

    internal static string Reliability(ReliabilityDiagram diagram, string what, bool small = false)
    {
        PlotModel plot = Square(small ? "" : "Probability said", small ? "" : "Share that is so", small);
        int most = diagram.Bins.Count == 0 ? 1 : diagram.Bins.Max(bin => bin.Cases);
        // How many cases each bin has, in the lowest fifth.
        RectangleBarSeries counts = new()
        {
            FillColor = ChartColor.Bar,
            StrokeThickness = 0,
            StrokeColor = OxyColors.Transparent,
        };
        foreach (ReliabilityBin bin in diagram.Bins)
            counts.Items.Add(new RectangleBarItem(bin.From + 0.01, 0, bin.To - 0.01, 0.2 * bin.Cases / most));
        plot.Series.Add(counts);
        plot.Series.Add(Line([new(0, 0), new(1, 1)], ChartColor.Base, dashed: true));
        foreach (ReliabilityBin bin in diagram.Bins)
            plot.Series.Add(Line([new(bin.Predicted, bin.Observed.Low), new(bin.Predicted, bin.Observed.High)], ChartColor.Main, 1));
        foreach (ReliabilityBin bin in diagram.Bins)
        {
            double share = Math.Sqrt((double)bin.Cases / most);
            Mark(plot, bin.Predicted, bin.Observed.Value, filled: true, size: small ? 2 + (2 * share) : 3 + (4 * share));
        }
        return ThemedSvg.Draw(
            plot,
            small ? 190 : 400,
            small ? 170 : 360,
            $"Reliability diagram, {what}: expected calibration error {Number(diagram.Ece)}."
        );
    }

    internal static string RiskCoverage(RiskCoverageCurve curve)
    {
        PlotModel plot = Square("Coverage (share answered)", "Risk (share wrong)", small: false);
        double most = Math.Max(curve.RandomArea, curve.Points.Where(point => point.Coverage >= 0.05).Max(point => point.Risk));
        plot.Axes[1].Maximum = Math.Clamp(1.15 * most, 0.05, 1);
        plot.Series.Add(Line([new(0, curve.RandomArea), new(1, curve.RandomArea)], ChartColor.Base, dashed: true));
        plot.Series.Add(Line(Thinned([.. curve.Points.Select(point => new DataPoint(point.Coverage, point.Risk))]), ChartColor.Main, 2));
        return ThemedSvg.Draw(plot, 400, 360, $"Risk-coverage curve: area {Number(curve.Area)}, without knowledge {Number(curve.RandomArea)}.");
    }

    /// <summary>The figure of each group with its interval, and that of all cases.</summary>
    internal static string Forest(NamedGap gap, string column)
    {
        SubgroupFigure[] groups = [.. gap.Gap.Groups.Where(group => double.IsFinite(group.Figure.Value))];
        double[] ends =
        [
            .. groups.SelectMany(group => (double[])[group.Figure.Value, group.Figure.Low, group.Figure.High]).Where(double.IsFinite),
            gap.Gap.All.Value,
        ];
        (double low, double high) = (ends.Where(double.IsFinite).Min(), ends.Where(double.IsFinite).Max());
        double margin = Math.Max(0.02, 0.08 * (high - low));
        PlotModel plot = Bare();
        plot.PlotMargins = new OxyThickness(Math.Min(190, 24 + (7 * groups.Max(group => Cut(group.Group).Length + 7))), 8, 12, 24);
        plot.Axes.Add(Axis(AxisPosition.Bottom, "", Math.Max(0, low - margin), Math.Min(1, high + margin), small: false));
        CategoryAxis names = new()
        {
            Position = AxisPosition.Left,
            StartPosition = 1,
            EndPosition = 0,
            TickStyle = TickStyle.None,
            TextColor = ChartColor.Ink,
            AxislineStyle = LineStyle.None,
            FontSize = FontSize,
            GapWidth = 0.6,
        };
        foreach (SubgroupFigure group in groups)
            names.Labels.Add($"{Cut(group.Group)} ({group.Cases.ToString("N0", CultureInfo.InvariantCulture)})");
        plot.Axes.Add(names);
        plot.Annotations.Add(
            new LineAnnotation
            {
                Type = LineAnnotationType.Vertical,
                X = gap.Gap.All.Value,
                Color = ChartColor.Base,
                LineStyle = LineStyle.Dash,
            }
        );
        for (int g = 0; g < groups.Length; g++)
        {
            Estimate figure = groups[g].Figure;
            OxyColor color = groups[g].IsCompared ? ChartColor.Main : ChartColor.Base;
            if (double.IsFinite(figure.Low))
                plot.Series.Add(Line([new(figure.Low, g), new(figure.High, g)], color, 2));
            Mark(plot, figure.Value, g, filled: true, size: groups[g].Group == gap.Gap.Worst ? 5.5 : 4, color: color);
        }
        return ThemedSvg.Draw(
            plot,
            440,
            64 + (30 * groups.Length),
            $"{gap.Figure} by {column}: "
                + string.Join(", ", groups.Select(group => $"{group.Group} {Number(group.Figure)}"))
                + $"; all {Number(gap.Gap.All)}."
        );
    }

    internal static string Training(TrainingCurve curve)
    {
        bool scored = curve.ValidationScores.Count > 0;
        PlotModel plot = Bare();
        plot.PlotMargins = new OxyThickness(56, 8, scored ? 60 : 12, 44);
        double most = curve.TrainLosses.Concat(curve.ValidationLosses).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        Axis epochs = Axis(AxisPosition.Bottom, "Epoch", 1, Math.Max(2, curve.TrainLosses.Count), small: false);
        (epochs.MinimumMajorStep, epochs.MinorTickSize) = (1, 0);
        plot.Axes.Add(epochs);
        plot.Axes.Add(Axis(AxisPosition.Left, "Loss", 0, most * 1.05, small: false));
        if (scored)
        {
            Axis score = Axis(AxisPosition.Right, "Validation score", 0, 1, small: false);
            (score.Key, score.MajorGridlineStyle) = ("score", LineStyle.None);
            plot.Axes.Add(score);
        }
        if (curve.BestEpoch > 0)
            plot.Annotations.Add(
                new LineAnnotation
                {
                    Type = LineAnnotationType.Vertical,
                    X = curve.BestEpoch,
                    Color = ChartColor.Base,
                    LineStyle = LineStyle.Dash,
                }
            );
        plot.Series.Add(OverEpochs(curve.TrainLosses, ChartColor.Main));
        plot.Series.Add(OverEpochs(curve.ValidationLosses, ChartColor.Main, dashed: true));
        if (scored)
        {
            LineSeries score = OverEpochs(curve.ValidationScores, ChartColor.Second);
            score.YAxisKey = "score";
            plot.Series.Add(score);
        }
        return ThemedSvg.Draw(
            plot,
            400,
            260,
            $"Training of {curve.Name}: {Plural.Of(curve.TrainLosses.Count, "epoch", "epochs")}, training loss from "
                + $"{Number(curve.TrainLosses.FirstOrDefault(double.NaN))} to {Number(curve.TrainLosses.LastOrDefault(double.NaN))}"
                + $"{(curve.BestEpoch > 0 ? $"; epoch {curve.BestEpoch} was kept" : "")}."
        );
    }

    private static string Name(QuestionFigures figures) => figures.Question.Replace('_', ' ');

    private static string Cut(string name) => name.Length > 24 ? name[..23] + "…" : name;

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("F3", CultureInfo.InvariantCulture) : "undefined";

    private static string Number(Estimate estimate) =>
        double.IsFinite(estimate.Low)
            ? $"{Number(estimate.Value)} ({Number(estimate.Low)} to {Number(estimate.High)})"
            : Number(estimate.Value);

    private static PlotModel Bare() =>
        new()
        {
            Background = OxyColors.Undefined,
            PlotAreaBorderThickness = new OxyThickness(0),
            DefaultFontSize = FontSize,
            Padding = new OxyThickness(4),
        };

    private static PlotModel Square(string x, string y, bool small)
    {
        PlotModel plot = Bare();
        plot.PlotMargins = small ? new OxyThickness(28, 6, 8, 20) : new OxyThickness(56, 8, 12, 44);
        plot.Axes.Add(Axis(AxisPosition.Bottom, x, 0, 1, small));
        plot.Axes.Add(Axis(AxisPosition.Left, y, 0, 1, small));
        return plot;
    }

    private static LinearAxis Axis(AxisPosition position, string title, double from, double to, bool small) =>
        new()
        {
            Position = position,
            Minimum = from,
            Maximum = to,
            Title = title.Length == 0 ? null : title,
            TitleColor = ChartColor.Soft,
            TitleFontSize = FontSize,
            // The exporter measures texts as narrower than browsers draw them.
            AxisTitleDistance = position == AxisPosition.Bottom ? 8 : 18,
            TextColor = ChartColor.Soft,
            FontSize = small ? 11 : FontSize,
            TickStyle = TickStyle.None,
            MinorTickSize = 0,
            MajorTickSize = 4,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = ChartColor.Grid,
            MinimumMajorStep = small ? 0.5 : 0,
        };

    private static void Band(PlotModel plot, IReadOnlyList<CurveBand> band)
    {
        CurveBand[] drawn = [.. band.Where(point => double.IsFinite(point.Y.Low))];
        if (drawn.Length == 0)
            return;
        AreaSeries area = new()
        {
            Color = OxyColors.Transparent,
            Color2 = OxyColors.Transparent,
            Fill = ChartColor.Band,
        };
        area.Points.AddRange(drawn.Select(point => new DataPoint(point.X, point.Y.High)));
        area.Points2.AddRange(drawn.Select(point => new DataPoint(point.X, point.Y.Low)));
        plot.Series.Add(area);
    }

    private static LineSeries Line(IReadOnlyList<DataPoint> points, OxyColor color, double thickness = 1, bool dashed = false)
    {
        LineSeries line = new()
        {
            Color = color,
            StrokeThickness = thickness,
            LineStyle = dashed ? LineStyle.Dash : LineStyle.Solid,
        };
        line.Points.AddRange(points);
        return line;
    }

    private static LineSeries OverEpochs(IReadOnlyList<double> values, OxyColor color, bool dashed = false) =>
        Line([.. values.Select((value, i) => new DataPoint(i + 1, value))], color, 2, dashed);

    private static void Mark(PlotModel plot, double x, double y, bool filled, double size = 4.5, OxyColor? color = null)
    {
        if (!double.IsFinite(x) || !double.IsFinite(y))
            return;
        ScatterSeries mark = new()
        {
            MarkerType = MarkerType.Circle,
            MarkerSize = size,
            MarkerFill = filled ? color ?? ChartColor.Main : OxyColors.Transparent,
            MarkerStroke = color ?? ChartColor.Main,
            MarkerStrokeThickness = filled ? 0 : 2,
        };
        mark.Points.Add(new ScatterPoint(x, y));
        plot.Series.Add(mark);
    }

    /// <summary>Of thousands of steps, those that can be told apart at the size of the chart.</summary>
    private static List<DataPoint> Thinned(List<DataPoint> points)
    {
        const int most = 400;
        if (points.Count <= most)
            return points;
        List<DataPoint> kept = [];
        foreach (DataPoint point in points)
            if (kept.Count == 0 || Math.Abs(point.X - kept[^1].X) >= 0.004 || Math.Abs(point.Y - kept[^1].Y) >= 0.004)
                kept.Add(point);
        kept.Add(points[^1]);
        return kept;
    }
}
