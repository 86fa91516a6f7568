using System.Numerics;

namespace CxrAnnotate;

/// <summary>
/// The anatomy of one phantom patient. All values vary among normal patients. Findings of shape (heart, inflation, spine, aorta) change them after
/// they have been drawn at random, so that a patient with and without the finding is otherwise the same. Lengths are in half film widths; "side" is
/// -1 for the patient's right, on the image's left.
/// </summary>
internal sealed class ChestAnatomy
{
    private static readonly float[] _wallAt = [-0.80f, -0.74f, -0.66f, -0.54f, -0.36f, -0.10f, 0.20f, 0.50f, 0.90f];
    private static readonly float[] _wallShare = [0.30f, 0.46f, 0.60f, 0.74f, 0.86f, 0.95f, 0.99f, 1.00f, 0.97f];

    private float _spineBend,
        _spineBendY,
        _spineWave;

    internal ChestAnatomy(PhantomRandom random)
    {
        ChestHalfWidth = random.Range(0.69f, 0.80f);
        Apex = random.Range(-0.76f, -0.70f);
        DiaphragmRight = random.Range(0.40f, 0.46f);
        DiaphragmStep = random.Range(0.03f, 0.07f);
        DomeHeight = random.Range(0.16f, 0.23f);
        HeartRatio = random.Range(0.41f, 0.485f);
        HeartShareRight = random.Range(0.29f, 0.36f);
        HeartHeight = random.Range(0.58f, 0.68f);
        MediastinalShift = random.Range(-0.022f, 0.022f);
        AorticKnob = random.Range(0.055f, 0.072f);
        AorticBulge = random.Range(0, 0.022f);
        _spineBend = random.Range(-0.016f, 0.016f);
        _spineBendY = random.Range(-0.12f, 0.18f);
        _spineWave = random.Range(-0.006f, 0.006f);
        VertebraPitch = random.Range(0.108f, 0.124f);
        VertebraStart = random.Range(-0.90f, -0.80f);
        SpineContrast = random.Range(0.075f, 0.115f);
        Ribs = 9 + random.Next(3);
        RibPitch = random.Range(0.112f, 0.134f);
        RibDrop = random.Range(0.07f, 0.19f);
        RibWidth = random.Range(0.019f, 0.026f);
        RibContrast = random.Range(0.065f, 0.125f);
        ClavicleY = random.Range(-0.64f, -0.56f);
        ClavicleTilt = random.Range(0.02f, 0.16f);
        Habitus = random.Range(0, 1);
        Breasts = random.Chance(0.5) ? random.Range(0.04f, 0.12f) : 0;
        BreastY = random.Range(0.20f, 0.40f);
        LungDensity = random.Range(0.33f, 0.42f);
        VesselContrast = random.Range(0.06f, 0.11f);
        HilumY = random.Range(-0.15f, -0.06f);
        GastricBubble = random.Chance(0.75) ? random.Range(0.04f, 0.16f) : 0;
        HeartDepth = random.Range(0.40f, 0.48f);
        Kyphosis = random.Range(0.85f, 1.15f);
        ChestDepth = random.Range(0.93f, 1.06f);
    }

    internal float ChestHalfWidth { get; }
    internal float Apex { get; }
    internal float DiaphragmRight { get; private set; }
    internal float DiaphragmStep { get; }
    internal float DomeHeight { get; private set; }
    internal float HeartRatio { get; private set; }
    internal float HeartShareRight { get; }
    internal float HeartHeight { get; private set; }
    internal float MediastinalShift { get; }
    internal float AorticKnob { get; private set; }
    internal float AorticBulge { get; private set; }
    internal float VertebraPitch { get; }
    internal float VertebraStart { get; }
    internal float SpineContrast { get; }
    internal int Ribs { get; }
    internal float RibPitch { get; }
    internal float RibDrop { get; }
    internal float RibWidth { get; }
    internal float RibContrast { get; }
    internal float ClavicleY { get; }
    internal float ClavicleTilt { get; }
    internal float Habitus { get; }
    internal float Breasts { get; }
    internal float BreastY { get; }
    internal float LungDensity { get; private set; }
    internal float VesselContrast { get; private set; }
    internal float HilumY { get; }
    internal float GastricBubble { get; }
    internal float HeartDepth { get; private set; }
    internal float Kyphosis { get; }
    internal float ChestDepth { get; private set; }

    /// <summary>Changes the shape as a finding of shape does.</summary>
    internal void Apply(PhantomFinding finding)
    {
        switch (finding.Kind)
        {
            case FindingKind.Cardiomegaly:
                HeartDepth *= 1 + 1.6f * (finding.Extent - 0.44f);
                HeartRatio = finding.Extent;
                break;
            case FindingKind.Hypoinflation:
                DiaphragmRight -= finding.Extent;
                HeartHeight -= 0.3f * finding.Extent;
                VesselContrast *= 1 + finding.Extent;
                break;
            case FindingKind.Hyperdistention:
                DiaphragmRight += finding.Extent;
                DomeHeight *= 1 - 2.4f * finding.Extent;
                HeartRatio -= 0.25f * finding.Extent;
                HeartHeight += 0.7f * finding.Extent;
                ChestDepth += 0.35f * finding.Extent;
                LungDensity += 0.12f * finding.Extent;
                break;
            case FindingKind.Scoliosis:
                _spineBend = finding.Side == BodySide.Right ? -finding.Extent : finding.Extent;
                break;
            case FindingKind.AortaTortuous:
                AorticBulge = finding.Extent;
                AorticKnob += 0.02f + 0.12f * finding.Extent;
                break;
            default:
                break;
        }
    }

    /// <summary>The x of the middle of the spine at a height.</summary>
    internal float Spine(float y)
    {
        // A rational bell: the bend of the thoracic spine, with a small compensating bend below.
        float upper = (y - _spineBendY) / 0.42f,
            lower = (y - _spineBendY - 0.75f) / 0.35f;
        return _spineBend / (1 + upper * upper * upper * upper) - 0.4f * _spineBend / (1 + lower * lower * lower * lower) + _spineWave * y;
    }

    /// <summary>Distance of the inner chest wall from the midline at a height.</summary>
    internal float Wall(float y)
    {
        int i = 1;
        while (i < _wallAt.Length - 1 && y > _wallAt[i])
            i++;
        float t = Math.Clamp((y - _wallAt[i - 1]) / (_wallAt[i] - _wallAt[i - 1]), 0, 1);
        return ChestHalfWidth * (_wallShare[i - 1] + (_wallShare[i] - _wallShare[i - 1]) * t);
    }

    internal float Dome(int side) => side < 0 ? DiaphragmRight : DiaphragmRight + DiaphragmStep;

    /// <summary>The height of the diaphragm at a distance from the midline: a dome, deepest at the chest wall.</summary>
    internal float Diaphragm(int side, float lateral)
    {
        float top = 0.54f * ChestHalfWidth,
            outward = (lateral - top) / (ChestHalfWidth - top);
        float fall = outward > 0 ? outward * outward : 0.3f * outward * outward;
        return Dome(side) + DomeHeight * fall;
    }

    /// <summary>Distance of the heart's border from the midline on a side at a height; the mediastinum's above and below it.</summary>
    internal float HeartBorder(int side, float y)
    {
        float reach = HeartReach(side),
            share = (y - HeartTop) / HeartHeight;
        float border =
            side < 0
                ? Interpolate(share, [0, 0.26f, 0.52f, 0.72f, 0.95f], [0.085f, 0.10f, 0.90f * reach, reach, 0.86f * reach])
                : Interpolate(share, [0, 0.20f, 0.36f, 0.58f, 0.79f, 1], [0.10f, 0.42f * reach, 0.62f * reach, 0.87f * reach, reach, 0.82f * reach]);
        return MathF.Max(0.09f, border + side * MediastinalShift);
    }

    internal float HeartReach(int side) => 2 * ChestHalfWidth * HeartRatio * (side < 0 ? HeartShareRight : 1 - HeartShareRight);

    internal float HeartBottom => DiaphragmRight + 0.10f;

    internal float HeartTop => HeartBottom - HeartHeight;

    /// <summary>
    /// A point of the lung field: <paramref name="down"/> from 0 at the apex to 1 at the diaphragm, <paramref name="outward"/> from 0 beside the
    /// heart to 1 at the chest wall.
    /// </summary>
    internal Vector2 LungPoint(int side, float down, float outward)
    {
        float y = Apex + 0.02f + down * (Dome(side) - Apex),
            x = 0;
        // The diaphragm's height depends on x and the borders on y: two rounds settle both well within a pixel.
        for (int round = 0; round < 3; round++)
        {
            float inner = MathF.Max(0.15f, HeartBorder(side, y) + 0.04f),
                outer = Wall(y) - 0.05f;
            if (outer < inner)
                inner = 0.5f * outer;
            x = inner + (outer - inner) * outward;
            y = Apex + 0.02f + down * (Diaphragm(side, x) - 0.03f - Apex);
        }
        return new Vector2(side * x, y);
    }

    /// <summary>The vertical band of a zone of the lung (as in <see cref="LungPoint"/>). The bands do not touch.</summary>
    internal static (float From, float To) Zone(BodyPlace place) =>
        place switch
        {
            BodyPlace.Apex => (0.07f, 0.12f),
            BodyPlace.UpperLobe => (0.22f, 0.34f),
            BodyPlace.MiddleLobe or BodyPlace.Lingula => (0.47f, 0.57f),
            BodyPlace.LowerLobe => (0.69f, 0.78f),
            BodyPlace.Base => (0.91f, 0.98f),
            BodyPlace.Hilum => (0.50f, 0.60f),
            _ => throw new ArgumentOutOfRangeException(nameof(place), place, ErrorCode.Unexpected.Message("This place is not a zone of the lung.")),
        };

    internal Vector2 Hilum(int side) => new(side * 0.185f + MediastinalShift, HilumY + (side < 0 ? 0.03f : 0));

    /// <summary>The posterior arc of a rib, from the spine to the chest wall.</summary>
    internal Vector2[] PosteriorRib(int side, int rib)
    {
        float start = VertebraStart + 0.13f + rib * RibPitch,
            drop = RibDrop + 0.012f * rib,
            end = start + drop,
            wall = Wall(end) + 0.012f;
        return
        [
            new(side * 0.055f + Spine(start), start),
            new(side * (0.055f + 0.30f * (wall - 0.055f)) + 0.5f * Spine(start), start - 0.035f + 0.08f * drop),
            new(side * (0.055f + 0.68f * (wall - 0.055f)), start - 0.02f + 0.36f * drop),
            new(side * (0.055f + 0.92f * (wall - 0.055f)), start + 0.75f * drop),
            new(side * wall, end),
        ];
    }

    /// <summary>The anterior arc of a rib, from the chest wall to the cartilage.</summary>
    internal Vector2[] AnteriorRib(int side, int rib)
    {
        float start = VertebraStart + 0.13f + rib * RibPitch + RibDrop + 0.012f * rib,
            wall = Wall(start) + 0.012f;
        return
        [
            new(side * wall, start),
            new(side * 0.96f * wall, start + 0.07f),
            new(side * 0.78f * wall, start + 0.17f),
            new(side * 0.55f * wall, start + 0.23f),
            new(side * 0.42f * wall, start + 0.24f),
        ];
    }

    internal Vector2[] Clavicle(int side) =>
        [
            new(side * 0.07f + 0.5f * MediastinalShift, ClavicleY),
            new(side * 0.24f, ClavicleY - 0.055f - 0.2f * ClavicleTilt),
            new(side * 0.46f, ClavicleY - 0.065f - 0.5f * ClavicleTilt),
            new(side * 0.68f, ClavicleY - 0.05f - 0.9f * ClavicleTilt),
            new(side * 0.86f, ClavicleY - 0.06f - 1.2f * ClavicleTilt),
        ];

    private static float Interpolate(float at, ReadOnlySpan<float> positions, ReadOnlySpan<float> values)
    {
        if (at <= positions[0])
            return values[0];
        for (int i = 1; i < positions.Length; i++)
            if (at <= positions[i])
                return values[i - 1] + (values[i] - values[i - 1]) * (at - positions[i - 1]) / (positions[i] - positions[i - 1]);
        return values[^1];
    }
}
