using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace CxrAnnotate.Cli;

/// <summary>A card as an Applied Model Card of the Coalition for Health AI, version 0.2: XML that is valid against its schema.</summary>
internal static class ModelCardXml
{
    internal const string Namespace = "https://mc.chai.org/v0.2/schema.xsd";

    private const string NotStated = "Not stated.";

    /// <summary>The card as a document. Texts are Markdown; values stand in them with their sources, and figures as results.</summary>
    internal static string Of(ModelCard card)
    {
        XNamespace mc = Namespace;
        XElement Text(string path) => new(mc + path.Split('/')[^1], Markdown([.. Filling(path)]));
        XElement Group(string path, params object[] content) => new(mc + path.Split('/')[^1], content);
        XElement Texts(string path, params string[] names) => Group(path, [.. names.Select(name => Text($"{path}/{name}"))]);
        IEnumerable<CardSection> Filling(string path) => card.Sections.Where(section => section.Element == path);

        XElement Metric(string name)
        {
            string path = $"KeyMetrics/{name}";
            (string Label, string Json)[] results =
            [
                .. Filling($"{path}/Results").SelectMany(section => section.Values).Select(value => (value.Name, Result(value))),
            ];
            XElement[] all =
            [
                .. results
                    .DefaultIfEmpty((Label: "no figure", Json: """{"kind":"text","value":"not measured"}"""))
                    .Select(result => new XElement(
                        mc + "MetricResult",
                        new XElement(mc + "Label", result.Label),
                        new XElement(mc + "ValueJson", result.Json)
                    )),
            ];
            // What is said once of the measurement holds for all three groups of figures.
            XElement Shared(string element) =>
                new(
                    mc + element,
                    Markdown([
                        .. Filling($"{path}/{element}").DefaultIfEmpty(Filling($"KeyMetrics/UsefulnessUsabilityEfficacy/{element}").First()),
                    ])
                );
            return Group(
                path,
                Shared("MetricGoal"),
                Group($"{path}/Results", [.. all]),
                new XElement(
                    mc + "Interpretation",
                    name == "UsefulnessUsabilityEfficacy"
                        ? Markdown([.. Filling($"{path}/Interpretation")])
                        : Markdown([.. Filling($"{path}/Results")], withValues: false)
                ),
                Shared("TestType"),
                Shared("TestingDataDescription"),
                Shared("ValidationProcessAndJustification")
            );
        }

        var document = new XDocument(
            new XElement(
                mc + "AppliedModelCard",
                Texts("BasicInfo", "ModelName", "ModelDeveloper", "DeveloperContact"),
                Texts("ReleaseInfo", "ReleaseStage", "ReleaseDate", "ReleaseVersion", "GlobalAvailability"),
                Group(
                    "ModelSummary",
                    Text("ModelSummary/Summary"),
                    new XElement(
                        mc + "Keywords",
                        ((string[])["chest radiograph", "deep learning", "research only"]).Select(word => new XElement(mc + "Keyword", word))
                    )
                ),
                Texts(
                    "UsesAndDirections",
                    "IntendedUseAndWorkflow",
                    "PrimaryIntendedUsers",
                    "HowToUse",
                    "TargetedPatientPopulation",
                    "CautionedOutOfScopeSettings"
                ),
                Texts("Warnings", "KnownRisksAndLimitations", "KnownBiasesOrEthicalConsiderations", "ClinicalRiskLevel"),
                Group(
                    "TrustIngredients",
                    Texts(
                        "TrustIngredients/AISystemFacts",
                        "OutcomesAndOutputs",
                        "ModelType",
                        "InputDataSource",
                        "OutputAndInputDataTypes",
                        "DevelopmentDataCharacterization",
                        "BiasMitigationApproaches",
                        "OngoingMaintenance",
                        "Security"
                    ),
                    Texts("TrustIngredients/TransparencyInformation", "FundingSource", "StakeholdersConsulted")
                ),
                Group(
                    "KeyMetrics",
                    Metric("UsefulnessUsabilityEfficacy"),
                    Metric("FairnessEquity"),
                    Metric("SafetyReliability")
                ),
                Texts("Resources", "PeerReviewedPublications", "PatientConsentOrDisclosure"),
                new XElement(
                    mc + "Bibliography",
                    "@inproceedings{shin2016, title={Learning to Read Chest X-Rays: Recurrent Neural Cascade Model for Automated Image Annotation}, "
                        + "author={Shin, Hoo-Chang and Roberts, Kirk and Lu, Le and Demner-Fushman, Dina and Yao, Jianhua and Summers, Ronald M.}, "
                        + "booktitle={CVPR}, year={2016}}"
                )
            )
        );
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}\n";
    }

    private static string Markdown(IReadOnlyList<CardSection> sections, bool withValues = true)
    {
        if (sections.Count == 0)
            return NotStated;
        StringBuilder text = new();
        foreach (CardSection section in sections)
        {
            text.Append(text.Length > 0 ? "\n\n" : "").Append(section.Text);
            if (withValues && section.Values.Count > 0)
                text.Append('\n')
                    .Append(string.Concat(section.Values.Select(value => $"\n- {value.Name}: {Shown(value)} ({value.File}{value.Pointer})")));
        }

        return text.ToString();
    }

    /// <summary>A value in words, as in the run: nothing is rounded.</summary>
    internal static string Shown(CardValue value) =>
        value is { Low: { } low, High: { } high } ? $"{Plain(value.Value)} ({Plain(low)} to {Plain(high)})" : Plain(value.Value);

    internal static string Plain(JsonNode node) => node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString();

    /// <summary>A result in the form that the published cards use.</summary>
    private static string Result(CardValue value) =>
        value is { Low: { } low, High: { } high }
            ? new JsonObject
            {
                ["kind"] = "estimate_ci",
                ["estimate"] = value.Value.DeepClone(),
                ["lower"] = low.DeepClone(),
                ["upper"] = high.DeepClone(),
                ["level"] = 95,
            }.ToJsonString()
            : new JsonObject { ["kind"] = "single", ["value"] = value.Value.DeepClone() }.ToJsonString();
}
