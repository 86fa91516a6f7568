using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CxrAnnotate.Cli;

/// <summary>
/// Text from outside (file names, annotations, report texts, messages that quote them) as it may go to a terminal. What a terminal would act on
/// instead of showing it is shown as <c>\u001B</c>: escape sequences and other control characters, line ends, marks that turn the direction of
/// writing, and characters that cannot be seen.
/// </summary>
internal static class TerminalText
{
    /// <summary>A text in one line.</summary>
    internal static string Escape(string text) => Escape(text, lines: false);

    /// <summary>A text of several lines, as a stack trace: line ends and tabulators stay.</summary>
    internal static string EscapeLines(string text) => Escape(text, lines: true);

    /// <summary>A JSON document, indented or not, that means the same: inside of its texts such characters are written as escapes of JSON.</summary>
    internal static string EscapeJson(string json) => Escape(json, lines: true, long32: false);

    /// <summary>A text in one line, for Spectre's markup.</summary>
    internal static string Markup(string text) => Spectre.Console.Markup.Escape(Escape(text));

    /// <summary>Writes a line with markup, and with values that are shown as they are.</summary>
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
            // Joiners are part of words and of pictures; the others of this kind turn the direction or hide.
            UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse => false,
            _ => true,
        };

    /// <summary>A value with a format of its own: what comes of it is shown as it is, too.</summary>
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

        // Control codes are those of the console itself: cursor, colours.
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
