using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OxyPlot;

namespace CxrAnnotate;

/// <summary>
/// A chart as inline SVG that takes its colours from the page's style sheet, so that it follows light, dark and print. Colours of the plot are
/// <see cref="ChartColor"/>; in the SVG they are classes.
/// </summary>
internal static partial class ThemedSvg
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    /// <summary>Draws a plot.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="width">Its width in CSS pixels; it is scaled down where there is less room.</param>
    /// <param name="height">Its height.</param>
    /// <param name="description">What it shows, for those who do not see it.</param>
    internal static string Draw(PlotModel plot, double width, double height, string description)
    {
        SvgExporter exporter = new()
        {
            Width = width,
            Height = height,
            IsDocument = true,
        };
        XElement drawn = XElement.Parse(exporter.ExportToString(plot));
        XElement root = new(
            "svg",
            new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")),
            new XAttribute("width", width),
            new XAttribute("height", height),
            new XAttribute("class", "chart"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", description)
        );
        foreach (XElement shape in drawn.Descendants().Where(element => element.Name.LocalName is not ("g" or "defs" or "clipPath")))
            if (shape.Parent!.Name != _svg + "clipPath" && Themed(shape) is { } themed)
                root.Add(themed);
        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static XElement? Themed(XElement shape)
    {
        List<string> classes = [];
        List<XAttribute> attributes = [];
        foreach (XAttribute attribute in shape.Attributes())
        {
            string name = attribute.Name.LocalName;
            if (name == "style")
                foreach (string part in attribute.Value.Split(';', StringSplitOptions.RemoveEmptyEntries))
                    Add(part.Split(':')[0], part.Split(':')[1]);
            else if (name is not ("font-family" or "font-weight" or "shape-rendering"))
                Add(name, attribute.Value);
        }

        // What has neither line nor area is not seen.
        if (shape.Name.LocalName != "text" && classes.Count == 0)
            return null;
        return new XElement(
            shape.Name.LocalName,
            attributes,
            classes.Count == 0 ? null : new XAttribute("class", string.Join(' ', classes)),
            shape.Value.Length == 0 ? null : shape.Value
        );

        void Add(string name, string value)
        {
            if (name is "fill" or "stroke")
            {
                if (value != "none")
                    classes.Add($"{name[0]}-{ChartColor.NameOf(value)}");
                else if (name == "fill")
                    attributes.Add(new XAttribute(name, value));
            }
            else if (name is not ("stroke-linejoin" or "fill-opacity" or "stroke-opacity") && !(name == "stroke-width" && value == "1"))
                attributes.Add(new XAttribute(name, Shortened(value)));
        }
    }

    /// <summary>A tenth of a pixel is exact enough.</summary>
    private static string Shortened(string value) =>
        LongNumber()
            .Replace(value, number => Math.Round(double.Parse(number.Value, CultureInfo.InvariantCulture), 1).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\d+\.\d{2,}")]
    private static partial Regex LongNumber();
}

/// <summary>The colours of charts by their meaning. As colours they are only numbers; the page's style sheet says what they look like.</summary>
internal static class ChartColor
{
    private static readonly string[] _names = ["ink", "soft", "grid", "main", "band", "second", "base", "bar"];

    internal static OxyColor Ink => Of("ink");

    internal static OxyColor Soft => Of("soft");

    internal static OxyColor Grid => Of("grid");

    /// <summary>The model.</summary>
    internal static OxyColor Main => Of("main");

    /// <summary>The interval of the model.</summary>
    internal static OxyColor Band => Of("band");

    /// <summary>A second series beside the model.</summary>
    internal static OxyColor Second => Of("second");

    /// <summary>What needs no model.</summary>
    internal static OxyColor Base => Of("base");

    /// <summary>Counts in the background.</summary>
    internal static OxyColor Bar => Of("bar");

    /// <summary>The name of a colour as the SVG has it.</summary>
    internal static string NameOf(string rgb)
    {
        string[] parts = rgb.Split('(', ',', ')');
        return parts.Length > 3 && parts[1] == "1" && parts[2] == "0" && int.TryParse(parts[3], CultureInfo.InvariantCulture, out int index)
            ? _names[index]
            : "ink";
    }

    private static OxyColor Of(string name) => OxyColor.FromRgb(1, 0, (byte)Array.IndexOf(_names, name));
}
