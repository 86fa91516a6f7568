namespace CxrAnnotate;

/// <summary>The Modality LUT, or the rescale slope and intercept (PS3.3, C.11.1).</summary>
/// <param name="Of">The modality's value of a stored value.</param>
/// <param name="IsTable">Whether it is a table, whose values are unsigned.</param>
internal readonly record struct DicomModality(Func<int, double> Of, bool IsTable)
{
    private const double LargestNumber = 1e300;
    private const string Table = "Modality LUT";

    /// <summary>
    /// The classes of angiography and fluoroscopy, whose Modality LUT is for measuring: it makes values proportional to the beam again, and does not
    /// precede the window (PS3.3, C.8.7.1.1.2).
    /// </summary>
    private static readonly HashSet<string> _measured =
    [
        "1.2.840.10008.5.1.4.1.1.12.1",
        "1.2.840.10008.5.1.4.1.1.12.2",
        "1.2.840.10008.5.1.4.1.1.12.3",
    ];

    /// <exception cref="InvalidDataException">The table or a number is invalid.</exception>
    internal static DicomModality Read(DicomDataSet data, int frame, bool signed, DicomNotes notes)
    {
        if (_measured.Contains(data.Code(DicomTags.SopClassUid)))
            return new(value => value, IsTable: false);
        if (DicomFunctionalGroups.Find(data, frame, DicomTags.PixelValueTransformationSequence) is { } group)
            return Rescale(group, notes);
        if (data.Items(DicomTags.ModalityLutSequence) is not [var item, ..])
            return Rescale(data, notes);
        if (DicomLut.IsEmpty(item))
        {
            notes.Deviates($"its {Table} {DicomTags.Write(DicomTags.ModalityLutSequence)} has no entries", "it is left out");
            return Rescale(data, notes);
        }

        DicomLut lut = DicomLut.Read(item, Table, signed, notes);
        return new(value => lut.Of(value), IsTable: true);
    }

    private static DicomModality Rescale(DicomDataSet data, DicomNotes notes)
    {
        double slope = NumberOf(data, DicomTags.RescaleSlope, "RescaleSlope", 1, notes),
            intercept = NumberOf(data, DicomTags.RescaleIntercept, "RescaleIntercept", 0, notes);
        if (slope == 0)
        {
            notes.Deviates($"its RescaleSlope {DicomTags.Write(DicomTags.RescaleSlope)} is 0", "it is left out");
            slope = 1;
        }

        // Differences of the results must be finite as well.
        if (Math.Abs(slope) > LargestNumber || Math.Abs(intercept) > LargestNumber)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its RescaleSlope {DicomTags.Write(DicomTags.RescaleSlope)} is {slope} and its RescaleIntercept {intercept}; numbers up to "
                        + $"{LargestNumber} are read"
                )
            );
        return new(value => (value * slope) + intercept, IsTable: false);
    }

    private static double NumberOf(DicomDataSet data, uint tag, string name, double otherwise, DicomNotes notes)
    {
        if (data.NumbersOrNull(tag, name, notes) is not [var number, ..])
            return otherwise;
        if (number is { } known)
            return known;
        notes.Deviates($"its {name} {DicomTags.Write(tag)} is '{DicomDataSet.Shown(data.Code(tag))}', which is not a number", "it is left out");
        return otherwise;
    }
}
