using System.Numerics;

namespace CxrAnnotate;

/// <summary>Draws the normal frontal chest: soft tissue, lungs, heart and great vessels, bones, and irrelevant objects on the skin.</summary>
internal static class FrontalDrawing
{
    internal static void Draw(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom pose, PhantomRandom detail)
    {
        canvas.Begin(pose.Range(-0.05f, 0.05f), pose.Range(-0.05f, 0.05f), pose.Range(0.96f, 1.10f), pose.Range(-3.5f, 3.5f));
        SoftTissue(canvas, body);
        for (int side = -1; side <= 1; side += 2)
            Lung(canvas, body, side);
        Heart(canvas, body);
        Air(canvas, body, detail);
        for (int side = -1; side <= 1; side += 2)
        {
            Vessels(canvas, body, side, detail);
            Bones(canvas, body, side, detail);
        }
        Spine(canvas, body, detail);
        Airway(canvas, body);
        Abdomen(canvas, body, detail);
        Distractors(canvas, body, detail);
    }

    private static void SoftTissue(PhantomCanvas canvas, ChestAnatomy body)
    {
        float wide = 0.10f + 0.14f * body.Habitus,
            chest = body.ChestHalfWidth + wide;
        Vector2[] half =
        [
            new(0.20f + 0.05f * body.Habitus, -1.4f),
            new(0.23f + 0.05f * body.Habitus, -1.02f),
            new(0.48f, -0.90f),
            new(0.80f, -0.84f),
            new(1.06f, -0.66f),
            new(1.16f, -0.40f),
            new(1.10f, -0.12f),
            new(chest + 0.03f, -0.16f),
            new(chest, 0.10f),
            new(chest, 0.45f),
            new(chest + 0.03f, 0.9f),
            new(chest + 0.03f, 1.5f),
        ];
        Vector2[] outline = new Vector2[2 * half.Length];
        for (int i = 0; i < half.Length; i++)
        {
            outline[i] = half[i];
            outline[^(i + 1)] = new Vector2(-half[i].X, half[i].Y);
        }
        float[] mask = canvas.Heart,
            film = canvas.Film;
        canvas.Polygon(mask, PhantomCanvas.Closed(outline, 4), 1);
        canvas.Blur(mask, 0.012f);
        Array.Copy(mask, film, film.Length);
        canvas.Blur(film, 0.09f);
        float thin = 0.30f + 0.05f * body.Habitus,
            thick = 0.27f + 0.04f * body.Habitus;
        for (int i = 0; i < film.Length; i++)
        {
            film[i] = mask[i] * (thin + thick * film[i]);
            mask[i] = 0;
        }
    }

    private static void Lung(PhantomCanvas canvas, ChestAnatomy body, int side)
    {
        float[] lung = side < 0 ? canvas.LungRight : canvas.LungLeft;
        float a = body.Apex,
            angle = body.Diaphragm(side, body.ChestHalfWidth);
        List<Vector2> outline = [new(0.13f, a + 0.12f), new(0.19f, a + 0.03f), new(0.30f * body.ChestHalfWidth / 0.75f, a)];
        foreach (float y in (ReadOnlySpan<float>)[a + 0.05f, a + 0.14f, a + 0.28f, a + 0.50f, -0.02f, angle - 0.22f, angle - 0.06f])
            outline.Add(new(body.Wall(MathF.Max(y, a + 0.05f)), y));
        outline.Add(new(body.ChestHalfWidth - 0.01f, angle + 0.015f));
        for (int i = 1; i <= 6; i++)
        {
            float x = body.ChestHalfWidth + (0.12f - body.ChestHalfWidth) * i / 6f;
            outline.Add(new(x, body.Diaphragm(side, x)));
        }
        outline.Add(new(0.10f, 0.1f));
        outline.Add(new(0.095f, -0.25f));
        Vector2[] points = [.. outline];
        for (int i = 0; i < points.Length; i++)
            points[i].X *= side;
        canvas.Polygon(lung, PhantomCanvas.Closed(points, 5), 1);
        canvas.Blur(lung, 0.009f);
    }

    private static void Heart(PhantomCanvas canvas, ChestAnatomy body)
    {
        float shift = body.MediastinalShift,
            top = body.HeartTop,
            bottom = body.HeartBottom,
            height = body.HeartHeight;
        float right = body.HeartReach(-1),
            left = body.HeartReach(1);
        canvas.Polygon(
            canvas.Heart,
            PhantomCanvas.Closed([
                new(shift - 0.085f, top),
                new(shift - 0.10f, top + 0.26f * height),
                new(shift - 0.90f * right, top + 0.52f * height),
                new(shift - right, top + 0.72f * height),
                new(shift - 0.86f * right, top + 0.95f * height),
                new(shift - 0.4f * right, bottom + 0.05f),
                new(shift + 0.45f * left, bottom + 0.05f),
                new(shift + 0.82f * left, bottom),
                new(shift + left, top + 0.79f * height),
                new(shift + 0.87f * left, top + 0.58f * height),
                new(shift + 0.62f * left, top + 0.36f * height),
                new(shift + 0.42f * left, top + 0.20f * height),
                new(shift + 0.10f, top),
            ]),
            1
        );
        // Vena cava, great vessels and the descending aorta.
        canvas.Polygon(
            canvas.Heart,
            [new(shift - 0.115f, -0.62f), new(shift + 0.10f, -0.62f), new(shift + 0.11f, top + 0.1f), new(shift - 0.12f, top + 0.1f)],
            1
        );
        float bulge = body.AorticBulge,
            knob = body.AorticKnob;
        Vector2[] aorta = PhantomCanvas.Open([
            new(shift + 0.02f, -0.40f),
            new(shift + 0.075f + 0.3f * bulge, -0.40f),
            new(shift + 0.105f + 0.5f * bulge, -0.30f),
            new(shift + 0.085f + bulge, -0.14f),
            new(shift + 0.085f + 1.05f * bulge, 0.06f),
            new(shift + 0.07f + 0.7f * bulge, 0.28f),
            new(shift + 0.03f, 0.50f),
        ]);
        canvas.Stroke(canvas.Heart, aorta, knob, 0.055f, 1, 0.7f, PhantomProfile.Flat);
        Vector2[] between = [.. aorta, new(shift, 0.5f), new(shift, -0.4f)];
        canvas.Polygon(canvas.Heart, between, 1);
        if (bulge > 0.03f)
            // An unfolded ascending aorta shows on the right too.
            canvas.Ellipse(canvas.Heart, new(shift - 0.06f - 0.35f * bulge, -0.20f), 0.08f + 0.2f * bulge, 0.17f, 4, 0.9f, PhantomProfile.Flat);
        canvas.Blur(canvas.Heart, 0.011f);
        for (int i = 0; i < canvas.Heart.Length; i++)
            canvas.Heart[i] = MathF.Min(1, canvas.Heart[i]);
    }

    private static void Air(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom detail)
    {
        SmoothField texture = new(22, detail);
        float[] film = canvas.Film,
            heart = canvas.Heart;
        for (int at = 0, y = 0; y < canvas.Size; y++)
            for (int x = 0; x < canvas.Size; x++, at++)
            {
                float cover = 1 - 0.90f * heart[at];
                canvas.LungRight[at] *= cover;
                canvas.LungLeft[at] *= cover;
                float lung = canvas.LungRight[at] + canvas.LungLeft[at];
                film[at] += 0.035f * heart[at];
                if (lung > 0.001f)
                    film[at] -= lung * (body.LungDensity - 0.02f * texture.At((x + 0.5f) / canvas.Size, (y + 0.5f) / canvas.Size));
            }
    }

    private static void Vessels(PhantomCanvas canvas, ChestAnatomy body, int side, PhantomRandom detail)
    {
        Vector2 hilum = body.Hilum(side);
        float[] lung = side < 0 ? canvas.LungRight : canvas.LungLeft;
        canvas.Ellipse(canvas.Film, hilum, 0.075f, 0.13f, side * -12, 0.14f, PhantomProfile.Soft, lung);
        canvas.Ellipse(canvas.Film, hilum + new Vector2(side * 0.03f, 0.07f), 0.06f, 0.12f, side * -25, 0.12f, PhantomProfile.Soft, lung);
        const int Trunks = 7;
        for (int trunk = 0; trunk < Trunks; trunk++)
        {
            float angle = -1.25f + 2.45f * trunk / (Trunks - 1) + detail.Range(-0.15f, 0.15f);
            float length = detail.Range(0.28f, 0.48f),
                bend = detail.Range(-0.35f, 0.35f),
                width = detail.Range(0.013f, 0.021f);
            Vector2 root = hilum + new Vector2(side * 0.025f * MathF.Cos(angle), 0.075f * MathF.Sin(angle));
            Branch(canvas, body, lung, side, root, angle, length, bend, width, detail, depth: 0);
        }
        // Vessels seen end on.
        for (int i = 0; i < 3; i++)
        {
            Vector2 spot = hilum + new Vector2(side * detail.Range(0.02f, 0.22f), detail.Range(-0.16f, 0.22f));
            canvas.Ellipse(canvas.Film, spot, 0.014f, 0.014f, 0, detail.Range(0.04f, 0.12f), PhantomProfile.Round, lung);
        }
    }

    private static void Branch(
        PhantomCanvas canvas,
        ChestAnatomy body,
        float[] lung,
        int side,
        Vector2 from,
        float angle,
        float length,
        float bend,
        float width,
        PhantomRandom detail,
        int depth
    )
    {
        Vector2[] path = new Vector2[5];
        path[0] = from;
        for (int i = 1; i < path.Length; i++)
        {
            angle += bend / 4;
            path[i] = path[i - 1] + new Vector2(side * MathF.Cos(angle), MathF.Sin(angle)) * (length / 4);
        }
        canvas.Stroke(canvas.Film, path, width, 0.6f * width, body.VesselContrast, 0.7f * body.VesselContrast, PhantomProfile.Round, lung);
        if (depth == 2)
            return;
        for (int child = 0; child < 2; child++)
            Branch(
                canvas,
                body,
                lung,
                side,
                path[2 + 2 * child],
                angle + (child == 0 ? -1 : 1) * detail.Range(0.25f, 0.7f),
                length * detail.Range(0.55f, 0.8f),
                detail.Range(-0.4f, 0.4f),
                0.62f * width,
                detail,
                depth + 1
            );
    }

    private static void Bones(PhantomCanvas canvas, ChestAnatomy body, int side, PhantomRandom detail)
    {
        float[] film = canvas.Film;
        for (int rib = 0; rib < body.Ribs; rib++)
        {
            float contrast = body.RibContrast * detail.Range(0.9f, 1.1f);
            canvas.Stroke(
                film,
                PhantomCanvas.Open(body.PosteriorRib(side, rib), 5),
                0.8f * body.RibWidth,
                body.RibWidth,
                contrast,
                contrast,
                PhantomProfile.Cortical
            );
            if (rib < 8)
                canvas.Stroke(
                    film,
                    PhantomCanvas.Open(body.AnteriorRib(side, rib), 4),
                    body.RibWidth,
                    1.2f * body.RibWidth,
                    0.8f * contrast,
                    0.3f * contrast,
                    PhantomProfile.Cortical
                );
        }
        canvas.Stroke(film, PhantomCanvas.Open(body.Clavicle(side), 5), 0.030f, 0.024f, 0.13f, 0.13f, PhantomProfile.Cortical);
        float out1 = body.ChestHalfWidth;
        canvas.Polygon(
            film,
            [
                new(side * (out1 - 0.12f), -0.60f),
                new(side * (out1 + 0.26f), -0.70f),
                new(side * (out1 + 0.22f), -0.36f),
                new(side * (out1 + 0.08f), -0.02f),
                new(side * (out1 - 0.02f), -0.20f),
            ],
            0.055f
        );
        canvas.Ellipse(film, new(side * 1.06f, -0.62f), 0.13f, 0.13f, 0, 0.14f, PhantomProfile.Cortical);
        canvas.Stroke(film, [new(side * 1.08f, -0.55f), new(side * 1.16f, 0.1f)], 0.075f, 0.065f, 0.12f, 0.12f, PhantomProfile.Cortical);
        if (body.Breasts > 0)
        {
            Vector2 breast = new(side * 0.56f * body.ChestHalfWidth, body.BreastY);
            canvas.Ellipse(film, breast, 0.36f, 0.30f, side * 8, 0.7f * body.Breasts, PhantomProfile.Round);
        }
    }

    private static void Spine(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom detail)
    {
        float pitch = body.VertebraPitch;
        for (int i = 0; i < 17; i++)
        {
            float y = body.VertebraStart + i * pitch,
                half = 0.40f * pitch,
                width = 0.066f + 0.0022f * i;
            float above = body.Spine(y - half),
                below = body.Spine(y + half),
                middle = body.Spine(y),
                contrast = body.SpineContrast * detail.Range(0.9f, 1.1f);
            canvas.Polygon(
                canvas.Film,
                [
                    new(above - width, y - half),
                    new(above + width, y - half),
                    new(middle + 0.93f * width, y),
                    new(below + width, y + half),
                    new(below - width, y + half),
                    new(middle - 0.93f * width, y),
                ],
                contrast
            );
            canvas.Stroke(
                canvas.Film,
                [new(above - width, y - half), new(above + width, y - half)],
                0.006f,
                0.006f,
                0.2f * contrast,
                0.2f * contrast,
                PhantomProfile.Flat
            );
            canvas.Ellipse(canvas.Film, new(middle - 0.6f * width, y - 0.2f * half), 0.014f, 0.020f, 0, 0.05f, PhantomProfile.Round);
            canvas.Ellipse(canvas.Film, new(middle + 0.6f * width, y - 0.2f * half), 0.014f, 0.020f, 0, 0.05f, PhantomProfile.Round);
            canvas.Ellipse(canvas.Film, new(middle, y + 0.5f * half), 0.011f, 0.024f, 0, 0.06f, PhantomProfile.Round);
        }
    }

    private static void Airway(PhantomCanvas canvas, ChestAnatomy body)
    {
        float shift = 0.6f * body.MediastinalShift,
            carina = body.HilumY - 0.13f;
        canvas.Stroke(canvas.Film, [new(0, -1.2f), new(shift, -0.7f), new(shift, carina)], 0.036f, 0.036f, -0.10f, -0.085f, PhantomProfile.Round);
        canvas.Stroke(
            canvas.Film,
            [new(shift, carina), new(shift - 0.06f, carina + 0.07f), new(shift - 0.14f, carina + 0.14f)],
            0.028f,
            0.020f,
            -0.07f,
            -0.03f,
            PhantomProfile.Round
        );
        canvas.Stroke(
            canvas.Film,
            [new(shift, carina), new(shift + 0.08f, carina + 0.09f), new(shift + 0.16f, carina + 0.14f)],
            0.025f,
            0.018f,
            -0.07f,
            -0.03f,
            PhantomProfile.Round
        );
    }

    private static void Abdomen(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom detail)
    {
        float x = detail.Range(0.26f, 0.42f),
            depth = detail.Range(0.10f, 0.17f),
            width = detail.Range(0.09f, 0.16f),
            tilt = detail.Range(-25, 25);
        if (body.GastricBubble > 0)
            canvas.Ellipse(canvas.Film, new(x, body.Diaphragm(1, x) + depth), width, 0.07f, tilt, -body.GastricBubble, PhantomProfile.Flat);
        for (int i = 0; i < 5; i++)
        {
            Vector2 bowel = new(detail.Range(-0.6f, 0.6f), detail.Range(0.78f, 1.05f));
            canvas.Ellipse(
                canvas.Film,
                bowel,
                detail.Range(0.05f, 0.12f),
                detail.Range(0.03f, 0.06f),
                detail.Range(-60, 60),
                detail.Range(-0.08f, 0.02f),
                PhantomProfile.Soft
            );
        }
    }

    private static void Distractors(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom detail)
    {
        float[] film = canvas.Film;
        bool nipples = detail.Chance(0.22),
            leads = detail.Chance(0.14),
            marker = detail.Chance(0.6),
            fold = detail.Chance(0.25);
        float nippleY = detail.Range(0.24f, 0.34f),
            nippleX = detail.Range(0.50f, 0.62f) * body.ChestHalfWidth,
            nippleAmount = detail.Range(0.05f, 0.09f);
        if (nipples)
            // Nipple shadows come in pairs at one height; a nodule is single.
            for (int side = -1; side <= 1; side += 2)
                canvas.Ellipse(film, new(side * nippleX, nippleY), 0.036f, 0.034f, 0, nippleAmount, PhantomProfile.Round);

        for (int i = 0; i < 3; i++)
        {
            int side = i == 0 ? -1 : 1;
            Vector2 electrode = new(side * detail.Range(0.35f, 0.62f), i < 2 ? detail.Range(-0.52f, -0.36f) : detail.Range(0.42f, 0.56f));
            Vector2 exit = new(side * detail.Range(0.2f, 1.0f), 1.15f),
                by = new(side * detail.Range(0.5f, 0.85f), detail.Range(0.1f, 0.6f));
            if (!leads)
                continue;
            canvas.Stroke(film, PhantomCanvas.Open([electrode, by, exit]), 0.006f, 0.006f, 0.12f, 0.12f, PhantomProfile.Flat);
            canvas.Ellipse(film, electrode, 0.040f, 0.040f, 0, 0.09f, PhantomProfile.Cortical);
            canvas.Ellipse(film, electrode, 0.016f, 0.016f, 0, 0.22f, PhantomProfile.Flat);
        }

        float foldSide = detail.Chance(0.5) ? -1 : 1,
            foldX = detail.Range(0.5f, 0.66f),
            foldTop = detail.Range(-0.4f, 0),
            foldAmount = detail.Range(0.025f, 0.05f);
        if (fold)
            canvas.Stroke(
                film,
                PhantomCanvas.Open([
                    new(foldSide * foldX, foldTop),
                    new(foldSide * (foldX + 0.06f), foldTop + 0.35f),
                    new(foldSide * (foldX + 0.04f), foldTop + 0.7f),
                ]),
                0.012f,
                0.03f,
                foldAmount,
                foldAmount,
                PhantomProfile.Soft
            );

        bool rightMarker = detail.Chance(0.5);
        float markerX = detail.Range(0.80f, 0.90f),
            markerY = detail.Range(-0.92f, -0.78f);
        if (marker)
            Marker(canvas, film, rightMarker, new Vector2(rightMarker ? -markerX : markerX, markerY));
    }

    /// <summary>The lead letter that marks the patient's side.</summary>
    private static void Marker(PhantomCanvas canvas, float[] film, bool right, Vector2 at)
    {
        const float Width = 0.012f,
            Amount = 0.55f,
            H = 0.045f,
            W = 0.035f;
        Vector2[] letter = right
            ?
            [
                at + new Vector2(-W, H),
                at + new Vector2(-W, -H),
                at + new Vector2(W, -H),
                at + new Vector2(W, 0),
                at + new Vector2(-W, 0),
                at + new Vector2(W, H),
            ]
            : [at + new Vector2(-W, -H), at + new Vector2(-W, H), at + new Vector2(W, H)];
        canvas.Stroke(film, letter, Width, Width, Amount, Amount, PhantomProfile.Flat);
    }
}
