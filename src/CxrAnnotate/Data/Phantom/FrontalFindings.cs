using System.Numerics;

namespace CxrAnnotate;

/// <summary>Draws findings into a frontal chest. Right means the patient's right, the image's left.</summary>
internal static class FrontalFindings
{
    internal static void Draw(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, float contrast)
    {
        PhantomRandom random = new(finding.Seed);
        int side = finding.Side == BodySide.Left || finding.Place == BodyPlace.Lingula ? 1 : -1;
        switch (finding.Kind)
        {
            case FindingKind.CalcifiedGranuloma:
                Granulomas(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.Nodule:
                Nodule(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.Opacity:
                ForEachSide(finding, side, s => Opacity(canvas, body, finding, s, contrast, random));
                break;
            case FindingKind.PulmonaryAtelectasis:
                ForEachSide(finding, side, s => Atelectasis(canvas, body, finding, s, contrast, random));
                break;
            case FindingKind.PleuralEffusion:
                ForEachSide(finding, side, s => Effusion(canvas, body, finding, s, contrast));
                break;
            case FindingKind.GranulomatousDisease:
                Granulomatous(canvas, body, finding, contrast, random);
                break;
            case FindingKind.Calcinosis:
                Calcinosis(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.ThoracicDegenerative:
                Degenerative(canvas, body, finding, contrast);
                break;
            case FindingKind.Osteophyte:
                Osteophytes(canvas, body, finding, contrast, random);
                break;
            case FindingKind.SurgicalInstruments:
                Surgical(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.CathetersIndwelling:
                Catheter(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.FracturesBone:
                Fractures(canvas, body, finding, side, contrast, random);
                break;
            case FindingKind.Cardiomegaly:
                canvas.Cover([
                    new(-body.HeartReach(-1) + body.MediastinalShift, body.HeartTop),
                    new(body.HeartReach(1) + body.MediastinalShift, body.HeartTop),
                    new(-body.HeartReach(-1) + body.MediastinalShift, body.HeartBottom),
                    new(body.HeartReach(1) + body.MediastinalShift, body.HeartBottom),
                ]);
                break;
            case FindingKind.Hypoinflation or FindingKind.Hyperdistention:
                float floor = body.Diaphragm(1, body.ChestHalfWidth);
                canvas.Cover([
                    new(-body.ChestHalfWidth, body.Apex),
                    new(body.ChestHalfWidth, body.Apex),
                    new(-body.ChestHalfWidth, floor),
                    new(body.ChestHalfWidth, floor),
                ]);
                break;
            case FindingKind.Scoliosis:
                for (float y = -0.6f; y <= 0.6f; y += 0.1f)
                    canvas.Cover([new(body.Spine(y) - 0.1f, y), new(body.Spine(y) + 0.1f, y)]);
                break;
            case FindingKind.AortaTortuous:
                canvas.Cover([new(0, -0.45f), new(0.11f + body.AorticBulge + body.AorticKnob, 0.35f)]);
                break;
            default:
                throw new InvalidOperationException(ErrorCode.Unexpected.Message($"{finding.Kind} has no frontal drawing."));
        }
    }

    private static void ForEachSide(PhantomFinding finding, int side, Action<int> draw)
    {
        if (finding.Side != BodySide.Bilateral)
        {
            draw(side);
            return;
        }
        draw(-1);
        draw(1);
    }

    private static Vector2 InZone(ChestAnatomy body, PhantomFinding finding, int side, PhantomRandom random, float from = 0.25f, float to = 0.72f)
    {
        (float top, float bottom) = ChestAnatomy.Zone(finding.Place);
        return body.LungPoint(side, random.Range(top, bottom), finding.Place == BodyPlace.Apex ? 0.55f : random.Range(from, to));
    }

    private static void Granulomas(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        int count = finding.Multiple ? 3 + random.Next(2) : 1;
        Vector2 center = InZone(body, finding, side, random, finding.Multiple ? 0.4f : 0.2f, finding.Multiple ? 0.6f : 0.75f);
        float turn = random.Range(0, 6.28f);
        for (int i = 0; i < count; i++)
        {
            Vector2 at = center;
            if (count > 1)
            {
                // A loose ring keeps the members of a group apart.
                (float s, float c) = MathF.SinCos(turn + 6.28f * i / count);
                at += new Vector2(c, 0.75f * s) * random.Range(0.085f, 0.115f);
            }
            Calcification(canvas, at, count > 1 ? 0.85f * finding.Extent : finding.Extent, contrast, random);
        }
    }

    /// <summary>A calcified spot: denser than bone, sharp, a little irregular.</summary>
    private static void Calcification(PhantomCanvas canvas, Vector2 at, float radius, float contrast, PhantomRandom random)
    {
        float amount = random.Range(0.34f, 0.42f) * contrast;
        canvas.Ellipse(canvas.Film, at, radius, radius * random.Range(0.82f, 1), random.Range(0, 180), amount, PhantomProfile.Flat);
        canvas.Ellipse(
            canvas.Film,
            at + new Vector2(0.2f * radius, -0.15f * radius),
            0.45f * radius,
            0.4f * radius,
            0,
            0.25f * amount,
            PhantomProfile.Round
        );
    }

    private static void Nodule(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        Vector2 at = InZone(body, finding, side, random, 0.25f, 0.7f);
        float amount = random.Range(0.20f, 0.25f) * contrast;
        canvas.Ellipse(
            canvas.Film,
            at,
            finding.Extent,
            finding.Extent * random.Range(0.88f, 1),
            random.Range(0, 180),
            amount,
            PhantomProfile.Round,
            canvas.LungRight,
            canvas.LungLeft
        );
    }

    private static void Opacity(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        SmoothField edge = new(finding.Patchy ? 30 : 14, random);
        (float top, float bottom) = ChestAnatomy.Zone(finding.Place);
        Vector2 at =
            finding.Place == BodyPlace.Hilum
                ? body.Hilum(side) + new Vector2(side * 0.09f, 0.02f)
                : body.LungPoint(side, random.Range(top, bottom) - (finding.Place == BodyPlace.Base ? 0.05f : 0), random.Range(0.35f, 0.6f));
        float radius = finding.Extent * (finding.Place == BodyPlace.Hilum ? 0.75f : 1),
            amount = random.Range(0.23f, 0.29f) * contrast;
        canvas.Ellipse(
            canvas.Film,
            at,
            1.35f * radius,
            radius * (finding.Place == BodyPlace.Base ? 0.85f : 1.05f),
            random.Range(-15, 15),
            amount * (finding.Patchy ? 1.15f : 1),
            PhantomProfile.Soft,
            canvas.LungRight,
            canvas.LungLeft,
            edge,
            finding.Patchy ? 0.85f : 0
        );
    }

    private static void Atelectasis(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        int plates = (int)MathF.Round(finding.Extent);
        (float top, float bottom) = ChestAnatomy.Zone(finding.Place);
        float tilt = random.Range(-0.06f, 0.06f);
        for (int i = 0; i < plates; i++)
        {
            float down = (finding.Place == BodyPlace.Base ? 0.93f : 0.5f * (top + bottom) + 0.04f * (plates - 1) * 0.5f) - 0.048f * i;
            Vector2 middle = body.LungPoint(side, down, random.Range(0.40f, 0.55f));
            float half = random.Range(0.15f, 0.19f);
            Vector2[] plate = PhantomCanvas.Open([
                middle + new Vector2(-half, -tilt),
                middle + new Vector2(0, 0.012f),
                middle + new Vector2(half, tilt),
            ]);
            float amount = random.Range(0.20f, 0.25f) * contrast;
            canvas.Stroke(canvas.Film, plate, 0.016f, 0.013f, amount, amount, PhantomProfile.Round, canvas.LungRight, canvas.LungLeft);
        }
    }

    private static void Effusion(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast)
    {
        // Fluid is highest at the chest wall: a meniscus.
        float deepest = body.Diaphragm(side, body.ChestHalfWidth),
            height = finding.Extent * (body.Dome(side) - body.Apex) + 0.06f;
        float level = deepest - height;
        Vector2[] fluid = PhantomCanvas.Closed(
            [
                new(side * (body.Wall(level) + 0.03f), level - 0.02f),
                new(side * 0.82f * body.ChestHalfWidth, level + 0.32f * height),
                new(side * 0.58f * body.ChestHalfWidth, level + 0.50f * height),
                new(side * 0.32f * body.ChestHalfWidth, level + 0.58f * height),
                new(side * 0.04f, level + 0.60f * height),
                new(side * 0.04f, deepest + 0.1f),
                new(side * (body.ChestHalfWidth + 0.05f), deepest + 0.1f),
            ],
            5
        );
        float[] lung = side < 0 ? canvas.LungRight : canvas.LungLeft;
        canvas.Fill(fluid, 0.95f * body.LungDensity * MathF.Min(1.15f, contrast), lung, softness: 0.012f);
    }

    private static void Granulomatous(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, float contrast, PhantomRandom random)
    {
        int spots = (int)MathF.Round(finding.Extent);
        for (int i = 0; i < spots; i++)
            Calcification(
                canvas,
                body.LungPoint(i % 2 == 0 ? -1 : 1, random.Range(0.12f, 0.95f), random.Range(0.1f, 0.85f)),
                random.Range(0.018f, 0.024f),
                contrast,
                random
            );
        for (int side = -1; side <= 1; side += 2)
            Nodes(canvas, body.Hilum(side), side, 2, contrast, random);
    }

    private static void Nodes(PhantomCanvas canvas, Vector2 at, int side, int count, float contrast, PhantomRandom random)
    {
        for (int i = 0; i < count; i++)
        {
            Vector2 node = at + new Vector2(side * (0.035f * (i % 2) + random.Range(0, 0.02f)), (i - 0.5f * (count - 1)) * 0.058f);
            Calcification(canvas, node, random.Range(0.028f, 0.038f), 0.8f * contrast, random);
        }
    }

    private static void Calcinosis(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        int count = (int)MathF.Round(finding.Extent);
        if (finding.Place == BodyPlace.Hilum)
        {
            Nodes(canvas, body.Hilum(side) + new Vector2(side * 0.01f, 0.02f), side, count, contrast, random);
            return;
        }
        if (finding.Place == BodyPlace.Mediastinum)
        {
            Nodes(canvas, new Vector2(body.MediastinalShift - 0.06f, -0.30f), -1, count, 0.9f * contrast, random);
            return;
        }
        // Calcium in the wall of the arch: a bright arc along the knob.
        float knob = body.AorticKnob + 0.01f;
        Vector2 center = new(body.MediastinalShift + 0.075f + 0.3f * body.AorticBulge, -0.345f);
        Vector2[] arc = new Vector2[9];
        for (int i = 0; i < arc.Length; i++)
        {
            (float s, float c) = MathF.SinCos(-1.9f + 2.9f * i / (arc.Length - 1));
            arc[i] = center + knob * new Vector2(c, s);
        }
        canvas.Stroke(canvas.Film, arc, 0.017f, 0.014f, 0.34f * contrast, 0.26f * contrast, PhantomProfile.Flat);
    }

    private static void Degenerative(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, float contrast)
    {
        int levels = (int)MathF.Round(finding.Extent),
            first = Math.Max(3, 7 - levels / 2);
        float amount = (finding.Grade == FindingGrade.Mild ? 0.14f : 0.19f) * contrast;
        for (int i = 0; i < levels; i++)
        {
            // The narrowed disc with the hardened end plates that face it.
            float y = body.VertebraStart + (first + i + 0.5f) * body.VertebraPitch,
                width = 0.098f + 0.002f * (first + i),
                middle = body.Spine(y);
            canvas.Stroke(
                canvas.Film,
                [new(middle - width, y - 0.004f), new(middle, y + 0.004f), new(middle + width, y - 0.004f)],
                0.019f,
                0.019f,
                amount,
                amount,
                PhantomProfile.Flat
            );
        }
    }

    private static void Osteophytes(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, float contrast, PhantomRandom random)
    {
        int levels = (int)MathF.Round(finding.Extent),
            first = 3 + random.Next(2);
        for (int i = 0; i < levels; i++)
        {
            float y = body.VertebraStart + (first + i + 0.5f) * body.VertebraPitch,
                width = 0.070f + 0.002f * (first + i),
                middle = body.Spine(y);
            for (int side = -1; side <= 1; side += 2)
            {
                if (side > 0 && finding.Side == BodySide.Right)
                    continue;
                float reach = random.Range(0.060f, 0.080f),
                    amount = 0.17f * contrast;
                Vector2 tip = new(middle + side * (width + reach), y);
                canvas.Stroke(
                    canvas.Film,
                    [new(middle + side * (width - 0.02f), y - 0.045f), tip, new(middle + side * (width - 0.02f), y + 0.045f)],
                    0.015f,
                    0.015f,
                    amount,
                    amount,
                    PhantomProfile.Flat
                );
                canvas.Polygon(
                    canvas.Film,
                    [new(middle + side * (width - 0.01f), y - 0.03f), tip, new(middle + side * (width - 0.01f), y + 0.03f)],
                    0.4f * amount
                );
            }
        }
    }

    private static void Surgical(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        float metal = 0.55f * contrast;
        int count = (int)MathF.Round(finding.Extent);
        if (finding.Place == BodyPlace.Mediastinum)
        {
            // Wires that close the breastbone.
            for (int i = 0; i < count; i++)
            {
                Vector2 at = new(body.MediastinalShift + random.Range(-0.012f, 0.012f), -0.42f + 0.15f * i);
                float lean = random.Range(-0.012f, 0.012f);
                canvas.Stroke(
                    canvas.Film,
                    PhantomCanvas.Open(
                        [
                            at + new Vector2(-0.045f, -lean),
                            at + new Vector2(0, -0.024f),
                            at + new Vector2(0.045f, lean),
                            at + new Vector2(0, 0.024f),
                            at + new Vector2(-0.045f, -lean),
                        ],
                        3
                    ),
                    0.0085f,
                    0.0085f,
                    metal,
                    metal,
                    PhantomProfile.Flat
                );
            }
            return;
        }
        Vector2 middle =
            finding.Place == BodyPlace.Abdomen
                ? new Vector2(-random.Range(0.24f, 0.36f), body.DiaphragmRight + random.Range(0.19f, 0.25f))
                : new Vector2(side * random.Range(0.66f, 0.74f) * body.ChestHalfWidth, random.Range(0.06f, 0.2f));
        for (int i = 0; i < count; i++)
        {
            (float s, float c) = MathF.SinCos(random.Range(0, 3.14f));
            Vector2 at = middle + new Vector2(random.Range(-0.08f, 0.08f), 0.055f * (i - 0.5f * (count - 1))),
                half = 0.028f * new Vector2(c, s);
            canvas.Stroke(canvas.Film, [at - half, at + half], 0.0115f, 0.0115f, metal, metal, PhantomProfile.Flat);
        }
    }

    private static void Catheter(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        float shift = body.MediastinalShift,
            amount = 0.30f * contrast;
        Vector2 tip = new(shift - 0.085f, body.HilumY + random.Range(0.05f, 0.14f)),
            bend = new(shift - 0.085f, -0.36f);
        Vector2 entry = new(side * random.Range(0.13f, 0.18f) + shift, body.ClavicleY + 0.04f);
        Vector2[] path = random.Next(3) switch
        {
            // A line from the arm, a line from the neck, and a port in the chest wall.
            0 => side < 0
                ? [new(-1.05f, -0.10f), new(-0.84f, -0.46f), new(-0.52f, body.ClavicleY + 0.02f), entry, bend, tip]
                : [new(1.05f, -0.10f), new(0.84f, -0.46f), new(0.52f, body.ClavicleY + 0.02f), entry, new(shift, -0.44f), bend, tip],
            1 => side < 0
                ? [new(-0.20f, -1.15f), new(-0.17f, -0.85f), entry, bend, tip]
                : [new(0.20f, -1.15f), new(0.17f, -0.85f), entry, new(shift + 0.02f, -0.44f), bend, tip],
            _ => Port(canvas, side, body, entry, bend, tip, shift, contrast, random),
        };
        canvas.Stroke(canvas.Film, PhantomCanvas.Open(path), finding.Extent, finding.Extent, amount, amount, PhantomProfile.Flat);
    }

    private static Vector2[] Port(
        PhantomCanvas canvas,
        int side,
        ChestAnatomy body,
        Vector2 entry,
        Vector2 bend,
        Vector2 tip,
        float shift,
        float contrast,
        PhantomRandom random
    )
    {
        Vector2 chamber = new(side * random.Range(0.50f, 0.58f), random.Range(-0.32f, -0.24f));
        canvas.Ellipse(canvas.Film, chamber, 0.058f, 0.052f, 0, 0.32f * contrast, PhantomProfile.Cortical);
        Vector2 over = new(side * 0.38f, body.ClavicleY + 0.01f);
        return side < 0 ? [chamber, over, entry, bend, tip] : [chamber, over, entry, new(shift, -0.44f), bend, tip];
    }

    private static void Fractures(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, int side, float contrast, PhantomRandom random)
    {
        if (finding.Place == BodyPlace.Clavicle)
        {
            Vector2[] bone = PhantomCanvas.Open(body.Clavicle(side));
            Callus(canvas, bone, random.Range(0.45f, 0.62f), 0.105f, 0.052f, 0.24f * contrast);
            return;
        }
        int count = finding.Multiple ? (int)MathF.Round(finding.Extent) : 1,
            first = 3 + random.Next(count > 1 ? 2 : 4);
        float where = finding.Healed ? random.Range(0.60f, 0.76f) : random.Range(0.46f, 0.66f);
        for (int i = 0; i < count; i++)
        {
            Vector2[] bone = PhantomCanvas.Open(body.PosteriorRib(side, first + i));
            float place = where + random.Range(-0.03f, 0.03f);
            if (finding.Healed)
                Callus(canvas, bone, place, 0.075f, 0.046f, 0.24f * contrast);
            else
                Break(canvas, bone, place, body, contrast);
        }
    }

    /// <summary>New bone around a healed break: a spindle along the bone.</summary>
    private static void Callus(PhantomCanvas canvas, Vector2[] bone, float place, float length, float width, float amount)
    {
        (Vector2 at, Vector2 along) = On(bone, place);
        float degrees = MathF.Atan2(along.Y, along.X) * 180 / MathF.PI;
        canvas.Ellipse(canvas.Film, at, length, width, degrees, amount, PhantomProfile.Round);
    }

    /// <summary>A fresh break: a dark gap, and the outer end displaced downwards with its bright edge.</summary>
    private static void Break(PhantomCanvas canvas, Vector2[] bone, float place, ChestAnatomy body, float contrast)
    {
        (Vector2 at, Vector2 along) = On(bone, place);
        Vector2 across = new(-along.Y, along.X);
        float strength = 0.16f * contrast;
        canvas.Stroke(
            canvas.Film,
            [at - 0.036f * across, at + 0.036f * across],
            0.013f,
            0.013f,
            -1.2f * strength,
            -1.2f * strength,
            PhantomProfile.Flat
        );
        Vector2 down = across.Y > 0 ? across : -across;
        canvas.Stroke(
            canvas.Film,
            [at + 0.020f * along + 0.042f * down, at + 0.15f * along + 0.024f * down],
            1.15f * body.RibWidth,
            0.7f * body.RibWidth,
            1.4f * strength,
            0.8f * strength,
            PhantomProfile.Flat
        );
        canvas.Stroke(
            canvas.Film,
            [at - 0.020f * along - 0.016f * down, at - 0.13f * along],
            1.05f * body.RibWidth,
            0.7f * body.RibWidth,
            1.3f * strength,
            0.5f * strength,
            PhantomProfile.Flat
        );
    }

    private static (Vector2 At, Vector2 Along) On(Vector2[] bone, float place)
    {
        int i = Math.Clamp((int)(place * (bone.Length - 1)), 1, bone.Length - 2);
        return (bone[i], Vector2.Normalize(bone[i + 1] - bone[i - 1]));
    }
}
