using System.Globalization;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// The joint space and the error slices as parts of a page: HTML without a heading, style or script, with the picture as inline SVG. Texts are
/// escaped. The script of an evaluation report (<see cref="ReportPage.Space"/>) zooms and moves the picture, and changes its colours.
/// </summary>
public static class JointSpaceSection
{
    private const int Width = 760,
        Height = 520,
        Margin = 14;

    /// <summary>Colours that differ in hue and lightness, on light and on dark ground.</summary>
    private static readonly string[] _colors =
    [
        "#4477aa",
        "#ee6677",
        "#228833",
        "#ccbb44",
        "#66ccee",
        "#aa3377",
        "#999999",
        "#ee7733",
        "#009988",
        "#8866cc",
    ];

    /// <summary>The picture, coloured by label, and a table of the clusters with their medoids and words.</summary>
    /// <param name="space">The space.</param>
    /// <param name="nameOf">What a case is called; it is shown when the pointer rests on it. Leave out what identifies a person.</param>
    /// <param name="imageOf">The source of a case's image (a data URL), for the medoids; null where there is none.</param>
    public static string Html(JointSpace space, Func<int, string> nameOf, Func<int, string?> imageOf) => Html(space, nameOf, imageOf, null);

    /// <inheritdoc cref="Html(JointSpace, Func{int, string}, Func{int, string?})"/>
    /// <param name="space">The space.</param>
    /// <param name="nameOf">What a case is called.</param>
    /// <param name="imageOf">The source of a case's image.</param>
    /// <param name="linkOf">The address of a case; null without links.</param>
    internal static string Html(JointSpace space, Func<int, string> nameOf, Func<int, string?> imageOf, Func<int, string>? linkOf)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(nameOf);
        ArgumentNullException.ThrowIfNull(imageOf);
        string[] labels = [.. space.Clusters.Select(cluster => cluster.Label).Distinct(StringComparer.Ordinal)];
        HashSet<int> medoids = [.. space.Clusters.Select(cluster => cluster.Medoid)];
        var html = new StringBuilder("<div class=\"joint-space\"><p class=\"says\">");
        html.Append(CultureInfo.InvariantCulture, $"{space.Points.Count:N0} cases, projected on the two axes along which they differ most ")
            .Append(CultureInfo.InvariantCulture, $"({space.VarianceShares.Sum():P0} of the variance). Mean silhouette of the labels ")
            .Append(CultureInfo.InvariantCulture, $"{Number(space.LabelSilhouette)}, of the clusters {Number(space.ClusterSilhouette)}. ")
            .Append("Large points are the most typical cases of their clusters.</p><p class=\"knobs\" hidden>")
            .Append("<button type=\"button\" data-do=\"colours\">Colour by cluster</button> ")
            .Append("<button type=\"button\" data-do=\"closer\" aria-label=\"Zoom in\">+</button> ")
            .Append("<button type=\"button\" data-do=\"farther\" aria-label=\"Zoom out\">−</button> ")
            .Append("<button type=\"button\" data-do=\"all\">Show all</button> ")
            .Append("<span>Drag to move, Ctrl and the wheel to zoom; a point opens its case.</span></p>")
            .Append(CultureInfo.InvariantCulture, $"<svg class=\"space\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" ")
            .Append(CultureInfo.InvariantCulture, $"aria-label=\"{labels.Length} labels in {space.Clusters.Count} clusters\">");
        Points();
        html.Append("</svg>")
            .Append(PageHtml.Scroll("Clusters"))
            .Append("<table><thead><tr>")
            .Append("<th scope=\"col\">Cluster</th><th scope=\"col\">Cases</th><th scope=\"col\">Silhouette</th>")
            .Append("<th scope=\"col\">Typical words (share, lift)</th><th scope=\"col\">Most typical case</th></tr></thead><tbody>");
        for (int c = 0; c < space.Clusters.Count; c++)
        {
            JointSpaceCluster cluster = space.Clusters[c];
            html.Append("<tr><th scope=\"row\">")
                .Append(Swatch(Array.IndexOf(labels, cluster.Label), "by-label"))
                .Append(Swatch(c, "by-cluster"))
                .Append(CultureInfo.InvariantCulture, $"{Plain(cluster.Name)}</th>")
                .Append(CultureInfo.InvariantCulture, $"<td>{cluster.Cases:N0}</td><td>{Number(cluster.MeanSilhouette)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"words\">{Words(cluster.Words)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{Image(cluster.Medoid, nameOf, imageOf, linkOf)}</td></tr>");
        }

        return html.Append("</tbody></table></div></div>").ToString();

        void Points()
        {
            double left = space.Points.Select(p => p.X).DefaultIfEmpty().Min(),
                right = space.Points.Select(p => p.X).DefaultIfEmpty().Max(),
                bottom = space.Points.Select(p => p.Y).DefaultIfEmpty().Min(),
                top = space.Points.Select(p => p.Y).DefaultIfEmpty().Max();
            // One scale for both axes, so that distances can be compared.
            double scale = Math.Min((Width - (2 * Margin)) / Math.Max(right - left, 1e-9), (Height - (2 * Margin)) / Math.Max(top - bottom, 1e-9));
            foreach (JointSpacePoint point in space.Points)
            {
                double x = (Width / 2.0) + (scale * (point.X - ((left + right) / 2))),
                    y = (Height / 2.0) - (scale * (point.Y - ((bottom + top) / 2)));
                bool isMedoid = medoids.Contains(point.Case);
                // The colour by label is that of the element; by cluster, that of its class.
                html.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"{(isMedoid ? 6 : 3)}\" ")
                    .Append(CultureInfo.InvariantCulture, $"class=\"{(isMedoid ? "medoid " : "")}c{point.Cluster % _colors.Length}\" ")
                    .Append(CultureInfo.InvariantCulture, $"fill=\"{Color(Array.IndexOf(labels, point.Label))}\" data-case=\"{point.Case}\"><title>")
                    .Append(PageHtml.Text($"{nameOf(point.Case)}: {ReportHtml.Plain(space.Clusters[point.Cluster].Name)}"))
                    .Append("</title></circle>");
            }
        }
    }

    /// <summary>A table of the clusters in which a model does worst, with interval, words and images.</summary>
    /// <param name="slices">The slices.</param>
    /// <param name="nameOf">What a case is called.</param>
    /// <param name="imageOf">The source of a case's image (a data URL); null where there is none.</param>
    /// <param name="most">How many slices, and how many images of each, are shown.</param>
    public static string Html(IReadOnlyList<ErrorSlice> slices, Func<int, string> nameOf, Func<int, string?> imageOf, int most = 6) =>
        Html(slices, nameOf, imageOf, null, most);

    /// <inheritdoc cref="Html(IReadOnlyList{ErrorSlice}, Func{int, string}, Func{int, string?}, int)"/>
    /// <param name="slices">The slices.</param>
    /// <param name="nameOf">What a case is called.</param>
    /// <param name="imageOf">The source of a case's image.</param>
    /// <param name="linkOf">The address of a case; null without links.</param>
    /// <param name="most">How many slices, and how many images of each, are shown.</param>
    internal static string Html(
        IReadOnlyList<ErrorSlice> slices,
        Func<int, string> nameOf,
        Func<int, string?> imageOf,
        Func<int, string>? linkOf,
        int most = 6
    )
    {
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(nameOf);
        ArgumentNullException.ThrowIfNull(imageOf);
        if (slices.Count == 0)
            return "<p>There is no cluster of a label that is read wrong more often than the label's other cases, beyond chance.</p>";
        var html = new StringBuilder("<div class=\"error-slices scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Error slices\">");
        html.Append("<table><thead><tr>")
            .Append("<th scope=\"col\">Label</th><th scope=\"col\">Read wrong (95 % interval)</th><th scope=\"col\">The label's other cases</th>")
            .Append("<th scope=\"col\">Typical words (share, lift)</th><th scope=\"col\">Cases, the most typical first</th></tr></thead><tbody>");
        foreach (ErrorSlice slice in slices.Take(most))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Plain(slice.Label)}</th>")
                .Append(CultureInfo.InvariantCulture, $"<td>{slice.Errors} of {slice.Cases.Count}: ")
                .Append(CultureInfo.InvariantCulture, $"{slice.ErrorRate.Value:P0} ({slice.ErrorRate.Low:P0} to {slice.ErrorRate.High:P0})</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{slice.OtherErrorRate:P0}</td><td class=\"words\">")
                .Append(Words(slice.Words))
                .Append("</td><td class=\"images\">");
            foreach (int one in slice.Cases.Where(i => i != slice.Medoid).Prepend(slice.Medoid).Take(most))
                html.Append(Image(one, nameOf, imageOf, linkOf)).Append(' ');
            html.Append("</td></tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Color(int index) => _colors[index % _colors.Length];

    private static string Swatch(int index, string style) =>
        $"<svg class=\"swatch {style}\" viewBox=\"0 0 10 10\" width=\"12\" height=\"12\" aria-hidden=\"true\">"
        + $"<circle cx=\"5\" cy=\"5\" r=\"5\" fill=\"{Color(index)}\"/></svg>";

    private static string Words(IReadOnlyList<TypicalWord> words) =>
        Plain(string.Join(", ", words.Select(word => FormattableString.Invariant($"{word.Word} ({word.Share:P0}, {word.Lift:F1})"))));

    private static string Image(int one, Func<int, string> nameOf, Func<int, string?> imageOf, Func<int, string>? linkOf)
    {
        string name = PageHtml.Text(nameOf(one)),
            shown = imageOf(one) is { } source ? $"<img src=\"{PageHtml.Text(source)}\" alt=\"{name}\" title=\"{name}\">" : name;
        return linkOf is null ? shown : $"<a href=\"{PageHtml.Text(linkOf(one))}\">{shown}</a>";
    }

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>A label, or the words of an annotation, in words.</summary>
    private static string Plain(string name) => PageHtml.Text(ReportHtml.Plain(name));
}
