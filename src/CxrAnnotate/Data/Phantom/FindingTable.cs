namespace CxrAnnotate;

/// <summary>
/// The findings, their frequencies, and the sizes that words stand for. Counts are those of the single-term labels of Shin et al. (CVPR 2016). Two of
/// their labels, <c>spine_degenerative</c> and <c>spondylosis</c> (119 images), would be the same drawing as <c>thoracic_vertebrae_degenerative</c>;
/// their share goes to three frequent findings that look like nothing else: pleural effusion, atelectasis, tortuous aorta.
/// </summary>
internal static class FindingTable
{
    private static readonly (FindingKind Kind, string Heading, int Count)[] _rows =
    [
        (FindingKind.CalcifiedGranuloma, "Calcified Granuloma", 174),
        (FindingKind.ThoracicDegenerative, "Thoracic Vertebrae/degenerative", 118),
        (FindingKind.Hypoinflation, "Lung/hypoinflation", 117),
        (FindingKind.Calcinosis, "Calcinosis", 84),
        (FindingKind.Opacity, "Opacity", 81),
        (FindingKind.Cardiomegaly, "Cardiomegaly", 64),
        (FindingKind.Scoliosis, "Scoliosis", 61),
        (FindingKind.Hyperdistention, "Lung/hyperdistention", 46),
        (FindingKind.SurgicalInstruments, "Surgical Instruments", 41),
        (FindingKind.PleuralEffusion, "Pleural Effusion", 40),
        (FindingKind.PulmonaryAtelectasis, "Pulmonary Atelectasis", 40),
        (FindingKind.AortaTortuous, "Aorta/tortuous", 39),
        (FindingKind.Osteophyte, "Osteophyte", 39),
        (FindingKind.CathetersIndwelling, "Catheters, Indwelling", 38),
        (FindingKind.FracturesBone, "Fractures, Bone", 36),
        (FindingKind.GranulomatousDisease, "Granulomatous Disease", 36),
        (FindingKind.Nodule, "Nodule", 33),
    ];

    internal static IReadOnlyList<string> Headings { get; } = Array.AsReadOnly(Array.ConvertAll(_rows, row => row.Heading));

    internal static string Heading(FindingKind kind) => _rows[(int)kind].Heading;

    internal static int Count(FindingKind kind) => _rows[(int)kind].Count;

    /// <summary>
    /// The range of the drawn parameter for a grade. Ranges of one kind never touch. Units: radius (granuloma, nodule) and spine displacement
    /// (scoliosis) in half film widths;
    /// height of the diaphragm above (+) or below (-) its normal place; heart to chest width; height of fluid over lung height; number of levels,
    /// plates or spots.
    /// </summary>
    internal static (float Low, float High) Extent(FindingKind kind, FindingGrade grade) =>
        (kind, grade) switch
        {
            (FindingKind.CalcifiedGranuloma, FindingGrade.Small) => (0.032f, 0.038f),
            (FindingKind.CalcifiedGranuloma, FindingGrade.Plain) => (0.045f, 0.053f),
            (FindingKind.CalcifiedGranuloma, FindingGrade.Large) => (0.064f, 0.078f),
            (FindingKind.Nodule, FindingGrade.Small) => (0.052f, 0.062f),
            (FindingKind.Nodule, FindingGrade.Plain) => (0.080f, 0.100f),
            (FindingKind.ThoracicDegenerative, FindingGrade.Mild) => (3, 4),
            (FindingKind.ThoracicDegenerative, FindingGrade.Plain) => (6, 8),
            (FindingKind.Hypoinflation, FindingGrade.Mild) => (0.15f, 0.20f),
            (FindingKind.Hypoinflation, FindingGrade.Plain) => (0.27f, 0.38f),
            (FindingKind.Hyperdistention, FindingGrade.Mild) => (0.13f, 0.17f),
            (FindingKind.Hyperdistention, FindingGrade.Plain) => (0.22f, 0.29f),
            (FindingKind.Cardiomegaly, FindingGrade.Mild) => (0.535f, 0.565f),
            (FindingKind.Cardiomegaly, FindingGrade.Plain) => (0.595f, 0.625f),
            (FindingKind.Cardiomegaly, FindingGrade.Severe) => (0.665f, 0.730f),
            (FindingKind.Scoliosis, FindingGrade.Mild) => (0.065f, 0.090f),
            (FindingKind.Scoliosis, FindingGrade.Plain) => (0.125f, 0.175f),
            (FindingKind.PleuralEffusion, FindingGrade.Small) => (0.13f, 0.18f),
            (FindingKind.PleuralEffusion, FindingGrade.Moderate) => (0.28f, 0.36f),
            (FindingKind.PleuralEffusion, FindingGrade.Large) => (0.52f, 0.68f),
            (FindingKind.PulmonaryAtelectasis, FindingGrade.Mild) => (1, 1),
            (FindingKind.PulmonaryAtelectasis, FindingGrade.Plain) => (3, 4),
            (FindingKind.AortaTortuous, FindingGrade.Mild) => (0.065f, 0.085f),
            (FindingKind.AortaTortuous, FindingGrade.Plain) => (0.120f, 0.160f),
            (FindingKind.GranulomatousDisease, FindingGrade.Mild) => (7, 9),
            (FindingKind.GranulomatousDisease, FindingGrade.Plain) => (17, 23),
            (FindingKind.Opacity, FindingGrade.Plain) => (0.13f, 0.18f),
            (FindingKind.Calcinosis, FindingGrade.Plain) => (3, 5),
            (FindingKind.SurgicalInstruments, FindingGrade.Plain) => (4, 6),
            (FindingKind.Osteophyte, FindingGrade.Plain) => (3, 5),
            (FindingKind.FracturesBone, FindingGrade.Plain) => (3, 4),
            (FindingKind.CathetersIndwelling, FindingGrade.Plain) => (0.010f, 0.013f),
            _ => throw new ArgumentOutOfRangeException(nameof(grade), grade, ErrorCode.Unexpected.Message($"{kind} is not drawn at this grade.")),
        };

    /// <summary>Draws a finding of the given kind with place, side and grade about as frequent as in Open-i.</summary>
    internal static PhantomFinding Sample(FindingKind kind, PhantomRandom random)
    {
        PhantomFinding finding = new(kind) { Seed = random.NextUInt64() };
        BodySide side = random.Chance(0.5) ? BodySide.Right : BodySide.Left;
        double grade = random.NextDouble();
        double extra = random.NextDouble();
        finding = kind switch
        {
            FindingKind.CalcifiedGranuloma => InLung(finding, side, random, [0.06f, 0.30f, 0.24f, 0.20f, 0.20f]) with
            {
                Multiple = extra < 0.2,
                Grade =
                    extra < 0.2 || grade < 0.5 ? FindingGrade.Plain
                    : grade < 0.78 ? FindingGrade.Small
                    : FindingGrade.Large,
            },
            FindingKind.Nodule => InLung(finding, side, random, [0.12f, 0.32f, 0.24f, 0.20f, 0.12f]) with
            {
                Grade = grade < 0.4 ? FindingGrade.Small : FindingGrade.Plain,
            },
            FindingKind.Opacity => random.Chance(0.08)
                ? finding with
                {
                    Place = BodyPlace.Hilum,
                    Side = side,
                }
                : OverLung(finding, side, random, [0, 0.14f, 0.2f, 0.16f, 0.5f], patchy: extra < 0.3),
            FindingKind.PulmonaryAtelectasis => OverLung(finding, side, random, [0, 0, 0.2f, 0, 0.8f], patchy: false) with
            {
                Grade = grade < 0.55 ? FindingGrade.Mild : FindingGrade.Plain,
            },
            FindingKind.Cardiomegaly => finding with
            {
                Grade =
                    grade < 0.55 ? FindingGrade.Mild
                    : grade < 0.8 ? FindingGrade.Plain
                    : FindingGrade.Severe,
            },
            FindingKind.Hypoinflation or FindingKind.Hyperdistention => finding with { Grade = grade < 0.3 ? FindingGrade.Mild : FindingGrade.Plain },
            FindingKind.ThoracicDegenerative => finding with { Grade = grade < 0.57 ? FindingGrade.Mild : FindingGrade.Plain },
            FindingKind.AortaTortuous => finding with { Grade = grade < 0.4 ? FindingGrade.Mild : FindingGrade.Plain },
            FindingKind.GranulomatousDisease => finding with { Grade = grade < 0.15 ? FindingGrade.Mild : FindingGrade.Plain },
            FindingKind.Scoliosis => finding with
            {
                Side = extra < 0.7 ? BodySide.Right : BodySide.Left,
                Grade = grade < 0.52 ? FindingGrade.Mild : FindingGrade.Plain,
            },
            FindingKind.Calcinosis => extra < 0.46
                ? finding with
                {
                    Place = BodyPlace.Hilum,
                    Side = side,
                }
                : finding with
                {
                    Place = extra < 0.72 ? BodyPlace.Mediastinum : BodyPlace.Aorta,
                },
            FindingKind.SurgicalInstruments => extra < 0.45 ? finding with { Place = BodyPlace.Abdomen, Side = BodySide.Right }
            : extra < 0.75 ? finding with { Place = BodyPlace.Mediastinum }
            : finding with { Place = BodyPlace.Breast, Side = side },
            FindingKind.PleuralEffusion => finding with
            {
                Side = extra < 0.3 ? BodySide.Bilateral : side,
                Grade =
                    grade < 0.55 ? FindingGrade.Small
                    : grade < 0.82 ? FindingGrade.Moderate
                    : FindingGrade.Large,
            },
            FindingKind.CathetersIndwelling => finding with { Side = extra < 0.56 ? BodySide.Right : BodySide.Left },
            FindingKind.FracturesBone => extra < 0.2
                ? finding with
                {
                    Place = BodyPlace.Clavicle,
                    Side = side,
                    Healed = true,
                }
                : finding with
                {
                    Place = BodyPlace.Ribs,
                    Side = side,
                    Multiple = grade < 0.5,
                    Healed = extra < 0.75,
                },
            FindingKind.Osteophyte => finding with { Multiple = true, Side = extra < 0.3 ? BodySide.Right : BodySide.None },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, ErrorCode.Unexpected.Message("This finding has no drawing.")),
        };
        (float low, float high) = Extent(kind, finding.Grade);
        return finding with { Extent = random.Range(low, high) };
    }

    /// <summary>Whether two findings can be drawn in one study and still be distinguished.</summary>
    internal static bool Compatible(PhantomFinding a, PhantomFinding b)
    {
        if (a.Kind == b.Kind)
            return false;
        if (a.Kind > b.Kind)
            (a, b) = (b, a);
        bool Both(FindingKind first, FindingKind second) => a.Kind == first && b.Kind == second;
        if (
            Both(FindingKind.Hypoinflation, FindingKind.Hyperdistention)
            || Both(FindingKind.CalcifiedGranuloma, FindingKind.GranulomatousDisease)
            || Both(FindingKind.Calcinosis, FindingKind.GranulomatousDisease)
            || Both(FindingKind.ThoracicDegenerative, FindingKind.Osteophyte)
            || Both(FindingKind.Calcinosis, FindingKind.AortaTortuous)
        )
            return false;
        // A diaphragm that is very low pushes the upper abdomen off the film.
        if (a.Kind == FindingKind.Hyperdistention && b.Place == BodyPlace.Abdomen)
            return false;
        if (a.Kind == FindingKind.PleuralEffusion || b.Kind == FindingKind.PleuralEffusion)
        {
            // Fluid hides what lies in the lower lung and the border of the heart.
            PhantomFinding other = a.Kind == FindingKind.PleuralEffusion ? b : a;
            return other.Kind
                    is FindingKind.CathetersIndwelling
                        or FindingKind.Scoliosis
                        or FindingKind.ThoracicDegenerative
                        or FindingKind.Osteophyte
                || other.Place is BodyPlace.Clavicle or BodyPlace.Apex;
        }
        return a.Place == BodyPlace.None || a.Place != b.Place;
    }

    private static PhantomFinding InLung(PhantomFinding finding, BodySide side, PhantomRandom random, ReadOnlySpan<float> zones) =>
        random.Pick(zones) switch
        {
            0 => finding with { Place = BodyPlace.Apex, Side = side },
            1 => finding with { Place = BodyPlace.UpperLobe, Side = side },
            2 => finding with { Place = side == BodySide.Right ? BodyPlace.MiddleLobe : BodyPlace.Lingula, Side = side },
            3 => finding with { Place = BodyPlace.LowerLobe, Side = side },
            _ => finding with { Place = BodyPlace.Base, Side = side },
        };

    private static PhantomFinding OverLung(PhantomFinding finding, BodySide side, PhantomRandom random, ReadOnlySpan<float> zones, bool patchy)
    {
        finding = InLung(finding, side, random, zones);
        bool low = finding.Place is BodyPlace.Base or BodyPlace.LowerLobe;
        return finding with { Patchy = patchy && low, Side = finding.Place == BodyPlace.Base && random.Chance(0.3) ? BodySide.Bilateral : side };
    }
}
