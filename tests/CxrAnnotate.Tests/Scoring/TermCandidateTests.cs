using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class TermCandidateTests
{
    [Fact]
    public void Every_combination_is_returned_once_the_most_probable_first() =>
        Gen.Int[0, 8]
            .Select(log => log / -2.0)
            .Array[1, 4]
            .Array[1, 4]
            .Sample(logs =>
            {
                IReadOnlyList<TermCandidate>[] findings =
                [
                    .. logs.Select(
                        (terms, f) => (IReadOnlyList<TermCandidate>)[.. terms.Select((log, t) => new TermCandidate([$"finding{f}", $"word{t}"], log))]
                    ),
                ];
                (string Text, double Log)[] found = [.. TermCandidate.Combine(findings).Select(c => (string.Join(' ', c.Tokens), c.LogProbability))];
                IEnumerable<(string Text, double Log)> all = [("", 0.0)];
                for (int f = 0; f < logs.Length; f++)
                {
                    int at = f;
                    all = all.SelectMany(before =>
                        logs[at].Select((log, t) => ($"{(at == 0 ? "" : before.Text + " | ")}finding{at} word{t}", before.Log + log))
                    );
                }

                Assert.Equal(all.OrderBy(a => a.Text, StringComparer.Ordinal), found.OrderBy(a => a.Text, StringComparer.Ordinal));
                Assert.Equal(found.Select(a => a.Log).OrderDescending(), found.Select(a => a.Log));
            });

    [Fact]
    public void Without_findings_there_is_nothing_to_combine() => Assert.Empty(TermCandidate.Combine([]));
}
