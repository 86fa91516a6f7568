namespace CxrAnnotate;

/// <summary>The sections of a report that findings are looked for in.</summary>
[Flags]
public enum ReportSections
{
    /// <summary>None; no use.</summary>
    None = 0,

    /// <summary>The findings section: what is seen.</summary>
    Findings = 1,

    /// <summary>The impression section: what is concluded.</summary>
    Impression = 2,

    /// <summary>Both.</summary>
    FindingsAndImpression = Findings | Impression,
}
