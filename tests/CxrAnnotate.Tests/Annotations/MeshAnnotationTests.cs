using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class MeshAnnotationTests
{
    internal static readonly Gen<string> Word = Gen.String[Gen.Char["abcdefgxyzABXYZ0123-'()"], 1, 8];
    private static readonly Gen<string> Part = Gen.Select(
        Word,
        Word,
        Gen.Int[0, 2],
        (a, b, kind) =>
            kind switch
            {
                0 => a,
                1 => $"{a} {b}",
                _ => $"{a}, {b}",
            }
    );
    private static readonly Gen<MeshTerm> Term = Gen.Select(Part, Part.Array[0, 4], (heading, qualifiers) => new MeshTerm(heading, qualifiers));

    internal static readonly Gen<MeshAnnotation> Annotation = Term.Array[1, 5].Select(terms => new MeshAnnotation(terms));

    [Fact]
    public void Printed_annotations_parse_back() =>
        Annotation.Sample(annotation => Assert.Equal(annotation, MeshAnnotation.Parse(annotation.ToString())), iter: 500);

    [Fact]
    public void Any_text_is_parsed_or_rejected_with_a_reason() =>
        Gen.String[Gen.Char["aA /|,_\r\n\té"], 0, 30]
            .Sample(
                text =>
                {
                    if (MeshAnnotation.TryParse(text, out MeshAnnotation? annotation))
                        Assert.Equal(annotation, MeshAnnotation.Parse(annotation.ToString()));
                    else
                        Assert.NotEmpty(Assert.Throws<FormatException>(() => MeshAnnotation.Parse(text)).Message);
                },
                iter: 2000
            );

    [Theory]
    [InlineData("Opacity/lung/base/left", "Opacity/lung/base/left")]
    [InlineData("  Opacity / lung/upper lobe /right  |  Nodule ", "Opacity/lung/upper lobe/right|Nodule")]
    [InlineData("|Opacity//left/||Nodule/|", "Opacity/left|Nodule")]
    [InlineData("Catheters, Indwelling/left", "Catheters, Indwelling/left")]
    public void Blanks_and_empty_parts_are_ignored(string text, string expected) => Assert.Equal(expected, MeshAnnotation.Parse(text).ToString());

    [Theory]
    [
        InlineData("", "no term"),
        InlineData(" | | ", "no term"),
        InlineData("Opacity|/left", "'/left' has no heading"),
        InlineData("Opacity\nNodule", "line break")
    ]
    public void Annotations_without_terms_are_refused(string text, string reason)
    {
        Assert.Contains(reason, Assert.Throws<FormatException>(() => MeshAnnotation.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(MeshAnnotation.TryParse(text, out MeshAnnotation? annotation));
        Assert.Null(annotation);
    }

    [Theory]
    [
        InlineData("normal", true),
        InlineData(" Normal ", true),
        InlineData("normal|Opacity", false),
        InlineData("normal/left", false),
        InlineData("Opacity", false)
    ]
    public void Normal_is_the_single_term(string text, bool expected) => Assert.Equal(expected, MeshAnnotation.Parse(text).IsNormal);

    [Fact]
    public void Ten_thousand_terms_are_read()
    {
        string line = string.Join('|', Enumerable.Range(0, 10_000).Select(i => $"Opacity {i}/left"));
        Assert.Equal(line, MeshAnnotation.Parse(line).ToString());
    }

    [Theory]
    [InlineData(""), InlineData(" "), InlineData("a|b"), InlineData("a/b")]
    public void Parts_contain_no_separators(string part)
    {
        Assert.Throws<ArgumentException>(() => new MeshTerm(part));
        Assert.Throws<ArgumentException>(() => new MeshTerm("Opacity", part));
        Assert.Throws<ArgumentException>(() => new MeshAnnotation([]));
    }
}
