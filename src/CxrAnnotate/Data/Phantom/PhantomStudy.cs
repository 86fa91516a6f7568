namespace CxrAnnotate;

/// <summary>A phantom study: one annotation and the images that it was drawn into.</summary>
/// <param name="Index">The study's number; the same number gives the same study whatever the number of studies.</param>
/// <param name="StudyId">The study's name, also the patient's: every phantom patient has one study.</param>
/// <param name="Annotation">The annotation in the MeSH grammar of Open-i: terms joined by <c>|</c>, or <c>normal</c>.</param>
/// <param name="Images">The frontal image, then the lateral one if the options ask for it.</param>
public sealed record PhantomStudy(int Index, string StudyId, string Annotation, IReadOnlyList<PhantomImage> Images);
