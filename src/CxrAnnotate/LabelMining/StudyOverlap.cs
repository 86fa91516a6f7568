using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>How far a split by image puts one study into two parts (section 1.9 of the paper's specification).</summary>
public sealed record StudyOverlap
{
    /// <value>Studies with images in two or three parts.</value>
    [JsonPropertyName("severalPartStudies")]
    public required int StudiesInSeveralParts { get; init; }

    /// <value>Test images.</value>
    [JsonPropertyName("testImages")]
    public required int Test { get; init; }

    /// <value>Test images of a study that has training images.</value>
    [JsonPropertyName("testImagesBesideTrainCount")]
    public required int TestSharingWithTrain { get; init; }

    /// <value>Test images of a study that has validation images.</value>
    [JsonPropertyName("testImagesBesideValidationCount")]
    public required int TestSharingWithValidation { get; init; }

    /// <value>Test images of a study that has training or validation images.</value>
    [JsonPropertyName("testImagesBesideEitherCount")]
    public required int TestSharingWithEither { get; init; }

    /// <value>Test images with a finding.</value>
    [JsonPropertyName("abnormalTestImages")]
    public required int AbnormalTest { get; init; }

    /// <value>Of those, images of a study that has training or validation images.</value>
    [JsonPropertyName("abnormalTestImagesBesideEitherCount")]
    public required int AbnormalTestSharingWithEither { get; init; }

    /// <value>Validation images of a study that has training images.</value>
    [JsonPropertyName("validationImagesBesideTrainCount")]
    public required int ValidationSharingWithTrain { get; init; }

    /// <summary>Counts the overlap.</summary>
    /// <param name="studies">The study of each row.</param>
    /// <param name="parts">The part of each row; rows of no part do not count.</param>
    /// <param name="isNormal">Whether a row has no finding.</param>
    internal static StudyOverlap Of(IReadOnlyList<string> studies, IReadOnlyList<SplitPart> parts, IReadOnlyList<bool> isNormal)
    {
        Dictionary<string, int> partsOf = new(StringComparer.Ordinal);
        for (int row = 0; row < parts.Count; row++)
        {
            if (parts[row] != SplitPart.None)
                partsOf[studies[row]] = partsOf.GetValueOrDefault(studies[row]) | (1 << (int)parts[row]);
        }

        const int Train = 1 << (int)SplitPart.Train,
            Validation = 1 << (int)SplitPart.Validation;
        int test = 0,
            withTrain = 0,
            withValidation = 0,
            withEither = 0,
            abnormal = 0,
            abnormalShared = 0,
            validationShared = 0;
        for (int row = 0; row < parts.Count; row++)
        {
            if (parts[row] is not (SplitPart.Test or SplitPart.Validation))
                continue;
            int of = partsOf[studies[row]];
            if (parts[row] == SplitPart.Validation)
            {
                validationShared += (of & Train) == 0 ? 0 : 1;
                continue;
            }
            bool shared = (of & (Train | Validation)) != 0;
            test++;
            withTrain += (of & Train) == 0 ? 0 : 1;
            withValidation += (of & Validation) == 0 ? 0 : 1;
            withEither += shared ? 1 : 0;
            abnormal += isNormal[row] ? 0 : 1;
            abnormalShared += shared && !isNormal[row] ? 1 : 0;
        }
        return new StudyOverlap
        {
            StudiesInSeveralParts = partsOf.Values.Count(of => !int.IsPow2(of)),
            Test = test,
            TestSharingWithTrain = withTrain,
            TestSharingWithValidation = withValidation,
            TestSharingWithEither = withEither,
            AbnormalTest = abnormal,
            AbnormalTestSharingWithEither = abnormalShared,
            ValidationSharingWithTrain = validationShared,
        };
    }
}
