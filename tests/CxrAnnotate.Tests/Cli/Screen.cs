using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>
/// The screen of a terminal after a program has written to it. It supports only the control codes of progress bars; an unknown code fails the test.
/// </summary>
internal static partial class Screen
{
    /// <summary>The visible lines, without trailing blanks.</summary>
    /// <param name="written">The output.</param>
    /// <param name="width">Characters per line; longer lines wrap.</param>
    internal static string[] Lines(string written, int width)
    {
        List<StringBuilder> lines = [new()];
        int row = 0,
            column = 0;
        for (int i = 0; i < written.Length;)
        {
            if (written[i] == '\u001b')
            {
                Match code = Code().Match(written, i);
                Assert.True(
                    code.Success && code.Index == i,
                    $"unknown control code: {written.AsSpan(i, Math.Min(12, written.Length - i))}".Replace("\u001b", "ESC", StringComparison.Ordinal)
                );
                int count = int.TryParse(code.Groups["count"].Value, CultureInfo.InvariantCulture, out int given) ? given : -1;
                Act(code.Groups["name"].Value, count);
                i += code.Length;
                continue;
            }
            char c = written[i++];
            if (c == '\r')
                column = 0;
            else if (c == '\n')
            {
                // The terminal driver adds the carriage return.
                (row, column) = (row + 1, 0);
                Grow();
            }
            else
            {
                if (column == width)
                {
                    (row, column) = (row + 1, 0);
                    Grow();
                }
                StringBuilder line = lines[row];
                line.Append(' ', Math.Max(0, column + 1 - line.Length));
                line[column++] = c;
            }
        }
        return [.. lines.Select(line => line.ToString().TrimEnd())];

        void Grow()
        {
            while (lines.Count <= row)
                lines.Add(new StringBuilder());
        }

        void Act(string name, int count)
        {
            switch (name)
            {
                case "A":
                    row = Math.Max(0, row - Math.Max(count, 1));
                    break;
                case "B":
                    row += Math.Max(count, 1);
                    Grow();
                    break;
                case "K":
                    lines[row].Length = count switch
                    {
                        2 or 1 => 0,
                        _ => Math.Min(column, lines[row].Length),
                    };
                    break;
                case "J":
                    lines[row].Length = Math.Min(column, lines[row].Length);
                    lines.RemoveRange(row + 1, lines.Count - row - 1);
                    break;
                default:
                    // Colours and the visibility of the cursor.
                    break;
            }
        }
    }

    [GeneratedRegex(@"\G\u001b\[\??(?<count>[0-9]*)(?:;[0-9]+)*(?<name>[ABKJmhl])")]
    private static partial Regex Code();
}
