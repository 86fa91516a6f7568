namespace CxrAnnotate;

/// <summary>The window functions of PS3.3, C.11.2.1.2 and C.11.2.1.3, to [0, 1].</summary>
internal static class DicomWindow
{
    /// <param name="function">LINEAR (also if empty), LINEAR_EXACT or SIGMOID.</param>
    /// <param name="centre">The window's centre.</param>
    /// <param name="width">Its width.</param>
    /// <exception cref="InvalidDataException">The function is not known, or the width too small for it.</exception>
    internal static Func<double, double> Function(string function, double centre, double width)
    {
        if (function is not ("" or "LINEAR" or "LINEAR_EXACT" or "SIGMOID"))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its VOILUTFunction {DicomTags.Write(DicomTags.VoiLutFunction)} is '{function}', which is not known"
                )
            );
        if (function is "" or "LINEAR" ? width < 1 : width <= 0)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"its WindowWidth {DicomTags.Write(DicomTags.WindowWidth)} is {width}"));
        return function switch
        {
            "LINEAR_EXACT" => x => Math.Clamp(((x - centre) / width) + 0.5, 0, 1),
            "SIGMOID" => x => 1 / (1 + Math.Exp(-4 * (x - centre) / width)),
            _ => x =>
                x <= centre - 0.5 - ((width - 1) / 2) ? 0
                : x > centre - 0.5 + ((width - 1) / 2) ? 1
                : ((x - (centre - 0.5)) / (width - 1)) + 0.5,
        };
    }
}
