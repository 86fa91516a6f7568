using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Annotations mined from reports against those of people: per finding of the paper's Table 1 (section 1.4 of the method) whether the report has it,
/// and for the findings that both have, whether place and side are the same. Not for several threads at once.
/// </summary>
public sealed class ReportMiningEvaluation
{
    /// <summary>The 21 findings of Table 1; its 22nd row is normal.</summary>
    public static IReadOnlyList<string> Findings { get; } =
    [
        "Opacity",
        "Cardiomegaly",
        "Pulmonary Atelectasis",
        "Calcinosis",
        "Lung/hypoinflation",
        "Calcified Granuloma",
        "Thoracic Vertebrae/degenerative",
        "Lung/hyperdistention",
        "Cicatrix",
        "Spine/degenerative",
        "Aorta/tortuous",
        "Pleural Effusion",
        "Atherosclerosis",
        "Airspace Disease",
        "Catheters, Indwelling",
        "Density",
        "Granulomatous Disease",
        "Nodule",
        "Deformity",
        "Surgical Instruments",
        "Scoliosis",
    ];

    private readonly Dictionary<string, FindingCounts> _counts = Findings
        .Append(MeshAnnotation.Normal)
        .ToDictionary(name => name, name => new FindingCounts(name), StringComparer.Ordinal);

    /// <summary>The counts of each finding, and of normal as the last.</summary>
    public IReadOnlyList<FindingCounts> Counts => [.. Findings.Select(name => _counts[name]), _counts[MeshAnnotation.Normal]];

    /// <summary>Reports that were counted.</summary>
    public int Reports { get; private set; }

    /// <summary>Reports whose set of findings of the table is right as a whole.</summary>
    public int Exact { get; private set; }

    /// <summary>The counts of all findings together, without normal.</summary>
    public FindingCounts Sum
    {
        get
        {
            FindingCounts sum = new("all findings");
            foreach (FindingCounts one in Findings.Select(name => _counts[name]))
            {
                sum.TruePositive += one.TruePositive;
                sum.FalsePositive += one.FalsePositive;
                sum.FalseNegative += one.FalseNegative;
                sum.PlaceRight += one.PlaceRight;
                sum.SideRight += one.SideRight;
                sum.Placed += one.Placed;
                sum.PlacedRight += one.PlacedRight;
                sum.Sided += one.Sided;
                sum.SidedRight += one.SidedRight;
            }
            return sum;
        }
    }

    /// <summary>The F1 of <see cref="Sum"/>.</summary>
    public double MicroF1 => Sum.F1;

    /// <summary>The mean F1 over the findings that any report has, in truth or as mined; normal is not among them.</summary>
    public double MacroF1 => DecisionCounts.MacroF1(Findings.Select(name => _counts[name].Decisions));

    /// <summary>
    /// Whether a report belongs to the half that the library's rules were developed on, by a hash of its study. The other half was held out: only its
    /// sums were looked at.
    /// </summary>
    /// <param name="study">The study, as its row names it (<c>RadiographRecord.StudyId</c>).</param>
    public static bool IsDevelopment(string study)
    {
        ArgumentNullException.ThrowIfNull(study);
        return Hash($"2016:{study}") % 2 == 0;
    }

    /// <summary>Whether an annotation has a finding: a term of its heading with all its fixed qualifiers.</summary>
    /// <param name="annotation">The annotation.</param>
    /// <param name="finding">One of <see cref="Findings"/>, or normal.</param>
    public static bool Has(MeshAnnotation annotation, string finding)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        ArgumentNullException.ThrowIfNull(finding);
        return Of(annotation, finding).Length > 0;
    }

    /// <summary>Counts a report.</summary>
    /// <param name="truth">The annotation of a person.</param>
    /// <param name="mined">What was mined; null where that is nothing.</param>
    /// <returns>What differs, in the order of <see cref="Counts"/>.</returns>
    public IReadOnlyList<ReportDifference> Add(MeshAnnotation truth, MeshAnnotation? mined)
    {
        ArgumentNullException.ThrowIfNull(truth);
        Reports++;
        List<ReportDifference> differences = [];
        bool exact = true;
        foreach (FindingCounts count in Counts)
        {
            MeshTerm[] isTrue = Of(truth, count.Name),
                isMined = mined is null ? [] : Of(mined, count.Name);
            if (isTrue.Length > 0 && isMined.Length > 0)
            {
                count.TruePositive++;
                if (count.Name != MeshAnnotation.Normal)
                    Compare(count, isTrue, isMined, differences);
            }
            else if (isTrue.Length > 0)
            {
                count.FalseNegative++;
                differences.Add(new(count.Name, ReportDisagreement.Missed));
                exact = false;
            }
            else if (isMined.Length > 0)
            {
                count.FalsePositive++;
                differences.Add(new(count.Name, ReportDisagreement.Extra));
                exact = false;
            }
        }
        Exact += exact ? 1 : 0;
        return differences;
    }

    private static MeshTerm[] Of(MeshAnnotation annotation, string finding)
    {
        string[] parts = finding.Split('/');
        return
        [
            .. annotation.Terms.Where(term =>
                term.Heading.Equals(parts[0], StringComparison.OrdinalIgnoreCase) && parts.Skip(1).All(part => term.Qualifiers.Contains(part))
            ),
        ];
    }

    /// <summary>
    /// The places of terms, without the lung, which is written for some findings and implied for others, and without the fixed qualifiers.
    /// </summary>
    private static HashSet<string> PlacesOf(IEnumerable<MeshTerm> terms) =>
        [
            .. terms
                .SelectMany(term => term.Qualifiers)
                .Select(MeshNormalization.Token)
                .Where(word => word != "lung" && (_zones.Contains(word) || _organs.Contains(word))),
        ];

    /// <summary>The sides of terms; bilateral is left and right.</summary>
    private static HashSet<string> SidesOf(IEnumerable<MeshTerm> terms) =>
        [
            .. terms
                .SelectMany(term => term.Qualifiers)
                .SelectMany(word =>
                    word == "bilateral" ? (string[])["left", "right"]
                    : word is "left" or "right" ? [word]
                    : []
                ),
        ];

    private static readonly HashSet<string> _zones = Set(
        "apex upper_lobe azygos_lobe hilum middle_lobe lingula lower_lobe base multilobar retrocardiac paratracheal"
    );

    private static readonly HashSet<string> _organs = Set(
        """
        pleura bronchi trachea trachea_carina mediastinum thorax sulcus costophrenic_angle cardiophrenic_angle diaphragm supracardiac
        heart heart_atria heart_ventricles aortic_valve mitral_valve aorta aorta_thoracic pulmonary_artery
        coronary_vessels blood_vessels lymph_nodes esophagus
        spine cervical_vertebrae thoracic_vertebrae lumbar_vertebrae ribs sternum clavicle shoulder humerus neck breast abdomen adipose_tissue
        """
    );

    private static void Compare(FindingCounts count, MeshTerm[] isTrue, MeshTerm[] isMined, List<ReportDifference> differences)
    {
        HashSet<string> truePlaces = PlacesOf(isTrue),
            trueSides = SidesOf(isTrue);
        bool place = truePlaces.SetEquals(PlacesOf(isMined)),
            side = trueSides.SetEquals(SidesOf(isMined));
        if (!place)
            differences.Add(new(count.Name, ReportDisagreement.Place));
        if (!side)
            differences.Add(new(count.Name, ReportDisagreement.Side));
        count.PlaceRight += place ? 1 : 0;
        count.SideRight += side ? 1 : 0;
        count.Placed += truePlaces.Count > 0 ? 1 : 0;
        count.PlacedRight += truePlaces.Count > 0 && place ? 1 : 0;
        count.Sided += trueSides.Count > 0 ? 1 : 0;
        count.SidedRight += trueSides.Count > 0 && side ? 1 : 0;
    }

    /// <summary>FNV-1a with the finalizer of MurmurHash3: the same on every machine.</summary>
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 16777619;
        hash ^= hash >> 16;
        hash *= 0x85ebca6b;
        hash ^= hash >> 13;
        hash *= 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }

    private static HashSet<string> Set(string words) => [.. words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
}
