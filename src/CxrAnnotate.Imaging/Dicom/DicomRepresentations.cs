namespace CxrAnnotate;

/// <summary>The value representations of PS3.5, table 6.2-1.</summary>
internal static class DicomRepresentations
{
    /// <summary>The representation of a value whose own is not known.</summary>
    internal const string Unknown = "UN";

    internal static bool Exists(string two) =>
        two is "AE" or "AS" or "AT" or "CS" or "DA" or "DS" or "DT" or "FD" or "FL" or "IS" or "LO" or "LT" or "PN" or "SH" or "SL" or "SS" or "ST"
        || two is "TM" or "UI" or "UL" or "US"
        || HasLongLength(two);

    /// <summary>Whether two bytes of zero and a length of four bytes follow it.</summary>
    internal static bool HasLongLength(string two) =>
        two is "OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV";
}
