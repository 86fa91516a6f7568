using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CxrAnnotate.Cli;

/// <summary>
/// Text from outside (file names, annotations, report texts, messages that quote them) made safe for a terminal. Characters that a terminal would
/// interpret are escaped (<c>\u001B</c>): escape sequences and other control characters, line ends, marks that change the direction of writing, and
/// invisible characters.
/// </summary>
internal static class TerminalText
{
    /// <summary>Escapes a text to one line.</summary>
    internal static string Escape(string text) => Escape(text, lines: false);

    /// <summary>Escapes a text of several lines, such as a stack trace: line ends and tabs are kept.</summary>
    internal static string EscapeLines(string text) => Escape(text, lines: true);

    /// <summary>Escapes a JSON document without changing its meaning: such characters in its strings become JSON escapes.</summary>
    internal static string EscapeJson(string json) => Escape(json, lines: true, long32: false);

    /// <summary>Escapes a text to one line for Spectre's markup.</summary>
    internal static string Markup(string text) => Spectre.Console.Markup.Escape(Escape(text));

    /// <summary>Writes a line with markup; its values are shown literally.</summary>
    internal static void Say(this IAnsiConsole console, FormattableString line) =>
        console.MarkupLine(
            string.Format(
                CultureInfo.InvariantCulture,
                line.Format,
                [
                    .. line.GetArguments()
                        .Select(value => (object?)(value is IFormattable formattable ? new Formatted(formattable) : Markup(value?.ToString() ?? ""))),
                ]
            )
        );

    /// <summary>The last line of defence: escapes everything that is written to a console.</summary>
    internal static IAnsiConsole Guard(IAnsiConsole console)
    {
        console.Pipeline.Attach(new EscapeHook());
        return console;
    }

    private static string Escape(string text, bool lines, bool long32 = true)
    {
        int first = 0;
        while (first < text.Length && text[first] is >= ' ' and <= '~')
            first++;
        if (first == text.Length)
            return text;
        StringBuilder escaped = new(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length;)
        {
            bool whole = Rune.TryGetRuneAt(text, i, out Rune rune);
            int length = whole ? rune.Utf16SequenceLength : 1;
            if (whole && IsShown(rune, lines))
                escaped.Append(text, i, length);
            else if (length == 2 && long32)
                escaped.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
            else if (!lines && text[i] is '\n' or '\r' or '\t')
                escaped.Append(
                    text[i] switch
                    {
                        '\n' => "\\n",
                        '\r' => "\\r",
                        _ => "\\t",
                    }
                );
            else
            {
                foreach (char part in text.AsSpan(i, length))
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)part:X4}");
            }

            i += length;
        }

        return escaped.ToString();
    }

    private static bool IsShown(Rune rune, bool lines) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control => lines && rune.Value is '\n' or '\r' or '\t',
            // Joiners are part of words and emoji; the other format characters change the direction or hide text.
            UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse => false,
            _ => true,
        };

    /// <summary>A value with its own format, whose result is shown literally, too.</summary>
    private sealed class Formatted(IFormattable value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => Markup(value.ToString(format, formatProvider));
    }

    private sealed class EscapeHook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
            renderables.Select(renderable => new Escaped(renderable));
    }

    private sealed class Escaped(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        // Control codes come from the console itself: cursor, colours.
        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner
                .Render(options, maxWidth)
                .Select(segment =>
                    segment.IsControlCode || segment.IsLineBreak || Escape(segment.Text) == segment.Text
                        ? segment
                        : new Segment(EscapeLines(segment.Text), segment.Style)
                );
    }
}
