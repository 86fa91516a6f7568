namespace CxrAnnotate;

/// <summary>Interprets the names of views: those of DICOM (View Position, C.8.1.2 and C.8.11.5) and of the data sets.</summary>
internal static class RadiographView
{
    /// <summary>Whether a name denotes a frontal view.</summary>
    internal static bool IsFrontal(string name) =>
        Normal(name)
            is "FRONTAL"
                or "PA"
                or "AP"
                or "AP-HORIZONTAL"
                or "AP AXIAL"
                or "AP LLD"
                or "AP RLD"
                or "PA LLD"
                or "PA RLD"
                or "POSTERO-ANTERIOR"
                or "POSTEROANTERIOR"
                or "ANTERO-POSTERIOR"
                or "ANTEROPOSTERIOR";

    /// <summary>Whether a name denotes a lateral view.</summary>
    internal static bool IsLateral(string name) =>
        Normal(name)
            is "LATERAL"
                or "L"
                or "LL"
                or "RL"
                or "LLAT"
                or "RLAT"
                or "LAT"
                or "LEFT LATERAL"
                or "RIGHT LATERAL"
                or "SWIMMERS VIEW"
                or "XTABLE LATERAL";

    /// <summary>
    /// The view that a file declares; empty if it declares none or cannot be read for any reason, which reading its pixels will report.
    /// </summary>
    internal static string Of(RadiographFile file)
    {
        try
        {
            if (!DicomFile.Looks(file.Peek(stackalloc byte[RadiographReader.StartLength])))
                return "";
            return DicomAttributes.Of(DicomFile.OpenHeader(file).Data).View;
        }
        catch (Exception)
        {
            return "";
        }
    }

    private static string Normal(string name) => name.Trim().ToUpperInvariant().Replace('_', '-');
}
