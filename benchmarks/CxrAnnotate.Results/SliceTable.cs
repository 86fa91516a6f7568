using System.Text;

namespace CxrAnnotate.Results;

/// <summary>A table of the runs of <see cref="SliceExperiment"/>.</summary>
internal static class SliceTable
{
    internal static string Of(IEnumerable<SliceRun> runs)
    {
        var table = new StringBuilder(
            """
            | Mark | Runs | Errors, all | Errors, effusion without the mark | Errors, effusion with it | Found by context vectors | by features |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: |

            """
        );
        foreach (IGrouping<(string, bool), SliceRun> group in runs.GroupBy(run => (run.Mark, run.IsNull)).OrderBy(group => group.Key))
        {
            SliceRun[] all = [.. group];
            int Found(Func<SliceRun, SliceOutcome> of) => all.Count(run => SliceExperiment.IsFound(of(run)));
            table.AppendLine(
                FormattableString.Invariant(
                    $"| {Name(group.Key)} | {all.Length} | {all.Average(r => r.ErrorRate):F2} | {all.Average(r => r.PlantedErrorRate):F2} | "
                )
                    + FormattableString.Invariant($"{all.Average(r => r.OtherErrorRate):F2} | {Found(r => r.Contexts)} of {all.Length} | ")
                    + FormattableString.Invariant($"{Found(r => r.Features)} of {all.Length} |")
            );
        }

        return table.ToString();
    }

    private static string Name((string Mark, bool IsNull) key) =>
        (key.Mark == nameof(PhantomMark.Drain) ? "drain" : "burnt-in letters") + (key.IsNull ? ", in every second image" : ", in 90 % of effusions");
}
