using System.Text;

namespace CxrAnnotate;

/// <summary>Reads lists of strings as Python writes them: <c>['a', "b's"]</c>, <c>[['a', 'b'], ['c']]</c>, and numpy's form without commas.</summary>
internal static class PythonLists
{
    /// <summary>Reads the strings of a list and of all lists in it. They are trimmed, and empty ones are dropped.</summary>
    /// <returns>False if the text is not a list.</returns>
    internal static bool TryRead(string text, out List<string> items)
    {
        bool read = TryReadNested(text, out List<List<string>> lists);
        items = [.. lists.SelectMany(list => list)];
        return read;
    }

    /// <summary>
    /// Reads the innermost lists of a list of lists. Strings directly in the outer list become one list each if there are inner lists, otherwise one
    /// list together.
    /// </summary>
    /// <returns>False if the text is not a list.</returns>
    internal static bool TryReadNested(string text, out List<List<string>> lists)
    {
        lists = [];
        List<string> outer = [];
        List<string>? inner = null;
        int depth = 0;
        bool nested = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\'' or '"')
            {
                if (depth == 0 || Quoted(text, ref i) is not { } item)
                    return false;
                if (item.Length > 0)
                    (inner ?? outer).Add(item);
            }
            else if (c == '[')
            {
                if (++depth > 1)
                {
                    nested = true;
                    inner = [];
                    lists.Add(inner);
                }
            }
            else if (c == ']')
            {
                if (--depth < 0)
                    return false;
                inner = null;
            }
            else if (c != ',' && !char.IsWhiteSpace(c))
            {
                // nan, None and array(...), as in a faulty export.
                return false;
            }
        }

        if (nested)
            lists.AddRange(outer.Select(item => new List<string> { item }));
        else
            lists.Add(outer);
        lists.RemoveAll(list => list.Count == 0);
        return depth == 0 && text.Contains('[', StringComparison.Ordinal);
    }

    private static string? Quoted(string text, ref int i)
    {
        char quote = text[i];
        var item = new StringBuilder();
        for (i++; i < text.Length; i++)
        {
            if (text[i] == quote)
                return item.ToString().Trim();
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            item.Append(text[i]);
        }

        return null;
    }
}
