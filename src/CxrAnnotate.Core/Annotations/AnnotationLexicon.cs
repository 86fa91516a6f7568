using System.Collections.Frozen;

namespace CxrAnnotate;

/// <summary>
/// The Open-i annotation vocabulary by meaning. Qualifiers are a closed set (90 spellings in the collection); any other word is a finding.
/// </summary>
internal static class AnnotationLexicon
{
    /// <summary>Laterality.</summary>
    internal static FrozenSet<string> Sides { get; } = Set("left right bilateral");

    /// <summary>Severity and size. In practice a finding has only one of the two, so they share a set.</summary>
    internal static FrozenSet<string> Severities { get; } = Set("borderline mild moderate severe small large");

    /// <summary>Vertical position within the lungs. Zones joined by '+' (<c>mid+lower</c>) form one zone word, as annotated.</summary>
    internal static FrozenSet<string> Zones { get; } =
        Set("apex upper upper_lobe azygos_lobe hilum mid middle_lobe lingula lower lower_lobe base multilobar diffuse");

    /// <summary>Organs, bones, vessels and directions; with <see cref="Zones"/> they make the location.</summary>
    internal static FrozenSet<string> Places { get; } =
        Set(
            """
            lung pleura pleural_sinus pulmonary_alveoli bronchi bronchovascular trachea trachea_carina paratracheal
            mediastinum thorax sulcus costophrenic_angle cardiophrenic_angle diaphragm retrocardiac supracardiac
            heart heart_atria heart_ventricles aortic_valve mitral_valve aorta aorta_thoracic pulmonary_artery
            coronary_vessels blood_vessels lymph_nodes esophagus
            spine cervical_vertebrae thoracic_vertebrae lumbar_vertebrae ribs sternum clavicle shoulder humerus
            neck breast breast_implants abdomen adipose_tissue anterior posterior
            """
        );

    /// <summary>
    /// Shape, course and pattern. They belong to no slot, but distinguish findings whose heading is a place (<c>lung hypoinflation</c>).
    /// </summary>
    internal static FrozenSet<string> Attributes { get; } =
        Set(
            """
            abnormal acute blunted chronic degenerative elevated enlarged flattened focal healed hyperdistention hypoinflation interstitial irregular
            multiple obscured patchy prominent reticular round scattered streaky tortuous
            """
        );

    internal static bool IsZone(string word) => Zones.Contains(word) || (word.Contains('+') && word.Split('+').All(Zones.Contains));

    internal static bool IsLocation(string word) => Places.Contains(word) || IsZone(word);

    private static FrozenSet<string> Set(string words) =>
        words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
