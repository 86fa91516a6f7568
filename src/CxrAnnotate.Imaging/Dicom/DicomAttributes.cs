using System.Globalization;

namespace CxrAnnotate;

/// <summary>The attributes of the examination and the patient in a DICOM file; an absent text is empty.</summary>
internal sealed record DicomAttributes
{
    /// <summary>Modalities of radiographs, including those of scanned and converted ones; a file without a modality is accepted.</summary>
    private static readonly HashSet<string> _radiographs = ["CR", "DX", "DR", "RG", "RF", "OT", "SC", ""];

    internal required string SopInstanceUid { get; init; }

    internal required string StudyInstanceUid { get; init; }

    internal required string AccessionNumber { get; init; }

    internal required string PatientId { get; init; }

    internal required string Institution { get; init; }

    internal required string Manufacturer { get; init; }

    internal required string Modality { get; init; }

    internal required string BodyPart { get; init; }

    /// <summary>PA, AP, LL, RL, LATERAL, ... (C.8.1.2); for a file with only a coded view, its abbreviation or its meaning.</summary>
    internal required string View { get; init; }

    /// <summary>L, R or empty: the side of a paired body part.</summary>
    internal required string Laterality { get; init; }

    /// <summary>M, F, O or empty.</summary>
    internal required string Sex { get; init; }

    /// <summary>In years; NaN if neither the age nor the dates that it follows from are given.</summary>
    internal required float Age { get; init; }

    internal static DicomAttributes Of(DicomDataSet data) =>
        new()
        {
            SopInstanceUid = data.Code(DicomTags.SopInstanceUid),
            StudyInstanceUid = data.Code(DicomTags.StudyInstanceUid),
            AccessionNumber = data.Text(DicomTags.AccessionNumber),
            PatientId = data.Text(DicomTags.PatientId),
            Institution = data.Text(DicomTags.InstitutionName),
            Manufacturer = data.Text(DicomTags.Manufacturer),
            Modality = data.Code(DicomTags.Modality).ToUpperInvariant(),
            BodyPart = data.Code(DicomTags.BodyPartExamined).ToUpperInvariant(),
            View = ViewOf(data),
            Laterality = data.Code(DicomTags.ImageLaterality) is { Length: > 0 } side ? side : data.Code(DicomTags.Laterality),
            Sex = data.Code(DicomTags.PatientSex).ToUpperInvariant(),
            Age = AgeOf(data),
        };

    /// <exception cref="InvalidDataException">The modality is not that of a radiograph.</exception>
    internal static void RequireRadiograph(DicomDataSet data)
    {
        string modality = data.Code(DicomTags.Modality).ToUpperInvariant();
        if (!_radiographs.Contains(modality))
            throw new InvalidDataException(
                ErrorCode.DicomModality.Message(
                    $"it is not a radiograph: its modality {DicomTags.Write(DicomTags.Modality)} is {modality} (AcceptAnyModality reads it anyway)"
                )
            );
    }

    private static string ViewOf(DicomDataSet data)
    {
        if (data.Code(DicomTags.ViewPosition) is { Length: > 0 } view)
            return view.ToUpperInvariant();
        if (data.Items(DicomTags.ViewCodeSequence) is not [var code, ..])
            return "";
        string meaning = code.Text(DicomTags.CodeMeaning);
        return meaning.ToUpperInvariant().Replace('-', ' ').Replace("  ", " ", StringComparison.Ordinal) switch
        {
            "POSTERO ANTERIOR" or "POSTEROANTERIOR" => "PA",
            "ANTERO POSTERIOR" or "ANTEROPOSTERIOR" => "AP",
            "LEFT LATERAL" => "LL",
            "RIGHT LATERAL" => "RL",
            "LATERAL" => "LATERAL",
            _ => meaning,
        };
    }

    /// <summary>From PatientAge (nnnD, nnnW, nnnM, nnnY), else from the dates of birth and study.</summary>
    private static float AgeOf(DicomDataSet data)
    {
        string age = data.Code(DicomTags.PatientAge).ToUpperInvariant();
        if (
            age.Length is >= 2 and <= 4
            && int.TryParse(age.AsSpan(0, age.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        )
        {
            switch (age[^1])
            {
                case 'Y':
                    return number;
                case 'M':
                    return number / 12f;
                case 'W':
                    return number * 7 / DaysOfYear;
                case 'D':
                    return number / DaysOfYear;
            }
        }

        return Date(data, DicomTags.PatientBirthDate) is { } birth && Date(data, DicomTags.StudyDate) is { } study && study >= birth
            ? (study.DayNumber - birth.DayNumber) / DaysOfYear
            : float.NaN;
    }

    private const float DaysOfYear = 365.25f;

    /// <summary>YYYYMMDD, or YYYY.MM.DD in files from before 1993.</summary>
    private static DateOnly? Date(DicomDataSet data, uint tag) =>
        DateOnly.TryParseExact(data.Code(tag), ["yyyyMMdd", "yyyy.MM.dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            ? date
            : null;
}
