using System.Xml;
using System.Xml.Linq;

namespace CxrAnnotate;

/// <summary>
/// Reads small XML documents into elements and texts, with limits on depth and number: a reader keeps a scope for each open element, so that its time
/// grows with the square of the depth.
/// </summary>
internal static class ShallowXml
{
    /// <summary>Reports have a depth of six.</summary>
    internal const int MostDepth = 64;

    /// <summary>Reports have about a hundred elements.</summary>
    internal const int MostElements = 100_000;

    /// <summary>Reads the root of the document.</summary>
    /// <exception cref="XmlException">The text is not XML.</exception>
    /// <exception cref="InvalidDataException">The document exceeds the limits.</exception>
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
