namespace CxrAnnotate.Tests;

/// <summary>Annotations describe exactly what is drawn: a study is compared with the same patient, pose and noise without the finding.</summary>
public class PhantomHonestyTests
{
    // Without noise and with whole exposures, so that only the finding differs; 128 pixels are enough to see every finding.
    private static readonly ChestPhantom Phantom = new(new() { Size = 128, NoiseLevel = 0 });

    private static IEnumerable<(int Index, PhantomFinding Finding)> Samples(FindingKind kind, int count)
    {
        PhantomRandom random = new(7 + 31 * (ulong)kind);
        for (int i = 0; i < count; i++)
            yield return (i, FindingTable.Sample(kind, random));
    }

    private static (PhantomImage With, PhantomImage Without) Pair(int index, PhantomFinding finding, bool lateral = false) =>
        (Phantom.Draw(index, [finding], lateral), Phantom.Draw(index, [], lateral));

    public static TheoryData<string> Kinds => [.. Enum.GetNames<FindingKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_finding_changes_the_picture_inside_its_region_and_nowhere_else(string name)
    {
        FindingKind kind = Enum.Parse<FindingKind>(name);
        foreach ((int index, PhantomFinding finding) in Samples(kind, 25))
        {
            (PhantomImage with, PhantomImage without) = Pair(index, finding);
            PhantomRegion region = Assert.Single(with.Regions);
            Assert.Equal(finding.Term, region.Term);
            Assert.InRange(region.X, 0, with.Width - 1);
            Assert.InRange(region.Y, 0, with.Height - 1);
            Assert.InRange(region.X + region.Width, 1, with.Width);
            Assert.InRange(region.Y + region.Height, 1, with.Height);
            double all = PhantomProbe.Compare(with, without).Absolute;
            // The film's blur reaches a little beyond the drawn edge.
            const int Blur = 3;
            double inside = PhantomProbe
                .Compare(
                    with,
                    without,
                    (x, y) =>
                        x >= region.X - Blur && x < region.X + region.Width + Blur && y >= region.Y - Blur && y < region.Y + region.Height + Blur
                )
                .Absolute;
            Assert.True(all > 100, $"{finding.Term} cannot be seen: total change {all}.");
            // A finding of shape moves its neighbours: inflation the abdomen, a bent spine the ribs. Still, most of its change is in its region.
            bool shape =
                kind
                is FindingKind.Hypoinflation
                    or FindingKind.Hyperdistention
                    or FindingKind.Scoliosis
                    or FindingKind.Cardiomegaly
                    or FindingKind.AortaTortuous;
            Assert.True(inside >= (shape ? 0.5 : 0.99) * all, $"{finding.Term}: {inside / all:P1} of the change lies in its region.");
        }
    }

    [Fact]
    public void The_side_is_the_patients_and_so_the_other_side_of_the_image()
    {
        foreach (
            FindingKind kind in (FindingKind[])
                [
                    FindingKind.CalcifiedGranuloma,
                    FindingKind.Nodule,
                    FindingKind.Opacity,
                    FindingKind.PulmonaryAtelectasis,
                    FindingKind.PleuralEffusion,
                    FindingKind.FracturesBone,
                    FindingKind.Calcinosis,
                    FindingKind.SurgicalInstruments,
                ]
        )
            foreach ((int index, PhantomFinding finding) in Samples(kind, 60))
            {
                if (finding.Side == BodySide.None)
                    continue;
                (PhantomImage with, PhantomImage without) = Pair(index, finding);
                double left = PhantomProbe.Compare(with, without).LeftShare;
                if (finding.Side == BodySide.Right)
                    Assert.True(left > 0.93, $"{finding.Term}: {left:P0} of the change lies on the image's left.");
                else if (finding.Side == BodySide.Left)
                    Assert.True(left < 0.07, $"{finding.Term}: {left:P0} of the change lies on the image's left.");
                else
                    Assert.InRange(left, 0.15, 0.85);
                Assert.Equal(
                    finding.Side != BodySide.None && finding.Place != BodyPlace.Lingula,
                    Has(finding.Term, "right") || Has(finding.Term, "left") || Has(finding.Term, "bilateral")
                );
            }
    }

    [Fact]
    public void A_right_sided_opacity_brightens_the_patients_right_lung()
    {
        foreach ((int index, PhantomFinding finding) in Samples(FindingKind.Opacity, 60).Where(sample => sample.Finding.Side == BodySide.Right))
        {
            (PhantomImage with, PhantomImage without) = Pair(index, finding);
            PhantomProbe.Change right = PhantomProbe.Compare(with, without, (x, _) => x < with.Width / 2);
            Assert.True(right.Sum > 0.95 * right.Absolute && right.Sum > 300);
        }
    }

    [Fact]
    public void A_catheter_enters_from_its_side_and_a_spine_bends_to_it()
    {
        foreach ((int index, PhantomFinding finding) in Samples(FindingKind.CathetersIndwelling, 40))
        {
            (PhantomImage with, PhantomImage without) = Pair(index, finding);
            int middle = with.Width / 2;
            // Above the clavicle's medial end the line has not reached the vena cava yet.
            double left = PhantomProbe.Compare(with, without, (x, y) => y < 0.30 * with.Height).LeftShare;
            Assert.True(finding.Side == BodySide.Right ? left > 0.5 : left < 0.5, $"{finding.Term}: {left:P0}");
        }
        foreach ((int _, PhantomFinding finding) in Samples(FindingKind.Scoliosis, 40))
        {
            ChestAnatomy body = new(new PhantomRandom(3));
            body.Apply(finding);
            float bend = Enumerable.Range(-6, 13).Select(i => body.Spine(0.1f * i)).MaxBy(MathF.Abs);
            Assert.Equal(finding.Side == BodySide.Right, bend < 0);
            Assert.Equal(finding.Grade == FindingGrade.Mild, MathF.Abs(bend) < 0.11f);
        }
    }

    [Fact]
    public void The_zones_of_the_lung_lie_one_below_the_other()
    {
        BodyPlace[][] zones =
        [
            [BodyPlace.Apex],
            [BodyPlace.UpperLobe],
            [BodyPlace.MiddleLobe, BodyPlace.Lingula],
            [BodyPlace.LowerLobe],
            [BodyPlace.Base],
        ];
        for (int i = 1; i < zones.Length; i++)
            Assert.True(ChestAnatomy.Zone(zones[i - 1][0]).To + 0.08f < ChestAnatomy.Zone(zones[i][0]).From);
        foreach (int patient in Enumerable.Range(0, 20))
        {
            // In one patient every drawing of a zone lies below every drawing of the zone above it, at the same distance from the spine.
            double[] lowest = new double[zones.Length],
                highest = new double[zones.Length];
            Array.Fill(highest, double.MaxValue);
            PhantomRandom random = new((ulong)patient);
            for (int zone = 0; zone < zones.Length; zone++)
                for (int i = 0; i < 6; i++)
                {
                    PhantomFinding finding = new(FindingKind.CalcifiedGranuloma)
                    {
                        Place = zones[zone][0],
                        Side = BodySide.Right,
                        Extent = 0.05f,
                        Seed = random.NextUInt64(),
                    };
                    (PhantomImage with, PhantomImage without) = Pair(patient, finding);
                    double y = PhantomProbe.Compare(with, without).Y;
                    (lowest[zone], highest[zone]) = (Math.Max(lowest[zone], y), Math.Min(highest[zone], y));
                }
            for (int zone = 1; zone < zones.Length; zone++)
                Assert.True(lowest[zone - 1] < highest[zone], $"Patient {patient}: zones {zone - 1} and {zone} overlap.");
        }
    }

    [Fact]
    public void A_larger_or_more_severe_word_is_a_larger_change_in_the_same_patient()
    {
        (FindingKind Kind, FindingGrade[] Grades)[] scales =
        [
            (FindingKind.CalcifiedGranuloma, [FindingGrade.Small, FindingGrade.Plain, FindingGrade.Large]),
            (FindingKind.Nodule, [FindingGrade.Small, FindingGrade.Plain]),
            (FindingKind.Hypoinflation, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.Hyperdistention, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.Cardiomegaly, [FindingGrade.Mild, FindingGrade.Plain, FindingGrade.Severe]),
            (FindingKind.Scoliosis, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.PleuralEffusion, [FindingGrade.Small, FindingGrade.Moderate, FindingGrade.Large]),
            (FindingKind.PulmonaryAtelectasis, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.AortaTortuous, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.ThoracicDegenerative, [FindingGrade.Mild, FindingGrade.Plain]),
            (FindingKind.GranulomatousDisease, [FindingGrade.Mild, FindingGrade.Plain]),
        ];
        foreach ((FindingKind kind, FindingGrade[] grades) in scales)
            for (int patient = 0; patient < 12; patient++)
            {
                double before = 0;
                foreach (FindingGrade grade in grades)
                {
                    (float low, float high) = FindingTable.Extent(kind, grade);
                    PhantomFinding finding = new(kind)
                    {
                        Grade = grade,
                        Side = BodySide.Left,
                        Place =
                            kind is FindingKind.CalcifiedGranuloma or FindingKind.Nodule ? BodyPlace.UpperLobe
                            : kind == FindingKind.PulmonaryAtelectasis ? BodyPlace.Base
                            : BodyPlace.None,
                        Extent = 0.5f * (low + high),
                        Seed = 99,
                    };
                    (PhantomImage with, PhantomImage without) = Pair(patient, finding);
                    double change = PhantomProbe.Compare(with, without).Absolute;
                    Assert.True(change > before, $"{finding.Term} changes {change}, less than the grade below ({before}).");
                    before = change;
                }
            }
    }

    [Fact]
    public void Multiple_means_several_and_its_absence_one()
    {
        foreach ((int index, PhantomFinding finding) in Samples(FindingKind.CalcifiedGranuloma, 60))
        {
            (PhantomImage with, PhantomImage without) = Pair(index, finding);
            int spots = Islands(with, without);
            if (finding.Multiple)
                Assert.InRange(spots, 3, 4);
            else
                Assert.Equal(1, spots);
        }
    }

    [Fact]
    public void A_normal_heart_is_narrower_than_half_the_chest_and_an_enlarged_one_wider()
    {
        for (int i = 0; i < 2000; i++)
        {
            ChestAnatomy body = new(new PhantomRandom((ulong)i));
            Assert.InRange(body.HeartRatio, 0.3f, 0.5f);
            Assert.True(body.HeartReach(-1) + body.HeartReach(1) < body.ChestHalfWidth);
            body.Apply(FindingTable.Sample(FindingKind.Cardiomegaly, new PhantomRandom((ulong)i + 1)));
            Assert.True(body.HeartReach(-1) + body.HeartReach(1) > 1.05f * body.ChestHalfWidth);
        }
    }

    [Fact]
    public void Every_finding_is_seen_at_96_pixels_within_a_whole_data_set()
    {
        ChestPhantom phantom = new(
            new()
            {
                Size = 96,
                NormalFraction = 0,
                FindingsPerStudy = 3,
            }
        );
        for (int i = 0; i < 250; i++)
            foreach (PhantomFinding finding in phantom.Findings(i))
            {
                PhantomImage with = phantom.Render(i),
                    without = phantom.RenderWithout(i, finding);
                int changed = with.Pixels.Zip(without.Pixels).Count(pair => Math.Abs(pair.First - pair.Second) >= 8);
                Assert.True(changed >= 6, $"Study {i}, {finding.Term}: only {changed} pixels change by 8 grey values or more.");
            }
    }

    private static bool Has(string term, string word) => term.Split('/').Contains(word);

    /// <summary>The number of separate bright spots in the difference of two images.</summary>
    private static int Islands(PhantomImage with, PhantomImage without)
    {
        int size = with.Width,
            found = 0;
        int[] difference = [.. with.Pixels.Zip(without.Pixels, (a, b) => a - b)];
        int threshold = Math.Max(10, difference.Max() / 2);
        bool[] seen = new bool[difference.Length];
        Stack<int> open = [];
        for (int start = 0; start < difference.Length; start++)
        {
            if (seen[start] || difference[start] < threshold)
                continue;
            found++;
            open.Push(start);
            seen[start] = true;
            while (open.TryPop(out int at))
                foreach (int next in (ReadOnlySpan<int>)[at - 1, at + 1, at - size, at + size])
                    if (next >= 0 && next < difference.Length && !seen[next] && difference[next] >= threshold)
                    {
                        seen[next] = true;
                        open.Push(next);
                    }
        }
        return found;
    }
}
