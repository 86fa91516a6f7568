using System.Text;
using CsCheck;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Properties of mining for any list of the format, also a faulty one.</summary>
public sealed class MinedListTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr-mining-");

    private static readonly string[] Terms = ["normal", "Opacity", "Nodule", "Lung/hypoinflation", "Catheters, Indwelling", "Mass"];

    /// <summary>Per image: its study and the indices of its terms.</summary>
    private static readonly Gen<(int Study, int[] Terms)[]> Lists = Gen.Select(
        Gen.Int[0, 20],
        Gen.Int[0, Terms.Length - 1].Array[1, 3].Select(t => t.Distinct().ToArray())
    ).Array[0, 60];

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private OpenIAnnotationList Read(string list, string? tops = null, Encoding? encoding = null)
    {
        File.WriteAllText(PathOf("a.mesh"), list, encoding ?? new UTF8Encoding(false));
        File.Delete(PathOf("a.mesh.top"));
        if (tops is not null)
            File.WriteAllText(PathOf("a.mesh.top"), tops);
        return OpenIAnnotationList.Read(PathOf("a.mesh"));
    }

    private OpenIAnnotationList Read(IEnumerable<(int Study, int[] Terms)> rows)
    {
        string text = string.Concat(
            rows.Select((row, i) => $"/imgs/512/1/{row.Study}/{i}.png|{string.Join('|', row.Terms.Select(t => Terms[t]))}\n")
        );
        return Read(text, text);
    }

    private static MineLabelsOptions Options(MiningProtocol protocol, int minimumCases = 1) =>
        new() { Protocol = protocol, MinimumCases = minimumCases };

    [Fact]
    public void Totals_and_overlaps_equal_plain_counts() =>
        Lists.Sample(
            rows =>
            {
                MiningReport report = MiningReportBuilder.Build(Read(rows), Options(MiningProtocol.Paper), tableTerms: 3);
                var counts = Enumerable
                    .Range(0, Terms.Length)
                    .Select(t => (Term: t, Total: rows.Count(r => r.Terms.Contains(t))))
                    .Where(c => c.Total > 0)
                    .ToArray();
                Assert.Equal(counts.Length, report.TopTerms);
                Assert.Equal(counts.Select(c => c.Total).OrderDescending().Take(3), report.Terms.Select(t => t.Total));
                int[] table = [.. report.Terms.Select(t => Array.IndexOf(Terms, t.Term))];
                foreach ((int term, TermReport reported) in table.Zip(report.Terms))
                {
                    Assert.Equal(rows.Count(r => r.Terms.Contains(term)), reported.Total);
                    Assert.Equal(
                        rows.Count(r => r.Terms.Contains(term) && r.Terms.Any(other => other != term && table.Contains(other))),
                        reported.Overlap
                    );
                }
            },
            iter: 200,
            threads: 1
        );

    [Fact]
    public void Labels_are_the_sets_of_terms_with_more_rows_than_the_minimum() =>
        Gen.Select(Lists, Gen.Int[0, 5])
            .Sample(
                (rows, minimum) =>
                {
                    var expected = rows.GroupBy(r => string.Join(' ', r.Terms.Order()))
                        .Where(g => g.Count() > minimum)
                        .Select(g =>
                            (
                                string.Join('+', g.First().Terms.Select(t => MeshNormalization.Token(Terms[t])).Order(StringComparer.Ordinal)),
                                g.Count()
                            )
                        );
                    MiningReport report = MiningReportBuilder.Build(Read(rows), Options(MiningProtocol.Paper, minimum));
                    Assert.Equal(expected.Order(), report.Labels.Select(l => (l.Name, l.Total)).Order());
                    Assert.All(report.Labels, l => Assert.Equal(l.Total, l.Train + l.Validation + l.Test));
                    Assert.Equal(report.Labels.Select(l => l.Train).OrderDescending(), report.Labels.Select(l => l.Train));
                    using var json = System.Text.Json.JsonDocument.Parse(CxrJson.Document("mine", report));
                    Assert.Equal(rows.Length, json.RootElement.GetProperty("images").GetInt32());
                },
                iter: 200,
                threads: 1
            );

    [Fact]
    public void A_doubled_list_has_doubled_totals() =>
        Lists.Sample(
            rows =>
            {
                foreach (MiningProtocol protocol in Enum.GetValues<MiningProtocol>())
                {
                    MiningReport once = MiningReportBuilder.Build(Read(rows), Options(protocol, 2)),
                        twice = MiningReportBuilder.Build(Read([.. rows, .. rows]), Options(protocol, 5));
                    Assert.Equal(once.Labels.Select(l => (l.Name, 2 * l.Total)).Order(), twice.Labels.Select(l => (l.Name, l.Total)).Order());
                    Assert.Equal((once.TopTerms, once.Patterns, 2 * once.Images), (twice.TopTerms, twice.Patterns, twice.Images));
                    Assert.Equal(once.Terms.Select(t => (2 * t.Total, 2 * t.Overlap)), twice.Terms.Select(t => (t.Total, t.Overlap)));
                }
            },
            iter: 100,
            threads: 1
        );

    [Fact]
    public void The_order_of_rows_and_of_terms_does_not_change_strict_labels() =>
        Gen.Select(Lists, Gen.Int)
            .Sample(
                (rows, seed) =>
                {
                    var shuffled = rows.Select(r => (r.Study, r.Terms.ToArray())).ToArray();
                    Random random = new(seed);
                    random.Shuffle(shuffled);
                    foreach ((_, int[] terms) in shuffled)
                        random.Shuffle(terms);
                    MiningReport a = MiningReportBuilder.Build(Read(rows), Options(MiningProtocol.Strict)),
                        b = MiningReportBuilder.Build(Read(shuffled), Options(MiningProtocol.Strict));
                    Assert.Equal(a.Labels.Select(l => (l.Name, l.Total)), b.Labels.Select(l => (l.Name, l.Total)));
                    Assert.Equal(0, a.StudyOverlap.StudiesInSeveralParts);
                },
                iter: 100,
                threads: 1
            );

    [Fact]
    public void Study_overlap_equals_plain_counts() =>
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 3], Gen.Bool)
            .Array[0, 40]
            .Sample(
                rows =>
                {
                    string[] studies = [.. rows.Select(r => $"{r.Item1}")];
                    SplitPart[] parts = [.. rows.Select(r => (SplitPart)r.Item2)];
                    bool[] normal = [.. rows.Select(r => r.Item3)];
                    bool Shares(int row, params SplitPart[] with) =>
                        Enumerable.Range(0, rows.Length).Any(i => studies[i] == studies[row] && with.Contains(parts[i]));
                    int[] test = [.. Enumerable.Range(0, rows.Length).Where(i => parts[i] == SplitPart.Test)];
                    StudyOverlap overlap = StudyOverlap.Of(studies, parts, normal);
                    Assert.Equal(test.Length, overlap.Test);
                    Assert.Equal(test.Count(i => Shares(i, SplitPart.Train)), overlap.TestSharingWithTrain);
                    Assert.Equal(test.Count(i => Shares(i, SplitPart.Validation)), overlap.TestSharingWithValidation);
                    Assert.Equal(test.Count(i => Shares(i, SplitPart.Train, SplitPart.Validation)), overlap.TestSharingWithEither);
                    Assert.Equal(
                        test.Count(i => !normal[i] && Shares(i, SplitPart.Train, SplitPart.Validation)),
                        overlap.AbnormalTestSharingWithEither
                    );
                    Assert.Equal(
                        Enumerable.Range(0, rows.Length).Count(i => parts[i] == SplitPart.Validation && Shares(i, SplitPart.Train)),
                        overlap.ValidationSharingWithTrain
                    );
                    Assert.Equal(
                        studies
                            .Distinct()
                            .Count(s =>
                                rows.Where((_, i) => studies[i] == s && parts[i] != SplitPart.None).Select(r => r.Item2).Distinct().Count() > 1
                            ),
                        overlap.StudiesInSeveralParts
                    );
                },
                iter: 500
            );

    [Fact]
    public void Lines_without_terms_are_skipped_with_file_and_line_and_counted()
    {
        OpenIAnnotationList list = Read(
            "/imgs/512/1/7/a.png|Opacity/left\r\n\r\n/imgs/512/1/7/b.png\r\n/imgs/512/1/8/c.png| | \r\n|Nodule\r\n/imgs/512/1/8/d.png|normal"
        );
        Assert.Equal([(1, "7", "Opacity/left"), (6, "8", "normal")], list.Rows.Select(r => (r.Line, r.Study, r.Mesh.Trim())));
        Assert.Equal(3, list.SkippedLines);
        Assert.Equal(
            ["line 3", "line 4", "line 5", "3 of 5 lines"],
            list.Warnings.Select(w =>
                w.Split("': ", 2)[0].Contains("line", StringComparison.Ordinal) ? w.Split(", ")[1].Split(':')[0] : w.Split("': ")[1][..12]
            )
        );
        Assert.All(list.Warnings, w => Assert.Contains("a.mesh'", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Ten_thousand_terms_in_a_line_are_used_with_a_warning()
    {
        OpenIAnnotationList list = Read(
            $"/imgs/512/1/7/a.png|{string.Join('|', Enumerable.Range(0, 10_000).Select(i => $"Opacity {i}"))}\n/imgs/512/1/7/b.png|normal\n"
        );
        Assert.Contains("line 1: 10000 terms", Assert.Single(list.Warnings), StringComparison.Ordinal);
        Assert.Equal(10_001, MiningReportBuilder.Build(list, Options(MiningProtocol.Strict, 0)).TopTerms);
    }

    [Fact]
    public void Of_many_faulty_lines_the_first_are_listed_and_all_counted()
    {
        OpenIAnnotationList list = Read(string.Concat(Enumerable.Range(0, 5000).Select(i => $"a{i}\n")) + "b|/left\nc|Opacity\n");
        Assert.Equal(5000, list.SkippedLines);
        Assert.Contains("4900 more lines had warnings like these.", list.Warnings);
        Assert.InRange(list.Warnings.Count, 100, 110);
        MiningReport report = MiningReportBuilder.Build(list, Options(MiningProtocol.Strict, 0));
        Assert.Equal((1, 5001), (report.Images, report.SkippedLines));
        Assert.Contains(report.Warnings, w => w.Contains("line 5001: the annotation cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_encodings_are_read_with_a_warning()
    {
        const string Text = "/imgs/512/1/7/a.png|Opacity\n/imgs/512/1/7/b.png|Pneumonie\u0085 a\u00eerée\n";
        OpenIAnnotationList list = Read(Text, encoding: Encoding.Latin1);
        Assert.Contains("line 2: not valid UTF-8", Assert.Single(list.Warnings), StringComparison.Ordinal);
        Assert.Equal(["Opacity", "Pneumonie\u0085 a\u00eerée"], list.Rows.Select(r => r.Mesh));
        Assert.Empty(Read(Text, encoding: Encoding.Unicode).Warnings);
        Assert.Empty(Read(Text, encoding: new UTF8Encoding(true)).Warnings);
        Assert.Equal("/imgs/512/1/7/a.png", Read(Text, encoding: new UTF8Encoding(true)).Rows[0].Image);
    }

    [Fact]
    public void Paths_without_a_study_count_as_studies_of_their_own()
    {
        OpenIAnnotationList list = Read("a.png|Opacity\nb.png|Opacity\n/imgs/512/1/7/c.png|Opacity\n");
        Assert.Equal(["a.png", "b.png", "7"], list.Rows.Select(r => r.Study));
        Assert.Contains("2 of 3 image paths name no study", Assert.Single(list.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Top_terms_are_matched_by_name_where_the_lists_differ()
    {
        OpenIAnnotationList list = Read("a|Opacity/left\nb|Nodule/left\nc|Mass/left\n", "a|Opacity\nc|Mass\nb|Nodule\n");
        Assert.Equal(["Opacity", "Nodule", "Mass"], list.Rows.Select(r => r.MeshTop));
        Assert.Contains(list.Warnings, w => w.Contains("a.mesh.top', line 2: image 'c' where", StringComparison.Ordinal));

        OpenIAnnotationList shorter = Read("a|Opacity/left\nb|Nodule/left\n", "a|Opacity\n");
        Assert.Contains(shorter.Warnings, w => w.Contains("line 2: image 'b' has no top terms", StringComparison.Ordinal));
        MiningReport report = MiningReportBuilder.Build(shorter, Options(MiningProtocol.Paper, 0));
        Assert.Equal((1, 1, "opacity"), (report.Images, report.SkippedLines, report.Labels.Single().Name));
        Assert.Equal(2, MiningReportBuilder.Build(shorter, Options(MiningProtocol.Strict, 0)).Images);
    }

    [Fact]
    public void The_paper_protocol_names_the_missing_list_of_top_terms()
    {
        OpenIAnnotationList list = Read("a|Opacity\n");
        FileNotFoundException missing = Assert.Throws<FileNotFoundException>(() => MiningReportBuilder.Build(list, Options(MiningProtocol.Paper)));
        Assert.Equal(PathOf("a.mesh.top"), missing.FileName);
        Assert.Contains("a.mesh.top' beside", missing.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => OpenIAnnotationList.Read(PathOf("none.mesh")));
        Assert.Throws<InvalidDataException>(() => Read("a|Opa\0city\n"));
    }

    [Theory]
    [InlineData(MiningProtocol.Paper), InlineData(MiningProtocol.Strict)]
    public void Lists_without_rows_without_normals_or_of_one_label_have_a_report(MiningProtocol protocol)
    {
        MiningReport none = MiningReportBuilder.Build(Read("\n\n", "\n"), Options(protocol));
        Assert.Equal((0, 0, 0), (none.Images, none.Labels.Count, none.Collection.Studies));
        Assert.Contains("\"labels\": []", CxrJson.Document("mine", none), StringComparison.Ordinal);

        string findings = string.Concat(Enumerable.Range(0, 40).Select(i => $"/i/5/1/{i / 2}/{i}|{(i % 4 < 3 ? "Opacity" : "Mass")}\n"));
        MiningReport two = MiningReportBuilder.Build(Read(findings, findings), Options(protocol, 5));
        Assert.Equal([("opacity", 30), ("mass", 10)], two.Labels.Select(l => (l.Name, l.Total)));
        Assert.Equal((0, 40), (two.Collection.NormalImages, two.Captions.Count));
        Assert.Null(two.Paper?.FirstIteration.NormalRatio);

        string normals = string.Concat(Enumerable.Range(0, 20).Select(i => $"/i/5/1/{i}/{i}|normal\n"));
        MiningReport one = MiningReportBuilder.Build(Read(normals, normals), Options(protocol, 5));
        Assert.Equal(("normal", 20, 0), (one.Labels.Single().Name, one.Labels[0].Total, one.Captions.Count));
        Assert.Contains("\"meanWordCount\": null", CxrJson.Document("mine", one), StringComparison.Ordinal);
    }
}
