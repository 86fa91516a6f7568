using System.Xml;
using System.Xml.Linq;

namespace CxrAnnotate;

/// <summary>
/// Reads small XML documents into elements and texts, with bounds on depth and number: a reader keeps a scope for each open element, which makes the
/// time for a deeply nested one grow with the square of its depth.
/// </summary>
internal static class ShallowXml
{
    /// <summary>Reports have a depth of six.</summary>
    internal const int MostDepth = 64;

    /// <summary>Reports have some hundred elements.</summary>
    internal const int MostElements = 100_000;

    /// <summary>The root of the document.</summary>
    /// <exception cref="XmlException">It is no XML.</exception>
    /// <exception cref="InvalidDataException">It is nested deeper, or has more elements and attributes, than a small document.</exception>
    internal static XElement Read(XmlReader reader)
    {
        XElement? root = null,
            open = null;
        int elements = 0;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (reader.Depth >= MostDepth)
                        throw new InvalidDataException(ErrorCode.ReportUnreadable.Message($"its elements are nested more than {MostDepth} deep."));
                    if ((elements += 1 + reader.AttributeCount) > MostElements)
                        throw new InvalidDataException(
                            ErrorCode.ReportUnreadable.Message($"it has more than {MostElements} elements and attributes.")
                        );
                    bool empty = reader.IsEmptyElement;
                    var element = new XElement(XName.Get(reader.LocalName, reader.NamespaceURI));
                    while (reader.MoveToNextAttribute())
                        element.Add(
                            new XAttribute(
                                XName.Get(reader.Name == "xmlns" ? "xmlns" : reader.LocalName, reader.Name == "xmlns" ? "" : reader.NamespaceURI),
                                reader.Value
                            )
                        );
                    if (open is null)
                        root = element;
                    else
                        open.Add(element);
                    if (!empty)
                        open = element;
                    break;
                case XmlNodeType.EndElement:
                    open = open!.Parent;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    open?.Add(new XText(reader.Value));
                    break;
            }
        }

        return root ?? throw new XmlException(ErrorCode.ReportUnreadable.Message("There is no element."));
    }
}
