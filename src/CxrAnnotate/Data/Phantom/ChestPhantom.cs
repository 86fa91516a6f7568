using System.Collections.Concurrent;
using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// The chest phantom: radiographs drawn by a program, with findings of the Open-i vocabulary at known places. The annotation describes exactly what
/// is drawn: every word of an annotation is a parameter of the drawing, and the ranges of mild and severe, small and large, or of two zones of the
/// lung never touch. A term without a severity or size is drawn at the ordinary grade, between mild and severe or small and large.
/// <para>The same options and index give the same pixels whatever the number of studies, the order of calls or the number of threads. All members are
/// thread-safe.</para>
/// <para>It is a test object for the method, never evidence about patients.</para>
/// </summary>
public sealed class ChestPhantom
{
    private readonly ConcurrentBag<PhantomCanvas> _canvases = [];
    private readonly FindingKind[] _kinds;
    private readonly float[] _weights;

    /// <summary>Makes a phantom.</summary>
    /// <param name="options">What to draw; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its range.</exception>
    public ChestPhantom(ChestPhantomOptions? options = null)
    {
        Options = options ?? new ChestPhantomOptions();
        Options.Check();
        _kinds = Array.FindAll(Enum.GetValues<FindingKind>(), kind => Options.Headings?.Contains(FindingTable.Heading(kind)) ?? true);
        _weights = Array.ConvertAll(_kinds, kind => (float)FindingTable.Count(kind));
    }

    /// <summary>The headings that the phantom can draw, most frequent first.</summary>
    public static IReadOnlyList<string> Headings => FindingTable.Headings;

    /// <summary>The options of the phantom.</summary>
    public ChestPhantomOptions Options { get; }

    /// <summary>The annotation of a study, without drawing it.</summary>
    /// <param name="index">The study's number, from 0; it may exceed <see cref="ChestPhantomOptions.Studies"/>.</param>
    public string Annotation(int index) => Annotation(Findings(index));

    /// <summary>The name of a study, for example <c>P00042</c>.</summary>
    /// <param name="index">The study's number, from 0.</param>
    public static string StudyId(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return string.Create(CultureInfo.InvariantCulture, $"P{index:D5}");
    }

    /// <summary>Draws a study: its annotation and all of its images.</summary>
    /// <param name="index">The study's number, from 0; it may exceed <see cref="ChestPhantomOptions.Studies"/>.</param>
    public PhantomStudy Study(int index)
    {
        IReadOnlyList<PhantomFinding> findings = Findings(index);
        PhantomImage frontal = Draw(index, findings, lateral: false);
        PhantomImage[] images = Options.Views == PhantomViews.FrontalAndLateral ? [frontal, Draw(index, findings, lateral: true)] : [frontal];
        return new PhantomStudy(index, StudyId(index), Annotation(findings), images);
    }

    /// <summary>Draws the frontal image of a study.</summary>
    /// <param name="index">The study's number, from 0; it may exceed <see cref="ChestPhantomOptions.Studies"/>.</param>
    public PhantomImage Render(int index) => Draw(index, Findings(index), lateral: false);

    /// <summary>Whether the frontal image of a study has the mark of <see cref="ChestPhantomOptions.Shortcut"/>.</summary>
    /// <param name="index">The study's number, from 0.</param>
    public bool IsMarked(int index) =>
        Options.Shortcut is { } shortcut && shortcut.IsDrawn(Findings(index), PhantomRandom.For(Options.Seed, index, PhantomStream.Shortcut));

    internal PhantomImage Render(int index, bool lateral) => Draw(index, Findings(index), lateral);

    /// <summary>The study's image without one of its findings: same patient, same pose, same noise.</summary>
    internal PhantomImage RenderWithout(int index, PhantomFinding finding, bool lateral = false) =>
        Draw(index, [.. Findings(index).Where(other => other != finding)], lateral);

    /// <summary>Where exactly each finding of a study is, in the order of the annotation's terms.</summary>
    /// <param name="index">The study's number, from 0; it may exceed <see cref="ChestPhantomOptions.Studies"/>.</param>
    /// <param name="lateral">Whether the masks are those of the lateral image rather than the frontal one.</param>
    /// <returns>A mask for each finding that the view shows; none for a normal study.</returns>
    public IReadOnlyList<PhantomMask> Masks(int index, bool lateral = false)
    {
        IReadOnlyList<PhantomFinding> findings = Findings(index);
        if (findings.Count == 0)
            return [];
        float[] film = Film(findings);
        return
        [
            .. findings
                .Select(finding => new PhantomMask(
                    finding.Term,
                    Options.Size,
                    Options.Size,
                    Changed(film, Film([.. findings.Where(other => other != finding)]))
                ))
                .Where(mask => mask.Pixels.AsSpan().Contains(byte.MaxValue)),
        ];

        float[] Film(IReadOnlyList<PhantomFinding> shown)
        {
            PhantomCanvas canvas = Canvas();
            Paint(canvas, index, shown, lateral, marked: false);
            float[] attenuation = [.. canvas.Film];
            _canvases.Add(canvas);
            return attenuation;
        }

        static byte[] Changed(float[] with, float[] without) =>
            [.. with.Zip(without, (a, b) => MathF.Abs(a - b) >= PhantomCanvas.Visible ? byte.MaxValue : (byte)0)];
    }

    /// <summary>The patient, pose and noise of a study with any findings.</summary>
    internal PhantomImage Draw(int index, IReadOnlyList<PhantomFinding> findings, bool lateral)
    {
        PhantomCanvas canvas = Canvas();
        bool marked = !lateral && IsMarked(index);
        List<PhantomRegion> regions = Paint(canvas, index, findings, lateral, marked);
        byte[] pixels = canvas.Develop(
            PhantomRandom.For(Options.Seed, index, lateral ? PhantomStream.LateralFilm : PhantomStream.FrontalFilm),
            Options.NoiseLevel
        );
        if (marked)
            Options.Shortcut!.DrawInPixels(pixels, Options.Size);
        _canvases.Add(canvas);
        return new PhantomImage(lateral ? PhantomImage.LateralView : PhantomImage.FrontalView, Options.Size, Options.Size, pixels, regions);
    }

    private PhantomCanvas Canvas() => _canvases.TryTake(out PhantomCanvas? canvas) ? canvas : new PhantomCanvas(Options.Size);

    /// <summary>Draws a study's attenuation, and the mark that is in the film.</summary>
    /// <returns>The region of each finding.</returns>
    private List<PhantomRegion> Paint(PhantomCanvas canvas, int index, IReadOnlyList<PhantomFinding> findings, bool lateral, bool marked)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ChestAnatomy body = new(PhantomRandom.For(Options.Seed, index, PhantomStream.Anatomy));
        foreach (PhantomFinding finding in findings)
            body.Apply(finding);
        PhantomRandom pose = PhantomRandom.For(Options.Seed, index, lateral ? PhantomStream.LateralPose : PhantomStream.FrontalPose);
        PhantomRandom detail = PhantomRandom.For(Options.Seed, index, lateral ? PhantomStream.LateralDetail : PhantomStream.FrontalDetail);
        if (lateral)
            LateralDrawing.Draw(canvas, body, pose, detail);
        else
            FrontalDrawing.Draw(canvas, body, pose, detail);

        List<PhantomRegion> regions = [];
        foreach (PhantomFinding finding in findings)
        {
            canvas.StartRegion();
            if (lateral)
                LateralDrawing.Draw(canvas, body, finding, (float)Options.FindingContrast);
            else
                FrontalFindings.Draw(canvas, body, finding, (float)Options.FindingContrast);
            if (canvas.EndRegion(finding.Term) is { } region)
                regions.Add(region);
        }

        if (marked)
            Options.Shortcut!.DrawInFilm(canvas, body, findings);
        return regions;
    }

    /// <summary>The findings of a study, in the order of its annotation; empty for a normal one.</summary>
    internal IReadOnlyList<PhantomFinding> Findings(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        PhantomRandom random = PhantomRandom.For(Options.Seed, index, PhantomStream.Plan);
        if (random.Chance(Options.NormalFraction))
            return [];
        int wanted = 1 + random.Next(Options.FindingsPerStudy);
        List<PhantomFinding> findings = [];
        // A finding that would hide another is replaced; in rare cases a study has fewer findings than wanted.
        for (int attempt = 0; attempt < 20 && findings.Count < wanted; attempt++)
        {
            PhantomFinding finding = FindingTable.Sample(_kinds[random.Pick(_weights)], random);
            if (findings.TrueForAll(other => FindingTable.Compatible(other, finding)))
                findings.Add(finding);
        }
        findings.Sort((a, b) => string.CompareOrdinal(a.Term, b.Term));
        return findings;
    }

    private static string Annotation(IReadOnlyList<PhantomFinding> findings) =>
        findings.Count == 0 ? MeshAnnotation.Normal : string.Join('|', findings.Select(finding => finding.Term));
}
