using System.Numerics;

namespace CxrAnnotate;

/// <summary>A mark in phantoms that goes along with a finding and is not part of it.</summary>
public sealed record PhantomShortcut
{
    /// <summary>The heading of the finding that it goes along with, one of <see cref="ChestPhantom.Headings"/>.</summary>
    /// <value>The default value is <c>Pleural Effusion</c>.</value>
    public string Heading { get; init; } = "Pleural Effusion";

    /// <summary>What is drawn.</summary>
    /// <value>The default value is <see cref="PhantomMark.Drain"/>.</value>
    public PhantomMark Mark { get; init; } = PhantomMark.Drain;

    /// <summary>The probability of the mark in a study with the finding.</summary>
    /// <value>From 0 to 1. The default value is 0.9.</value>
    public double WithFinding { get; init; } = 0.9;

    /// <summary>The probability of the mark in another study.</summary>
    /// <value>From 0 to 1. The default value is 0.02.</value>
    public double WithoutFinding { get; init; } = 0.02;

    internal void Check()
    {
        ChestPhantomOptions.Require(
            ChestPhantom.Headings.Contains(Heading),
            nameof(Heading),
            Heading,
            "among " + string.Join(", ", ChestPhantom.Headings)
        );
        ChestPhantomOptions.Require(Enum.IsDefined(Mark), nameof(Mark), Mark, "Drain or BurntIn");
        ChestPhantomOptions.Require(WithFinding is >= 0 and <= 1, nameof(WithFinding), WithFinding, "from 0 to 1");
        ChestPhantomOptions.Require(WithoutFinding is >= 0 and <= 1, nameof(WithoutFinding), WithoutFinding, "from 0 to 1");
    }

    internal bool IsDrawn(IReadOnlyList<PhantomFinding> findings, PhantomRandom random) =>
        random.Chance(findings.Any(IsOf) ? WithFinding : WithoutFinding);

    /// <summary>Draws what is in the body.</summary>
    internal void DrawInFilm(PhantomCanvas canvas, ChestAnatomy body, IReadOnlyList<PhantomFinding> findings)
    {
        if (Mark != PhantomMark.Drain)
            return;
        // On the side of the finding: between the ribs, up along the chest wall, to the apex.
        int side = findings.FirstOrDefault(IsOf) is { Side: BodySide.Left } ? 1 : -1;
        Vector2[] path = PhantomCanvas.Open([
            new(side * (body.Wall(0.35f) + 0.30f), 0.50f),
            new(side * (body.Wall(0.30f) + 0.02f), 0.32f),
            body.LungPoint(side, 0.62f, 0.86f),
            body.LungPoint(side, 0.36f, 0.74f),
            body.LungPoint(side, 0.14f, 0.50f),
        ]);
        canvas.Stroke(canvas.Film, path, 0.030f, 0.030f, 0.20f, 0.20f, PhantomProfile.Cortical);
        canvas.Stroke(canvas.Film, path, 0.012f, 0.012f, 0.40f, 0.40f, PhantomProfile.Flat);
    }

    /// <summary>Writes what is burnt in: white letters on black in the lower corner, as of an exposure in bed.</summary>
    internal void DrawInPixels(byte[] pixels, int size)
    {
        if (Mark != PhantomMark.BurntIn)
            return;
        string[] letters =
        [
            "..............",
            ".###.###.####.",
            ".#.#.#.#..##..",
            ".###.###..##..",
            ".#...#.#..##..",
            ".#...#.#..##..",
            "..............",
        ];
        // One dot of a letter is a pixel of a small image.
        int dot = Math.Max(1, size / 64),
            left = size - (dot * (letters[0].Length + 4)),
            top = size - (dot * (letters.Length + 4));
        for (int y = 0; y < letters.Length * dot; y++)
        {
            for (int x = 0; x < letters[0].Length * dot; x++)
                pixels[((top + y) * size) + left + x] = letters[y / dot][x / dot] == '#' ? (byte)255 : (byte)0;
        }
    }

    private bool IsOf(PhantomFinding finding) => FindingTable.Heading(finding.Kind) == Heading;
}

/// <summary>The mark of a <see cref="PhantomShortcut"/>.</summary>
public enum PhantomMark
{
    /// <summary>A tube from the chest wall to the apex of the lung.</summary>
    Drain,

    /// <summary>Letters in a corner of the image.</summary>
    BurntIn,
}
