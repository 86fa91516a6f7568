using System.Text;

namespace CxrAnnotate;

/// <summary>The findings that can be drawn.</summary>
internal enum FindingKind
{
    CalcifiedGranuloma,
    ThoracicDegenerative,
    Hypoinflation,
    Calcinosis,
    Opacity,
    Cardiomegaly,
    Scoliosis,
    Hyperdistention,
    SurgicalInstruments,
    PleuralEffusion,
    PulmonaryAtelectasis,
    AortaTortuous,
    Osteophyte,
    CathetersIndwelling,
    FracturesBone,
    GranulomatousDisease,
    Nodule,
}

/// <summary>The side of the patient (not of the image).</summary>
internal enum BodySide
{
    None,
    Right,
    Left,
    Bilateral,
}

/// <summary>Where a finding is drawn.</summary>
internal enum BodyPlace
{
    None,
    Apex,
    UpperLobe,
    MiddleLobe,
    Lingula,
    LowerLobe,
    Base,
    Hilum,
    Mediastinum,
    Aorta,
    Abdomen,
    Breast,
    Ribs,
    Clavicle,
}

/// <summary>Severity or size. <see cref="Plain"/>, which has no word, is above mild and small and below moderate, severe and large.</summary>
internal enum FindingGrade
{
    Plain,
    Mild,
    Small,
    Moderate,
    Severe,
    Large,
}

/// <summary>
/// One finding of a study: the words of its annotation term as parameters of the drawing. The term derives only from the parameters, so it describes
/// exactly what is drawn.
/// </summary>
internal sealed record PhantomFinding(FindingKind Kind)
{
    internal BodyPlace Place { get; init; }

    internal BodySide Side { get; init; }

    internal FindingGrade Grade { get; init; }

    internal bool Multiple { get; init; }

    internal bool Patchy { get; init; }

    internal bool Healed { get; init; }

    /// <summary>The drawn size or severity, within <see cref="FindingTable.Extent"/> of kind and grade.</summary>
    internal float Extent { get; init; }

    /// <summary>Seeds what no word describes: the exact spot, the shape of an edge.</summary>
    internal ulong Seed { get; init; }

    internal bool IsOn(BodySide side) => Side == side || Side == BodySide.Bilateral;

    /// <summary>The annotation term in the words of Open-i: heading, place, side, attributes, severity.</summary>
    internal string Term
    {
        get
        {
            StringBuilder term = new(FindingTable.Heading(Kind));
            void Add(string? word)
            {
                if (word is not null)
                    term.Append('/').Append(word);
            }

            if (Kind is FindingKind.Scoliosis or FindingKind.Osteophyte)
                Add("thoracic vertebrae");
            // Open-i names the zones of atelectasis without the word "lung".
            if (Kind != FindingKind.PulmonaryAtelectasis && Place is >= BodyPlace.Apex and <= BodyPlace.Hilum)
                Add("lung");
            Add(
                Place switch
                {
                    BodyPlace.Apex => "apex",
                    BodyPlace.UpperLobe => "upper lobe",
                    BodyPlace.MiddleLobe => "middle lobe",
                    BodyPlace.Lingula => "lingula",
                    BodyPlace.LowerLobe => "lower lobe",
                    BodyPlace.Base => "base",
                    BodyPlace.Hilum => "hilum",
                    BodyPlace.Mediastinum => "mediastinum",
                    BodyPlace.Aorta => "aorta",
                    BodyPlace.Abdomen => "abdomen",
                    BodyPlace.Breast => "breast",
                    BodyPlace.Ribs => "ribs",
                    BodyPlace.Clavicle => "clavicle",
                    _ => null,
                }
            );
            if (Kind == FindingKind.Calcinosis && Place is (BodyPlace.Hilum or BodyPlace.Mediastinum))
                Add("lymph nodes");
            // The lingula and the middle lobe exist on one side only; Open-i writes the side only for the middle lobe.
            if (Place != BodyPlace.Lingula)
                Add(
                    Side switch
                    {
                        BodySide.Right => "right",
                        BodySide.Left => "left",
                        BodySide.Bilateral => "bilateral",
                        _ => null,
                    }
                );
            Add(Multiple ? "multiple" : null);
            Add(Patchy ? "patchy" : null);
            Add(Healed ? "healed" : null);
            Add(
                Grade switch
                {
                    FindingGrade.Mild => "mild",
                    FindingGrade.Small => "small",
                    FindingGrade.Moderate => "moderate",
                    FindingGrade.Severe => "severe",
                    FindingGrade.Large => "large",
                    _ => null,
                }
            );
            return term.ToString();
        }
    }
}
