namespace CxrAnnotate.Cli;

/// <summary>Figures in a form for files that may be published.</summary>
internal static class PublicFigures
{
    /// <summary>
    /// Replaces group names that might be those of institutions with numbers: <c>source 1</c>, <c>source 2</c>, in the order of the names.
    /// </summary>
    internal static CascadeMeasurement WithoutNames(this CascadeMeasurement measured)
    {
        string[] names =
        [
            .. measured
                .Reports.SelectMany(report => report.Groups)
                .Select(group => group.Group)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        return measured with
        {
            Reports = [.. measured.Reports.Select(Public)],
            Control = measured.Control is { } control ? control with { Report = Public(control.Report) } : null,
        };

        AnnotationReport Public(AnnotationReport report) =>
            report with
            {
                Groups =
                [
                    .. report.Groups.Select(group =>
                        PublicNames.IsSource(group.Group) || PublicNames.IsView(group.Group) || report.GroupColumn is "Sex" or "Age"
                            ? group
                            : group with
                            {
                                Group = $"{report.GroupColumn?.ToLowerInvariant()} {Array.IndexOf(names, group.Group) + 1}",
                            }
                    ),
                ],
            };
    }
}
