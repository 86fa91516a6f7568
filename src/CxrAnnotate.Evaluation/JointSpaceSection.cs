using System.Globalization;
using System.Net;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// The joint space and the error slices as parts of a page: HTML without a heading, with the picture as inline SVG and the little style and script
/// that they need. Nothing is loaded. Texts are escaped.
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

    private const string Style = """
        <style>
        .joint-space svg{width:100%;height:auto;border:1px solid currentColor;border-radius:6px;touch-action:none;cursor:grab}
        .joint-space circle{stroke:none;opacity:.75}
        .joint-space svg .by-cluster,.joint-space.clusters svg .by-label{display:none}
        .joint-space.clusters svg .by-cluster{display:inline}
        .joint-space .swatch{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.4em}
        .joint-space td,.joint-space th,.error-slices td,.error-slices th{text-align:left;padding:.2em .7em;vertical-align:middle}
        .joint-space img,.error-slices img{width:84px;height:84px;object-fit:contain;background:#000}
        @media print{.joint-space button{display:none}}
        </style>
        """;

    /// <summary>Zooms by the wheel around the pointer, moves by dragging, shows everything after a double click; the button changes the
    /// colours.</summary>
    private const string Script = """
        <script>
        document.querySelectorAll('.joint-space').forEach(function(box){
          var svg=box.querySelector('svg'),all=svg.getAttribute('viewBox').split(' ').map(Number),v=all.slice(),at=null;
          function show(){
            svg.setAttribute('viewBox',v.join(' '));
            var r=3*v[2]/all[2];
            svg.querySelectorAll('circle').forEach(function(c){c.setAttribute('r',c.classList.contains('medoid')?2*r:r);});
          }
          function place(e){var r=svg.getBoundingClientRect();return[(e.clientX-r.left)/r.width,(e.clientY-r.top)/r.height];}
          svg.addEventListener('wheel',function(e){
            e.preventDefault();
            var p=place(e),f=Math.min(Math.max(v[2]*(e.deltaY>0?1.2:1/1.2),all[2]/200),all[2])/v[2];
            v=[v[0]+p[0]*v[2]*(1-f),v[1]+p[1]*v[3]*(1-f),v[2]*f,v[3]*f];show();
          },{passive:false});
          svg.addEventListener('pointerdown',function(e){at=place(e);svg.setPointerCapture(e.pointerId);});
          svg.addEventListener('pointermove',function(e){
            if(!at)return;
            var p=place(e);v[0]-=(p[0]-at[0])*v[2];v[1]-=(p[1]-at[1])*v[3];at=p;show();
          });
          svg.addEventListener('pointerup',function(){at=null;});
          svg.addEventListener('dblclick',function(){v=all.slice();show();});
          box.querySelector('button').addEventListener('click',function(){
            this.textContent=box.classList.toggle('clusters')?'Colour by label':'Colour by cluster';
          });
        });
        </script>
        """;

    /// <summary>The picture, coloured by label or by cluster, and a table of the clusters with their medoids and words.</summary>
    /// <param name="space">The space.</param>
    /// <param name="nameOf">What a case is called; it is shown when the pointer rests on it. Leave out what identifies a person.</param>
    /// <param name="imageOf">The source of a case's image (a data URL), for the medoids; null where there is none.</param>
    public static string Html(JointSpace space, Func<int, string> nameOf, Func<int, string?> imageOf)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(nameOf);
        ArgumentNullException.ThrowIfNull(imageOf);
        string[] labels = [.. space.Clusters.Select(cluster => cluster.Label).Distinct(StringComparer.Ordinal)];
        HashSet<int> medoids = [.. space.Clusters.Select(cluster => cluster.Medoid)];
        var html = new StringBuilder(Style);
        html.Append("<div class=\"joint-space\"><p>")
            .Append(CultureInfo.InvariantCulture, $"{space.Points.Count:N0} cases, projected on the two axes along which they differ most ")
            .Append(CultureInfo.InvariantCulture, $"({space.VarianceShares.Sum():P0} of the variance). Mean silhouette of the labels ")
            .Append(CultureInfo.InvariantCulture, $"{Number(space.LabelSilhouette)}, of the clusters {Number(space.ClusterSilhouette)}. ")
            .Append("Large points are the most typical cases of their clusters. Wheel: zoom; drag: move; double click: show all. ")
            .Append("<button type=\"button\">Colour by cluster</button></p>")
            .Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" ")
            .Append(CultureInfo.InvariantCulture, $"aria-label=\"{labels.Length} labels in {space.Clusters.Count} clusters\">");
        Points("by-label", point => Array.IndexOf(labels, point.Label), point => point.Label);
        Points("by-cluster", point => point.Cluster, point => space.Clusters[point.Cluster].Name);
        html.Append("</svg><table><thead><tr><th>Cluster</th><th>Cases</th><th>Silhouette</th><th>Typical words (share, lift)</th>")
            .Append("<th>Most typical case</th></tr></thead><tbody>");
        for (int c = 0; c < space.Clusters.Count; c++)
        {
            JointSpaceCluster cluster = space.Clusters[c];
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Swatch(Array.IndexOf(labels, cluster.Label))}{Swatch(c)}{Text(cluster.Name)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{cluster.Cases:N0}</td><td>{Number(cluster.MeanSilhouette)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{Words(cluster.Words)}</td><td>{Image(cluster.Medoid, nameOf, imageOf)}</td></tr>");
        }

        return html.Append("</tbody></table></div>").Append(Script).ToString();

        void Points(string name, Func<JointSpacePoint, int> colorOf, Func<JointSpacePoint, string> groupOf)
        {
            double left = space.Points.Select(p => p.X).DefaultIfEmpty().Min(),
                right = space.Points.Select(p => p.X).DefaultIfEmpty().Max(),
                bottom = space.Points.Select(p => p.Y).DefaultIfEmpty().Min(),
                top = space.Points.Select(p => p.Y).DefaultIfEmpty().Max();
            // One scale for both axes, so that distances can be compared.
            double scale = Math.Min((Width - (2 * Margin)) / Math.Max(right - left, 1e-9), (Height - (2 * Margin)) / Math.Max(top - bottom, 1e-9));
            html.Append(CultureInfo.InvariantCulture, $"<g class=\"{name}\">");
            foreach (JointSpacePoint point in space.Points)
            {
                double x = (Width / 2.0) + (scale * (point.X - ((left + right) / 2))),
                    y = (Height / 2.0) - (scale * (point.Y - ((bottom + top) / 2)));
                bool isMedoid = medoids.Contains(point.Case);
                html.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"{(isMedoid ? 6 : 3)}\" ")
                    .Append(isMedoid ? "class=\"medoid\" " : "")
                    .Append(CultureInfo.InvariantCulture, $"fill=\"{Color(colorOf(point))}\"><title>")
                    .Append(Text($"{nameOf(point.Case)}: {groupOf(point)}"))
                    .Append("</title></circle>");
            }

            html.Append("</g>");
        }
    }

    /// <summary>A table of the clusters in which a model does worst, with interval, words and images.</summary>
    /// <param name="slices">The slices.</param>
    /// <param name="nameOf">What a case is called.</param>
    /// <param name="imageOf">The source of a case's image (a data URL); null where there is none.</param>
    /// <param name="most">How many slices, and how many images of each, are shown.</param>
    public static string Html(IReadOnlyList<ErrorSlice> slices, Func<int, string> nameOf, Func<int, string?> imageOf, int most = 6)
    {
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(nameOf);
        ArgumentNullException.ThrowIfNull(imageOf);
        if (slices.Count == 0)
            return "<p>There is no cluster of a label that is read wrong more often than the label's other cases, beyond chance.</p>";
        var html = new StringBuilder(Style);
        html.Append("<div class=\"error-slices\"><table><thead><tr><th>Label</th><th>Read wrong (95 % interval)</th><th>The label's other cases</th>")
            .Append("<th>Typical words (share, lift)</th><th>Cases, the most typical first</th></tr></thead><tbody>");
        foreach (ErrorSlice slice in slices.Take(most))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(slice.Label)}</td><td>{slice.Errors} of {slice.Cases.Count}: ")
                .Append(CultureInfo.InvariantCulture, $"{slice.ErrorRate.Value:P0} ({slice.ErrorRate.Low:P0} to {slice.ErrorRate.High:P0})</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{slice.OtherErrorRate:P0}</td><td>{Words(slice.Words)}</td><td>");
            foreach (int one in slice.Cases.Where(i => i != slice.Medoid).Prepend(slice.Medoid).Take(most))
                html.Append(Image(one, nameOf, imageOf)).Append(' ');
            html.Append("</td></tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Color(int index) => _colors[index % _colors.Length];

    private static string Swatch(int index) => $"<span class=\"swatch\" style=\"background:{Color(index)}\"></span>";

    private static string Words(IReadOnlyList<TypicalWord> words) =>
        Text(string.Join(", ", words.Select(word => FormattableString.Invariant($"{word.Word} ({word.Share:P0}, {word.Lift:F1})"))));

    private static string Image(int one, Func<int, string> nameOf, Func<int, string?> imageOf)
    {
        string name = Text(nameOf(one));
        return imageOf(one) is { } source ? $"<img src=\"{Text(source)}\" alt=\"{name}\" title=\"{name}\">" : name;
    }

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
