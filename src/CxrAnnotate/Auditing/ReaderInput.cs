using System.Globalization;

namespace CxrAnnotate;

/// <summary>What a reader sees of each radiograph: standardised values.</summary>
/// <param name="Name">The reader's name.</param>
/// <param name="Sees">What it sees, in words.</param>
/// <param name="SeesLungs">Whether that includes the lungs, or facts of the patient.</param>
/// <param name="Rows">The values of each row.</param>
internal sealed record ReaderInput(string Name, string Sees, bool SeesLungs, float[][] Rows)
{
    /// <summary>The name of the reader that sees everything.</summary>
    internal const string Whole = "whole image";

    /// <summary>Side of the grid of cells in which borders, surroundings and the whole image are seen.</summary>
    private const int Grid = 16;

    /// <summary>Cells at each side that are kept when the centre is removed: an eighth of the width.</summary>
    private const int Ring = 2;

    /// <summary>The most values of a column, and the most tags of DICOM files, that get an input of their own.</summary>
    private const int MaximumValues = 64;

    /// <summary>The readers' inputs for some radiographs; those that are the same for all radiographs are left out.</summary>
    /// <param name="images">What was kept of the radiographs.</param>
    /// <param name="records">Their rows.</param>
    /// <param name="features">Features of a pretrained network; null for none.</param>
    internal static IReadOnlyList<ReaderInput> Of(
        IReadOnlyList<AuditedRadiograph> images,
        IReadOnlyList<RadiographRecord> records,
        float[][]? features
    )
    {
        float[][] cells = [.. images.Select(image => Cells(image, AuditThumbnail.Side / Grid))];
        float[][] whole =
        [
            .. images.Select((image, i) => (float[])[.. cells[i], .. Roots(image.Histogram), .. features?[i] ?? []]),
        ];
        List<ReaderInput> all =
        [
            new("border", "strips of 6 % along the four sides", false, [.. cells.Select(grid => Outside(grid, 1))]),
            new("surroundings", "the image without its centre of 75 % x 75 %", false, [.. cells.Select(grid => Outside(grid, Ring))]),
            new("thumbnail", "8 x 8 pixels", true, [.. images.Select(image => Cells(image, AuditThumbnail.Side / 8))]),
            new("histogram", "how often each grey value occurs", true, [.. images.Select(image => Roots(image.Histogram))]),
            new("file", "size, shape and format of the file, and which DICOM tags it has", false, Files(images)),
            new("source", "the column of sources", false, OneHot([.. records.Select(record => record.Source)])),
            new("view", "the column of views", false, OneHot([.. records.Select(record => record.View)])),
            new(
                "device",
                "the maker of the device",
                false,
                OneHot([.. records.Select((record, i) => record.Manufacturer is { Length: > 0 } named ? named : images[i].Manufacturer)])
            ),
            new("age and sex", "the patient's age and sex", true, [.. records.Select(AgeAndSex)]),
            new(
                Whole,
                features is null ? "16 x 16 pixels and the grey values" : "16 x 16 pixels, the grey values, and the features of a pretrained network",
                true,
                whole
            ),
        ];
        return [.. all.Where(input => Standardize(input.Rows))];
    }

    /// <summary>The means of cells of so many pixels of the thumbnail.</summary>
    private static float[] Cells(AuditedRadiograph image, int pixels) =>
        AuditThumbnail.Shrink([.. image.Thumbnail.Select(value => value / 255f)], AuditThumbnail.Side, pixels);

    /// <summary>The cells within a distance of the sides.</summary>
    private static float[] Outside(float[] grid, int ring) =>
        [
            .. grid.Where((_, i) => Math.Min(Math.Min(i % Grid, Grid - 1 - (i % Grid)), Math.Min(i / Grid, Grid - 1 - (i / Grid))) < ring),
        ];

    private static float[] Roots(float[] shares) => [.. shares.Select(MathF.Sqrt)];

    private static float[] AgeAndSex(RadiographRecord record) =>
        [
            float.IsNaN(record.PatientAge) ? 0 : record.PatientAge,
            float.IsNaN(record.PatientAge) ? 1 : 0,
            record.PatientSex == "M" ? 1 : 0,
            record.PatientSex == "F" ? 1 : 0,
        ];

    private static float[][] Files(IReadOnlyList<AuditedRadiograph> images)
    {
        float[][] kinds = OneHot([.. images.Select(image => image.Kind)]),
            sizes = OneHot([.. images.Select(image => string.Create(CultureInfo.InvariantCulture, $"{image.Width} x {image.Height}"))]);
        uint[] tags =
        [
            .. images
                .SelectMany(image => image.Tags)
                .GroupBy(tag => tag)
                .Where(tag => tag.Count() < images.Count)
                .OrderByDescending(tag => tag.Count())
                .ThenBy(tag => tag.Key)
                .Take(MaximumValues)
                .Select(tag => tag.Key),
        ];
        return
        [
            .. images.Select(
                (image, i) =>
                    (float[])
                        [
                            MathF.Log(Math.Max(image.Bytes, 1)),
                            MathF.Log(image.Width),
                            MathF.Log(image.Height),
                            MathF.Log((float)image.Width / image.Height),
                            MathF.Log(Math.Max(image.Bytes, 1) / ((float)image.Width * image.Height)),
                            image.IsDeep ? 1 : 0,
                            .. kinds[i],
                            .. sizes[i],
                            .. tags.Select(tag => image.Tags.Contains(tag) ? 1f : 0f),
                        ]
            ),
        ];
    }

    private static float[][] OneHot(string[] values)
    {
        Dictionary<string, int> place = values
            .GroupBy(value => value, StringComparer.Ordinal)
            .OrderByDescending(value => value.Count())
            .ThenBy(value => value.Key, StringComparer.Ordinal)
            .Take(MaximumValues)
            .Select((value, i) => (value.Key, i))
            .ToDictionary(StringComparer.Ordinal);
        return
        [
            .. values.Select(value =>
            {
                float[] row = new float[place.Count];
                if (place.TryGetValue(value, out int at))
                    row[at] = 1;
                return row;
            }),
        ];
    }

    /// <summary>Scales every value to mean 0 and variance 1 over the rows, in place. The labels have no part in this.</summary>
    /// <returns>Whether any value varies.</returns>
    private static bool Standardize(float[][] rows)
    {
        bool varies = false;
        for (int k = 0; rows.Length > 0 && k < rows[0].Length; k++)
        {
            double mean = rows.Average(row => (double)row[k]),
                variance = rows.Average(row => (row[k] - mean) * (row[k] - mean));
            double scale = variance > 1e-10 ? 1 / Math.Sqrt(variance) : 0;
            varies |= scale > 0;
            foreach (float[] row in rows)
                row[k] = (float)((row[k] - mean) * scale);
        }

        return varies;
    }
}
