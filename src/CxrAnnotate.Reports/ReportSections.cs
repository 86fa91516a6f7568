namespace CxrAnnotate;

/// <summary>The sections of a report in which findings are sought.</summary>
[Flags]
public enum ReportSections
{
    /// <summary>None; not valid as an option.</summary>
    None = 0,

    /// <summary>The findings section: what is seen.</summary>
    Findings = 1,

    /// <summary>The impression section: what is concluded.</summary>
    Impression = 2,

    /// <summary>Both.</summary>
    FindingsAndImpression = Findings | Impression,
}
