using System.Globalization;
using System.Text;

namespace CxrAnnotate.Results.Explaining;

/// <summary>Tables of explained cases in Markdown.</summary>
internal static class ExplanationTables
{
    private static readonly string[] _kinds = [Truth.Finding, "side", "location", "severity"];

    /// <summary>The tables of all files; those of one set are of different images.</summary>
    internal static string Of(IReadOnlyList<ExplainedFile> files, int resamples, int seed)
    {
        var text = new StringBuilder();
        text.AppendLine("# Where it looked").AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Brackets are 95 % intervals: the bootstrap over patients, {resamples:N0} resamples, seed {seed}."
        );
        foreach (IGrouping<string, ExplainedFile> set in files.GroupBy(file => file.Set, StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {set.Key}").AppendLine();
            text.Append("| Of | Map | Images | Truth's area | Pointing game | Overlap of the top tenth | of the half-warm cells ");
            text.AppendLine("| Fall, top tenth | Fall, random tenth | Difference | Top falls more |");
            text.AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            ExplainedCase[] cases = [.. set.SelectMany(file => file.Cases)];
            foreach (string kind in _kinds)
            {
                ExplainedCase[] ofKind = [.. cases.Where(one => one.Kind == kind)];
                foreach (string method in ofKind.Select(one => one.Method).Distinct())
                    Append(text, kind, method, [.. ofKind.Where(one => one.Method == method)], resamples, seed);
                if (ofKind.Length > 0)
                    AppendCentre(text, kind, [.. ofKind.Where(one => one.Method == ofKind[0].Method)], resamples, seed);
                ExplainedCase[] read = [.. ofKind.Where(one => one.IsRead)];
                foreach (string method in read.Select(one => one.Method).Distinct().Where(name => !name.Contains("random", StringComparison.Ordinal)))
                    Append(text, $"{kind}, read", method, [.. read.Where(one => one.Method == method)], resamples, seed);
                if (read.Length > 0)
                    AppendCentre(text, $"{kind}, read", [.. read.Where(one => one.Method == read[0].Method)], resamples, seed);
            }

            text.AppendLine();
            foreach (string method in set.First().SecondsPerImage.Keys)
                text.AppendLine(CultureInfo.InvariantCulture, $"- {method}: {set.Average(file => file.SecondsPerImage[method]):F2} s an image");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string kind, string method, ExplainedCase[] cases, int resamples, int seed)
    {
        Estimate[] figures = Means(
            cases,
            [
                one => one.Hit ? 1 : 0,
                one => one.Overlap,
                one => one.HalfOverlap,
                one => one.Fall,
                one => one.RandomFall,
                one => one.Fall - one.RandomFall,
                one => double.IsNaN(one.Fall) ? double.NaN : one.Fall > one.RandomFall ? 1 : 0,
            ],
            resamples,
            seed
        );
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {kind} | {method} | {cases.Length} | {100 * cases.Average(one => one.Area):F1} % | {Percent(figures[0])} "
                + $"| {Percent(figures[1])} | {Percent(figures[2])} | {Number(figures[3])} | {Number(figures[4])} | {Number(figures[5])} "
                + $"| {Percent(figures[6])} |"
        );
    }

    private static void AppendCentre(StringBuilder text, string kind, ExplainedCase[] cases, int resamples, int seed)
    {
        Estimate[] figures = Means(cases, [one => one.CentreHit ? 1 : 0, one => one.CentreOverlap], resamples, seed);
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {kind} | image centre | {cases.Length} | | {Percent(figures[0])} | {Percent(figures[1])} | | | | | |"
        );
    }

    /// <summary>The means of values over the cases, with intervals.</summary>
    private static Estimate[] Means(ExplainedCase[] cases, Func<ExplainedCase, double>[] values, int resamples, int seed)
    {
        double[][] of = [.. values.Select(value => cases.Select(value).ToArray())];
        return Intervals.Bootstrap(
            [.. cases.Select(one => one.Unit)],
            values.Length,
            (weights, means) =>
            {
                for (int k = 0; k < of.Length; k++)
                {
                    double sum = 0,
                        weight = 0;
                    for (int i = 0; i < weights.Length; i++)
                    {
                        sum += weights[i] * of[k][i];
                        weight += weights[i];
                    }

                    means[k] = sum / weight;
                }
            },
            resamples,
            seed
        );
    }

    private static string Percent(Estimate figure) => Text(figure, value => (100 * value).ToString("F1", CultureInfo.InvariantCulture));

    private static string Number(Estimate figure) => Text(figure, value => value.ToString("F2", CultureInfo.InvariantCulture));

    private static string Text(Estimate figure, Func<double, string> text) =>
        double.IsNaN(figure.Value) ? ""
        : double.IsNaN(figure.Low) ? text(figure.Value)
        : $"{text(figure.Value)} [{text(figure.Low)}, {text(figure.High)}]";
}
