using System.Numerics;

namespace CxrAnnotate;

/// <summary>
/// Draws the lateral chest, front to the image's left, and the findings that it can show. Both sides overlap here: a lateral image has the study's
/// annotation, but the side in it is visible only on the frontal image.
/// </summary>
internal static class LateralDrawing
{
    internal static void Draw(PhantomCanvas canvas, ChestAnatomy body, PhantomRandom pose, PhantomRandom detail)
    {
        canvas.Begin(pose.Range(-0.05f, 0.05f), pose.Range(-0.05f, 0.05f), pose.Range(0.96f, 1.10f), pose.Range(-4f, 4f));
        float depth = body.ChestDepth,
            extra = 0.05f + 0.10f * body.Habitus;
        float[] film = canvas.Film,
            mask = canvas.Heart;

        canvas.Polygon(
            mask,
            PhantomCanvas.Closed(
                [
                    new(-0.22f, -1.4f),
                    new(-0.24f, -1.02f),
                    new(-0.40f * depth - extra, -0.72f),
                    new(-0.62f * depth - extra, -0.25f),
                    new(-0.66f * depth - extra - 1.3f * body.Breasts, 0.15f),
                    new(-0.62f * depth - extra, 0.55f),
                    new(-0.66f * depth - extra, 1.0f),
                    new(-0.6f, 1.5f),
                    new(0.55f, 1.5f),
                    new(0.60f + extra, 1.0f),
                    new(0.76f * depth + extra, 0.3f),
                    new(0.76f * depth * body.Kyphosis + extra, -0.25f),
                    new(0.60f + extra, -0.72f),
                    new(0.38f, -1.02f),
                    new(0.34f, -1.4f),
                ],
                4
            ),
            1
        );
        canvas.Blur(mask, 0.012f);
        Array.Copy(mask, film, film.Length);
        canvas.Blur(film, 0.10f);
        for (int i = 0; i < film.Length; i++)
        {
            film[i] = mask[i] * (0.30f + 0.34f * film[i]);
            mask[i] = 0;
        }

        float floor = body.DiaphragmRight,
            deep = floor + body.DomeHeight + 0.07f;
        canvas.Polygon(
            canvas.LungLeft,
            PhantomCanvas.Closed(
                [
                    new(0.06f, -0.76f),
                    new(-0.12f, -0.70f),
                    new(-0.36f * depth, -0.50f),
                    new(-0.50f * depth, -0.20f),
                    new(-0.54f * depth, 0.08f),
                    new(-0.50f * depth, floor - 0.02f),
                    new(-0.30f * depth, floor - 0.06f),
                    new(0, floor),
                    new(0.30f * depth, floor + 0.4f * (deep - floor)),
                    new(0.56f * depth, deep),
                    new(0.66f * depth, deep - 0.18f),
                    new(0.69f * depth * body.Kyphosis, 0),
                    new(0.63f * depth * body.Kyphosis, -0.36f),
                    new(0.40f, -0.66f),
                    new(0.22f, -0.76f),
                ],
                5
            ),
            1
        );
        canvas.Blur(canvas.LungLeft, 0.010f);

        (float front, float back, float top) = HeartBorders(body);
        canvas.Polygon(
            mask,
            PhantomCanvas.Closed(
                [
                    new(-0.12f, top),
                    new(0.35f * front, top + 0.14f),
                    new(0.80f * front, 0.5f * (top + floor) + 0.02f),
                    new(front, floor - 0.10f),
                    new(0.95f * front, floor + 0.04f),
                    new(0, floor + 0.08f),
                    new(0.9f * back, floor + 0.04f),
                    new(back, floor - 0.14f),
                    new(0.85f * back, 0.45f * top + 0.55f * floor - 0.08f),
                    new(0.02f, top + 0.06f),
                ],
                5
            ),
            0.85f
        );
        canvas.Ellipse(mask, new(-0.04f, -0.28f), 0.12f, 0.16f, 20, 0.35f, PhantomProfile.Soft);
        Vector2[] aorta = PhantomCanvas.Open([
            new(-0.12f, -0.05f),
            new(-0.10f, -0.32f),
            new(0.06f, -0.42f - 0.6f * body.AorticBulge),
            new(0.24f + body.AorticBulge, -0.30f),
            new(0.34f + 1.5f * body.AorticBulge, 0),
            new(0.36f + body.AorticBulge, 0.4f),
        ]);
        canvas.Stroke(mask, aorta, 0.9f * body.AorticKnob, 0.7f * body.AorticKnob, 0.42f, 0.25f + 2 * body.AorticBulge, PhantomProfile.Flat);
        canvas.Blur(mask, 0.018f);
        SmoothField texture = new(34, detail);
        for (int at = 0, y = 0; y < canvas.Size; y++)
            for (int x = 0; x < canvas.Size; x++, at++)
            {
                float covered = MathF.Min(1, mask[at]);
                canvas.LungLeft[at] *= 1 - 0.8f * covered;
                float detailAt = texture.At((x + 0.5f) / canvas.Size, (y + 0.5f) / canvas.Size);
                film[at] += 0.03f * covered - canvas.LungLeft[at] * (body.LungDensity - 0.02f * detailAt);
            }

        canvas.Ellipse(film, new(0.06f, body.HilumY), 0.10f, 0.12f, 15, 0.11f, PhantomProfile.Soft);
        for (int i = 0; i < 12; i++)
        {
            float angle = 6.28f * i / 12 + detail.Range(-0.2f, 0.2f),
                length = detail.Range(0.25f, 0.42f);
            (float s, float c) = MathF.SinCos(angle);
            Vector2 from = new(0.06f + 0.05f * c, body.HilumY + 0.07f * s),
                middle = from + 0.5f * length * new Vector2(c, s) + new Vector2(detail.Range(-0.03f, 0.03f), detail.Range(-0.03f, 0.03f));
            canvas.Stroke(
                film,
                [from, middle, from + length * new Vector2(c, s)],
                0.015f,
                0.006f,
                body.VesselContrast,
                0.5f * body.VesselContrast,
                PhantomProfile.Round,
                canvas.LungLeft
            );
        }
        canvas.Stroke(
            film,
            [new(0.02f, -1.2f), new(0.03f, -0.7f), new(0.07f, body.HilumY - 0.06f)],
            0.045f,
            0.035f,
            -0.12f,
            -0.10f,
            PhantomProfile.Round
        );
        canvas.Stroke(
            film,
            PhantomCanvas.Open([new(-0.34f * depth, -0.58f), new(-0.52f * depth, -0.22f), new(-0.58f * depth, 0.12f), new(-0.56f * depth, 0.30f)]),
            0.028f,
            0.024f,
            0.12f,
            0.10f,
            PhantomProfile.Cortical
        );
        for (int rib = 0; rib < body.Ribs; rib++)
            canvas.Stroke(
                film,
                PhantomCanvas.Open(Rib(body, rib), 5),
                body.RibWidth,
                body.RibWidth,
                0.75f * body.RibContrast,
                0.3f * body.RibContrast,
                PhantomProfile.Cortical
            );
        for (int i = 0; i < 17; i++)
        {
            Vector2 at = Vertebra(body, i);
            float half = 0.40f * body.VertebraPitch,
                width = 0.062f + 0.0025f * i,
                lean = 0.25f * (Vertebra(body, i + 1).X - at.X);
            canvas.Polygon(
                film,
                [
                    at + new Vector2(-width - lean, -half),
                    at + new Vector2(width - lean, -half),
                    at + new Vector2(width + lean, half),
                    at + new Vector2(-width + lean, half),
                ],
                0.9f * body.SpineContrast
            );
            canvas.Stroke(
                film,
                [at + new Vector2(width, 0), at + new Vector2(width + 0.10f, 0.05f)],
                0.02f,
                0.015f,
                0.05f,
                0.03f,
                PhantomProfile.Round
            );
        }
        // The arms are lifted: their shadow lies over the upper chest.
        canvas.Stroke(film, [new(-0.05f, -0.72f), new(-0.45f, -1.2f)], 0.15f, 0.17f, 0.14f, 0.16f, PhantomProfile.Soft);
        canvas.Stroke(film, [new(0.52f, -0.60f), new(0.46f, -0.10f)], 0.03f, 0.012f, 0.07f, 0.05f, PhantomProfile.Cortical);
        if (body.GastricBubble > 0)
            canvas.Ellipse(film, new(-0.12f, floor + 0.16f), 0.14f, 0.06f, 8, -body.GastricBubble, PhantomProfile.Flat);
    }

    internal static void Draw(PhantomCanvas canvas, ChestAnatomy body, PhantomFinding finding, float contrast)
    {
        PhantomRandom random = new(finding.Seed);
        float[] film = canvas.Film;
        int count = (int)MathF.Round(finding.Extent);
        int sides = finding.Side == BodySide.Bilateral ? 2 : 1;
        switch (finding.Kind)
        {
            case FindingKind.CalcifiedGranuloma:
                Vector2 spot = InZone(body, finding.Place, random);
                int spots = finding.Multiple ? 3 : 1;
                for (int i = 0; i < spots; i++)
                    canvas.Ellipse(
                        film,
                        spot + (spots == 1 ? default : new Vector2(0.09f * (i - 1), 0.06f * (i % 2))),
                        finding.Extent,
                        0.9f * finding.Extent,
                        random.Range(0, 180),
                        0.36f * contrast,
                        PhantomProfile.Flat
                    );
                break;
            case FindingKind.Nodule:
                canvas.Ellipse(
                    film,
                    InZone(body, finding.Place, random),
                    finding.Extent,
                    0.93f * finding.Extent,
                    0,
                    0.21f * contrast,
                    PhantomProfile.Round,
                    canvas.LungLeft
                );
                break;
            case FindingKind.Opacity:
                for (int i = 0; i < sides; i++)
                    canvas.Ellipse(
                        film,
                        InZone(body, finding.Place, random),
                        1.2f * finding.Extent,
                        finding.Extent,
                        10,
                        0.22f * contrast,
                        PhantomProfile.Soft,
                        canvas.LungLeft,
                        null,
                        new SmoothField(finding.Patchy ? 30 : 14, random),
                        finding.Patchy ? 0.85f : 0
                    );
                break;
            case FindingKind.PulmonaryAtelectasis:
                for (int i = 0; i < sides * count; i++)
                {
                    Vector2 at = InZone(body, finding.Place, random) - new Vector2(0, 0.05f * i);
                    canvas.Stroke(
                        film,
                        [at - new Vector2(0.16f, 0.01f), at + new Vector2(0.16f, 0.03f)],
                        0.016f,
                        0.013f,
                        0.20f * contrast,
                        0.20f * contrast,
                        PhantomProfile.Round,
                        canvas.LungLeft
                    );
                }
                break;
            case FindingKind.PleuralEffusion:
                float deep = body.DiaphragmRight + body.DomeHeight + 0.07f,
                    height = 0.07f + finding.Extent * (body.DiaphragmRight - body.Apex),
                    depth = body.ChestDepth;
                canvas.Fill(
                    PhantomCanvas.Closed(
                        [
                            new(0.80f * depth, deep - height),
                            new(0.55f * depth, deep - 0.68f * height),
                            new(0.25f * depth, deep - 0.50f * height),
                            new(-0.1f, deep - 0.42f * height),
                            new(-0.6f * depth, deep - 0.42f * height),
                            new(-0.6f * depth, deep + 0.1f),
                            new(0.80f * depth, deep + 0.1f),
                        ],
                        5
                    ),
                    0.9f * body.LungDensity * MathF.Min(1.15f, contrast),
                    canvas.LungLeft,
                    0.012f
                );
                break;
            case FindingKind.GranulomatousDisease:
                for (int i = 0; i < count; i++)
                    canvas.Ellipse(
                        film,
                        Lung(body, random.Range(0.12f, 0.9f), random.Range(0.15f, 0.85f)),
                        0.021f,
                        0.019f,
                        0,
                        0.36f * contrast,
                        PhantomProfile.Flat
                    );
                canvas.Ellipse(film, new(0.05f, body.HilumY), 0.033f, 0.030f, 0, 0.34f * contrast, PhantomProfile.Flat);
                canvas.Ellipse(film, new(0.08f, body.HilumY + 0.06f), 0.033f, 0.030f, 0, 0.34f * contrast, PhantomProfile.Flat);
                break;
            case FindingKind.Calcinosis when finding.Place == BodyPlace.Aorta:
                canvas.Stroke(
                    film,
                    PhantomCanvas.Open([new(-0.06f, -0.45f), new(0.06f, -0.50f), new(0.18f, -0.45f), new(0.25f, -0.36f)]),
                    0.017f,
                    0.014f,
                    0.32f * contrast,
                    0.26f * contrast,
                    PhantomProfile.Flat
                );
                break;
            case FindingKind.Calcinosis:
                for (int i = 0; i < count; i++)
                    canvas.Ellipse(
                        film,
                        new(
                            (finding.Place == BodyPlace.Hilum ? 0.05f : 0.09f) + 0.035f * (i % 2),
                            (finding.Place == BodyPlace.Hilum ? body.HilumY : -0.30f) + 0.055f * (i - 0.5f * (count - 1))
                        ),
                        0.033f,
                        0.030f,
                        0,
                        0.36f * contrast,
                        PhantomProfile.Flat
                    );
                break;
            case FindingKind.ThoracicDegenerative:
                for (int i = 0; i < count; i++)
                {
                    Vector2 at = 0.5f * (Vertebra(body, Math.Max(3, 7 - count / 2) + i) + Vertebra(body, Math.Max(3, 7 - count / 2) + i + 1));
                    float amount = (finding.Grade == FindingGrade.Mild ? 0.14f : 0.19f) * contrast;
                    canvas.Stroke(
                        film,
                        [at - new Vector2(0.09f, 0), at + new Vector2(0.09f, 0)],
                        0.018f,
                        0.018f,
                        amount,
                        amount,
                        PhantomProfile.Flat
                    );
                }
                break;
            case FindingKind.Osteophyte:
                for (int i = 0; i < count; i++)
                {
                    // Spurs of the spine point forward.
                    Vector2 at = 0.5f * (Vertebra(body, 4 + i) + Vertebra(body, 5 + i)) - new Vector2(0.06f, 0);
                    canvas.Stroke(
                        film,
                        [at - new Vector2(0, 0.045f), at - new Vector2(0.06f, 0), at + new Vector2(0, 0.045f)],
                        0.016f,
                        0.016f,
                        0.20f * contrast,
                        0.20f * contrast,
                        PhantomProfile.Flat
                    );
                }
                break;
            case FindingKind.SurgicalInstruments:
                Vector2 middle = finding.Place switch
                {
                    BodyPlace.Abdomen => new(-0.12f, body.DiaphragmRight + 0.26f),
                    BodyPlace.Breast => new(-0.62f * body.ChestDepth - 0.04f, 0.15f),
                    _ => default,
                };
                for (int i = 0; i < count; i++)
                {
                    Vector2 at =
                        finding.Place == BodyPlace.Mediastinum
                            ? new(-(0.42f + 0.05f * i) * body.ChestDepth, -0.42f + 0.15f * i)
                            : middle + new Vector2(random.Range(-0.05f, 0.05f), 0.05f * (i - 0.5f * (count - 1)));
                    (float s, float c) = MathF.SinCos(random.Range(0, 3.14f));
                    canvas.Stroke(
                        film,
                        [at - 0.028f * new Vector2(c, s), at + 0.028f * new Vector2(c, s)],
                        0.0115f,
                        0.0115f,
                        0.5f * contrast,
                        0.5f * contrast,
                        PhantomProfile.Flat
                    );
                }
                break;
            case FindingKind.CathetersIndwelling:
                canvas.Stroke(
                    film,
                    PhantomCanvas.Open([new(-0.30f, -0.95f), new(-0.14f, -0.62f), new(-0.02f, -0.40f), new(-0.02f, body.HilumY + 0.10f)]),
                    finding.Extent,
                    finding.Extent,
                    0.28f * contrast,
                    0.28f * contrast,
                    PhantomProfile.Flat
                );
                break;
            case FindingKind.FracturesBone when finding.Place == BodyPlace.Ribs:
                for (int i = 0; i < (finding.Multiple ? count : 1); i++)
                {
                    Vector2[] rib = PhantomCanvas.Open(Rib(body, 3 + i));
                    Vector2 at = rib[rib.Length / 2],
                        along = rib[rib.Length / 2 + 1] - at;
                    float degrees = MathF.Atan2(along.Y, along.X) * 180 / MathF.PI;
                    canvas.Ellipse(
                        film,
                        at,
                        finding.Healed ? 0.075f : 0.02f,
                        0.046f,
                        degrees,
                        (finding.Healed ? 0.22f : -0.2f) * contrast,
                        PhantomProfile.Round
                    );
                }
                break;
            case FindingKind.Cardiomegaly:
                (float front, float back, float top) = HeartBorders(body);
                canvas.Cover([new(front, top), new(back, body.DiaphragmRight)]);
                break;
            case FindingKind.Hypoinflation or FindingKind.Hyperdistention:
                canvas.Cover([new(-0.54f * body.ChestDepth, -0.76f), new(0.69f * body.ChestDepth, body.DiaphragmRight + body.DomeHeight + 0.07f)]);
                break;
            case FindingKind.AortaTortuous:
                canvas.Cover([new(-0.14f, -0.50f), new(0.40f + 1.5f * body.AorticBulge, 0.4f)]);
                break;
            default:
                // A bent spine and a broken collar bone cannot be seen from the side.
                break;
        }
    }

    private static (float Front, float Back, float Top) HeartBorders(ChestAnatomy body)
    {
        float front = -0.49f * body.ChestDepth;
        return (front, front + 1.28f * body.HeartDepth, body.DiaphragmRight - 0.64f);
    }

    private static Vector2 Vertebra(ChestAnatomy body, int index)
    {
        float y = body.VertebraStart + index * body.VertebraPitch,
            t = (y + 0.15f) / 0.9f;
        return new Vector2(body.ChestDepth * (0.56f * body.Kyphosis - 0.26f * t * t), y);
    }

    private static Vector2[] Rib(ChestAnatomy body, int rib)
    {
        float start = body.VertebraStart + 0.10f + rib * body.RibPitch,
            back = 0.68f * body.ChestDepth * body.Kyphosis;
        return
        [
            new(back - 0.06f, start),
            new(back - 0.14f, start + 0.14f),
            new(0.25f, start + 0.30f),
            new(-0.10f, start + 0.42f),
            new(-0.40f * body.ChestDepth, start + 0.46f),
        ];
    }

    /// <summary>
    /// A point of the lung from the side: <paramref name="down"/> from apex to diaphragm, <paramref name="back"/> from front to back.
    /// </summary>
    private static Vector2 Lung(ChestAnatomy body, float down, float back)
    {
        float floor = body.DiaphragmRight + (back > 0.5f ? (back - 0.5f) * 0.5f : -0.04f),
            y = -0.72f + down * (floor - 0.02f + 0.72f);
        float narrow = Math.Clamp((y + 0.80f) / 0.6f, 0.25f, 1);
        return new Vector2(0.08f + body.ChestDepth * narrow * (-0.58f + 1.14f * back), y);
    }

    private static Vector2 InZone(ChestAnatomy body, BodyPlace place, PhantomRandom random)
    {
        if (place == BodyPlace.Hilum)
            return new Vector2(0.06f, body.HilumY);
        (float top, float bottom) = ChestAnatomy.Zone(place);
        // Middle lobe and lingula lie in front, the lower lobe behind.
        float back = place switch
        {
            BodyPlace.MiddleLobe or BodyPlace.Lingula => random.Range(0.16f, 0.28f),
            BodyPlace.LowerLobe => random.Range(0.70f, 0.82f),
            BodyPlace.Base => random.Range(0.55f, 0.75f),
            _ => random.Range(0.35f, 0.6f),
        };
        return Lung(body, random.Range(top, bottom), back);
    }
}
