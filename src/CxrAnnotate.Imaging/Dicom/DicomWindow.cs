namespace CxrAnnotate;

/// <summary>The window functions of PS3.3, C.11.2.1.2 and C.11.2.1.3, to [0, 1].</summary>
internal static class DicomWindow
{
    private const string Linear = "LINEAR",
        Exact = "LINEAR_EXACT",
        Sigmoid = "SIGMOID";

    /// <summary>The number of windows of a data set.</summary>
    internal static int Count(DicomDataSet data) => Math.Min(Filled(data, DicomTags.WindowCenter), Filled(data, DicomTags.WindowWidth));

    /// <summary>Reads a window.</summary>
    /// <param name="data">The data set that holds it.</param>
    /// <param name="index">Which window, from 0.</param>
    /// <param name="notes">Receives what is wrong with it.</param>
    /// <returns>Its function; null if it cannot be applied.</returns>
    internal static Func<double, double>? Read(DicomDataSet data, int index, DicomNotes notes)
    {
        const string left = "the window is not applied";
        double?[] centres = data.NumbersOrNull(DicomTags.WindowCenter, "WindowCenter", notes),
            widths = data.NumbersOrNull(DicomTags.WindowWidth, "WindowWidth", notes);
        if (centres[index] is not { } centre)
        {
            notes.Deviates(NoNumber(data, DicomTags.WindowCenter, "WindowCenter", index), left);
            return null;
        }

        if (widths[index] is not { } width)
        {
            notes.Deviates(NoNumber(data, DicomTags.WindowWidth, "WindowWidth", index), left);
            return null;
        }

        string wrong = $"its WindowWidth {DicomTags.Write(DicomTags.WindowWidth)} is {DicomDataSet.Shown(width)}";
        if (width <= 0)
        {
            notes.Deviates(wrong, left);
            return null;
        }

        string function = FunctionOf(data, notes);
        if (function == Linear && width < 1)
        {
            notes.Deviates(wrong, $"the function {Exact} is applied, for {Linear} needs at least 1");
            function = Exact;
        }

        return Function(function, centre, width);
    }

    /// <param name="function">LINEAR (also if empty), LINEAR_EXACT or SIGMOID.</param>
    /// <param name="centre">The window's centre.</param>
    /// <param name="width">Its width: more than 0, for LINEAR at least 1.</param>
    internal static Func<double, double> Function(string function, double centre, double width) =>
        function switch
        {
            Exact => x => Math.Clamp(((x - centre) / width) + 0.5, 0, 1),
            Sigmoid => x => 1 / (1 + Math.Exp(-4 * (x - centre) / width)),
            _ => x =>
                x <= centre - 0.5 - ((width - 1) / 2) ? 0
                : x > centre - 0.5 + ((width - 1) / 2) ? 1
                : ((x - (centre - 0.5)) / (width - 1)) + 0.5,
        };

    /// <summary>The function's defined term, however the file writes it.</summary>
    private static string FunctionOf(DicomDataSet data, DicomNotes notes)
    {
        string said = data.Code(DicomTags.VoiLutFunction);
        string letters = string.Concat(said.Where(char.IsAsciiLetter)).ToUpperInvariant();
        string term = letters switch
        {
            "LINEAREXACT" => Exact,
            _ when letters.EndsWith(Sigmoid, StringComparison.Ordinal) => Sigmoid,
            _ => Linear,
        };
        if (said.Length > 0 && said != term)
            notes.Deviates(
                $"its VOILUTFunction {DicomTags.Write(DicomTags.VoiLutFunction)} is '{DicomDataSet.Shown(said)}', which is not known",
                $"{term} is taken"
            );
        return term;
    }

    private static int Filled(DicomDataSet data, uint tag) =>
        data.Find(tag) is { Value.Length: > 0 } element && DicomBinary.Read(element, data.BigEndian) is { Length: > 0 } numbers
            ? numbers.Length
            : data.Codes(tag).Count(value => value.Length > 0);

    private static string NoNumber(DicomDataSet data, uint tag, string name, int index)
    {
        string[] texts = [.. data.Codes(tag).Where(value => value.Length > 0)];
        string text = index < texts.Length ? DicomDataSet.Shown(texts[index]) : "";
        return $"its {name} {DicomTags.Write(tag)} is '{text}', which is not a number";
    }
}
