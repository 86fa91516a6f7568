using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>Writes phantom studies as a data set on disk: images, <c>annotations.csv</c> and <c>regions.csv</c>.</summary>
internal static partial class PhantomWriter
{
    /// <summary>The value of the source column.</summary>
    internal const string Source = "phantom";

    /// <summary>The values of the split column.</summary>
    internal static readonly string[] Sides = ["train", "val", "test"];

    /// <summary>
    /// Draws and writes all studies, several at a time. Images are in <c>images/</c>; <c>annotations.csv</c> has the columns image, annotation,
    /// study, patient, view, source, split; <c>regions.csv</c> has image, term, x, y, width, height in pixels. With masks, these are in <c>masks/</c>
    /// (PNG: 255 where the finding is, 0 elsewhere), and <c>regions.csv</c> has a column mask, empty where a view does not show the finding. Both
    /// tables are written last, so that a folder with an <c>annotations.csv</c> is complete. The same options and shares give the same bytes.
    /// </summary>
    /// <param name="folder">The folder to write to; created if missing. Files of the same names are replaced.</param>
    /// <param name="options">What to draw.</param>
    /// <param name="validation">The share of the studies to validate on, 0 to below 1.</param>
    /// <param name="test">The share of the studies to test on, 0 to below 1.</param>
    /// <param name="progress">Called with the number of studies written so far.</param>
    /// <param name="cancellation">Stops between two studies; the tables are not written then.</param>
    /// <returns>The number of images written.</returns>
    internal static int Write(
        string folder,
        ChestPhantomOptions options,
        double validation = 0.1,
        double test = 0.1,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ChestPhantom phantom = new(options);
        string[] splits = Split(phantom, validation, test);
        string images = Path.Combine(folder, "images");
        Directory.CreateDirectory(images);

        string masks = Path.Combine(folder, "masks");
        if (options.Masks)
            Directory.CreateDirectory(masks);
        PhantomImage[][] drawn = new PhantomImage[options.Studies][];
        Dictionary<string, string>[][] maskOf = new Dictionary<string, string>[options.Studies][];
        int done = 0;
        Parallel.For(
            0,
            options.Studies,
            new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            index =>
            {
                PhantomStudy study = phantom.Study(index);
                foreach (PhantomImage image in study.Images)
                    Save(Path.Combine(images, FileName(index, image, options.Format)), image, index, options);
                if (options.Masks)
                    maskOf[index] = [.. study.Images.Select(image => SaveMasks(masks, phantom, index, image))];
                // The pixels are on disk now; only the regions are still needed.
                drawn[index] = [.. study.Images.Select(image => image with { Pixels = [] })];
                progress?.Report(Interlocked.Increment(ref done));
            }
        );

        CsvFile.Write(
            Path.Combine(folder, "regions.csv"),
            ["image", "term", "x", "y", "width", "height", .. options.Masks ? (string[])["mask"] : []],
            from index in Enumerable.Range(0, options.Studies)
            from view in Enumerable.Range(0, drawn[index].Length)
            let image = drawn[index][view]
            from region in image.Regions
            select (string[])
                [
                    "images/" + FileName(index, image, options.Format),
                    region.Term,
                    Text(region.X),
                    Text(region.Y),
                    Text(region.Width),
                    Text(region.Height),
                    .. options.Masks ? (string[])[maskOf[index][view].GetValueOrDefault(region.Term, "")] : [],
                ]
        );
        CsvFile.Write(
            Path.Combine(folder, "annotations.csv"),
            ["image", "annotation", "study", "patient", "view", "source", "split"],
            from index in Enumerable.Range(0, options.Studies)
            let annotation = phantom.Annotation(index)
            from image in drawn[index]
            select new[]
            {
                "images/" + FileName(index, image, options.Format),
                annotation,
                ChestPhantom.StudyId(index),
                ChestPhantom.StudyId(index),
                image.View,
                Source,
                splits[index],
            }
        );
        return drawn.Sum(study => study.Length);
    }

    /// <summary>The part of each study: stratified by heading, seeded by the phantom's seed.</summary>
    internal static string[] Split(ChestPhantom phantom, double validation, double test)
    {
        if (validation is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(validation),
                validation,
                ErrorCode.OptionOutOfRange.Message("The share to validate on must be from 0 to below 1.")
            );
        if (test is not (>= 0 and < 1) || validation + test >= 1)
            throw new ArgumentOutOfRangeException(
                nameof(test),
                test,
                ErrorCode.OptionOutOfRange.Message("The share to test on must be from 0 to below 1, and with the share to validate on below 1.")
            );
        int studies = phantom.Options.Studies;
        string[] names = new string[studies],
            labels = new string[studies];
        for (int index = 0; index < studies; index++)
        {
            names[index] = ChestPhantom.StudyId(index);
            labels[index] = string.Join(
                '+',
                phantom.Findings(index).Select(finding => FindingTable.Heading(finding.Kind)).DefaultIfEmpty(MeshAnnotation.Normal)
            );
        }
        Dictionary<string, int> side = StudySplitter.Assign(names, labels, [1 - validation - test, validation, test], phantom.Options.Seed);
        return Array.ConvertAll(names, name => Sides[side[name]]);
    }

    /// <summary>Writes the masks of an image.</summary>
    /// <returns>The file of each term, relative to the folder of the data set.</returns>
    private static Dictionary<string, string> SaveMasks(string folder, ChestPhantom phantom, int index, PhantomImage image)
    {
        Dictionary<string, string> files = [];
        foreach (PhantomMask mask in phantom.Masks(index, image.View == PhantomImage.LateralView))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{Stem(index, image)}_{files.Count + 1}.png");
            RadiographWriter.SavePng(Path.Combine(folder, name), mask.Pixels, mask.Width, mask.Height);
            files[mask.Term] = "masks/" + name;
        }

        return files;
    }

    private static void Save(string path, PhantomImage image, int index, ChestPhantomOptions options)
    {
        if (options.Format == PhantomFormat.Png)
        {
            RadiographWriter.SavePng(path, image.Pixels, image.Width, image.Height);
            return;
        }

        string study = string.Create(CultureInfo.InvariantCulture, $"{Source} {options.Seed} {ChestPhantom.StudyId(index)}");
        DicomFileWriter.Save(
            path,
            image.Pixels,
            image.Width,
            image.Height,
            $"{study} {image.View}",
            study,
            ChestPhantom.StudyId(index),
            image.View == PhantomImage.FrontalView ? "PA" : "LL",
            "CxrAnnotate phantom"
        );
    }

    private static string FileName(int index, PhantomImage image, PhantomFormat format) =>
        Stem(index, image) + (format == PhantomFormat.Png ? ".png" : ".dcm");

    private static string Stem(int index, PhantomImage image) =>
        ChestPhantom.StudyId(index) + (image.View == PhantomImage.FrontalView ? "_frontal" : "_lateral");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a relative path (separated by '/') is a file of a phantom data set.</summary>
    internal static bool IsOwn(string path) => OwnName().IsMatch(path);

    [GeneratedRegex(
        @"\A(?:annotations\.csv|regions\.csv|images/P[0-9]{5,}_(?:frontal|lateral)\.(?:png|dcm)|masks/P[0-9]{5,}_(?:frontal|lateral)_[0-9]\.png)\z"
    )]
    private static partial Regex OwnName();
}
