using System.Globalization;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>
/// The card of a trained model, made of nothing but the files of its run: what it is for, what it was trained on, how well it reads, where it fails.
/// Its sections are in the order of CLAIM (Tejani et al., Checklist for Artificial Intelligence in Medical Imaging, 2024 update, Radiology:
/// Artificial Intelligence 6:e240300), and name the elements of the CHAI Applied Model Card (version 0.2) that they fill. Texts have no numbers;
/// every number is a value with its source.
/// </summary>
/// <param name="Sections">The sections.</param>
internal sealed record ModelCard(IReadOnlyList<CardSection> Sections)
{
    private const string Unstated = "Not stated: the files of a run name no person, institution or funding.";

    /// <summary>Makes the card of a run.</summary>
    /// <exception cref="FileNotFoundException">The folder is no run of 'cxr train'.</exception>
    /// <exception cref="InvalidDataException">A file of the run is damaged.</exception>
    internal static ModelCard Of(string run)
    {
        foreach (string needed in (string[])[CardSources.Train, CardSources.Cascade, CardSources.Manifest])
            if (!File.Exists(Path.Combine(run, needed)))
                throw new FileNotFoundException(
                    ErrorCode.ModelNotFound.Message($"'{run}' is not a run: {needed} is missing. Name a folder that 'cxr train' wrote."),
                    Path.Combine(run, needed)
                );
        CardSources files = new(run);
        bool several = Text(files, CardSources.Train, "/task") == "multiLabel",
            phantom = (bool?)files.Find(CardSources.Train, "/phantom") ?? false;
        string heldOut = Text(files, CardSources.Train, "/heldOut") ?? "";
        int chosen = (int?)files.Find(CardSources.Train, "/chosenIteration") ?? 1;
        object at = chosen - 1;
        string part = CardSources.Pointer("iterations", at, "all");

        CardValue?[] Train(params (string Name, string Pointer)[] values) =>
            [.. values.Select(one => files.Value(one.Name, CardSources.Train, one.Pointer))];
        CardValue?[] Measured(string prefix, string figures, params string[] names) =>
            [.. names.Select(name => files.Value(prefix + name, CardSources.Evaluation, figures + CardSources.Pointer(name)))];
        string[] metrics = [.. files.Names(CardSources.Evaluation, part + "/figures")];
        string[] calibrations = [.. metrics.Where(name => name is "brier" or "microBrier")];

        CardSection[] sections =
        [
            new("1", "Identification", "BasicInfo/ModelName",
                "CxrAnnotate recurrent cascade: a deep network that names findings of chest radiographs and writes where they are, on which "
                    + "side and how severe."),
            new("1", "Developer", "BasicInfo/ModelDeveloper", Unstated),
            new("1", "Contact", "BasicInfo/DeveloperContact", Unstated),
            new("2", "Summary", "ModelSummary/Summary",
                "An image network reads a chest radiograph and gives the probability of each label; a recurrent decoder writes an annotation "
                    + "in the MeSH grammar from its features. In further iterations both are trained again on labels that were split by "
                    + "context. For research. Not for diagnosis.",
                Train(("task", "/task"))),
            new("3", "Intended use", "UsesAndDirections/IntendedUseAndWorkflow",
                "Research on reading radiographs, and teaching. It is not a medical device; nothing it reads may be used for diagnosis or "
                    + "treatment."),
            new("3", "Intended users", "UsesAndDirections/PrimaryIntendedUsers",
                "Researchers and engineers who can judge a reading themselves, or do not need to."),
            new("3", "How to use", "UsesAndDirections/HowToUse",
                "Read image files by 'cxr annotate --model RUN', by RadiographAnnotator of the package CxrAnnotate.Scoring, or by any program "
                    + "with ONNX Runtime. Radiographs that are unlike those of the training are read with a warning."),
            new("3", "Clinical risk", "Warnings/ClinicalRiskLevel", "Not assessed. Not for clinical use."),
            new("5", "Release stage", "ReleaseInfo/ReleaseStage",
                "Research prototype. Not a medical device, not cleared or certified by any authority."),
            new("5", "Release date", "ReleaseInfo/ReleaseDate", "Not stated in the run."),
            new("5", "Version", "ReleaseInfo/ReleaseVersion", "The checksum of the model, and the versions of the libraries that trained it.",
                [files.Value("SHA-256 of the model", CardSources.Manifest, CardSources.Pointer("files", CardSources.Cascade, "sha256")),
                    .. Train(("CxrAnnotate", "/environment/cxrAnnotate"), ("ML.NET", "/environment/mlNet"), (".NET", "/environment/runtime"))]),
            new("5", "Availability", "ReleaseInfo/GlobalAvailability", "As its holder decides; the library gives no trained weights."),
            new("7", "Data sources", "TrustIngredients/AISystemFacts/InputDataSource", phantom
                ? "Chest phantoms, drawn by a program. What a model reads in phantoms is no evidence about patients."
                : "Chest radiographs with annotations. The run keeps neither their names nor their institutions; hashes of the training images "
                    + "are in training-rows.csv, whose checksum identifies the data.",
                [files.Value("SHA-256 of the training rows", CardSources.Manifest, CardSources.Pointer("files", "training-rows.csv", "sha256"))]),
            new("8", "Population", "UsesAndDirections/TargetedPatientPopulation",
                phantom ? "None: phantoms." : "Not stated. The model knows patients like those of its training data only."),
            new("9", "Inputs and outputs", "TrustIngredients/AISystemFacts/OutputAndInputDataTypes",
                "Input: a chest radiograph (DICOM, PNG, JPEG, TIFF and others), converted to grey values and fitted into a square. Output: a "
                    + "probability for each label, and an annotation with its probability.",
                [files.Value("image height, pixels", CardSources.Cascade, "/loading/height"),
                    files.Value("image width, pixels", CardSources.Cascade, "/loading/width")]),
            new("11", "De-identification", "Resources/PatientConsentOrDisclosure",
                "The run holds no image, and no identifier of a patient, study, institution or file in the clear. Consent for the data is not "
                    + "stated in the run."),
            new("14", "Outcome and reference standard", "TrustIngredients/AISystemFacts/OutcomesAndOutputs",
                "The labels below, mined from the annotations of the data, which are the reference standard: the model can be no better than "
                    + "they are.",
                [.. files.Names(CardSources.Train, "/labels").Select((i, n) => files.Value("label", CardSources.Train, $"/labels/{i}"))]),
            new("19", "Development data", "TrustIngredients/AISystemFacts/DevelopmentDataCharacterization",
                "Rows are divided by patient (or study), so that no patient is on two sides. Sex, age and origin of the patients are not known "
                    + "to the run.",
                Train(("training rows", "/trainingRows"), ("held-out rows are for", "/heldOut"))),
            new("22", "Model", "TrustIngredients/AISystemFacts/ModelType",
                "A convolutional image network and a recurrent decoder (GRU or LSTM) with beam search; relabeling by clusters of their joint "
                    + "context.",
                [.. Train(("iterations", "/settings/iterations"), ("decoder cell", "/settings/cell"), ("pretrained weights", "/pretrained"),
                    ("transfer", "/transfer"), ("iteration that annotates", "/chosenIteration")),
                    .. files.Names(CardSources.Train, "/iterations").SelectMany(i => Train(($"labels in iteration {Number(i)}",
                        $"/iterations/{i}/labelCount")))]),
            new("25", "Training", null, "Settings of the training; the epochs are in training.jsonl of the run.",
                [.. files.Names(CardSources.Train, "/settings").Select(name => files.Value(name, CardSources.Train,
                    CardSources.Pointer("settings", name))),
                    .. ((string[])["first", "further"]).SelectMany(stage => Train(
                        ($"{stage}: epochs", $"/optimization/{stage}/epochs"),
                        ($"{stage}: batch size", $"/optimization/{stage}/batchSize"),
                        ($"{stage}: learning rate", $"/optimization/{stage}/learningRate"))),
                    .. Train(("seconds of training", "/seconds"))]),
            new("26", "Choice of the iteration", null,
                "By the validation rows: the score of an iteration minus that of the one that would be kept without it, by the paired "
                    + "bootstrap over patients. An iteration is not kept if its interval is below zero (rule 'evidence').",
                [.. Train(("rule", "/iterationChoice"), ("iteration that annotates", "/chosenIteration")),
                    .. files.Names(CardSources.Train, "/iterations").SelectMany(i => Train(
                        ($"iteration {Number(i)}: validation score", $"/iterations/{i}/validationScore"),
                        ($"iteration {Number(i)}: difference", $"/iterations/{i}/evidence/difference"),
                        ($"iteration {Number(i)}: probability to be better", $"/iterations/{i}/evidence/probabilityBetter"),
                        ($"iteration {Number(i)}: validation images", $"/iterations/{i}/evidence/images"),
                        ($"iteration {Number(i)}: validation patients", $"/iterations/{i}/evidence/patients")))]),
            new("28", "What is measured", "KeyMetrics/UsefulnessUsabilityEfficacy/MetricGoal", several
                ? "To detect every finding, rank the findings of an image, and write their context."
                : "To name the label of an image, tell abnormal images from normal ones, and write their annotation."),
            new("29", "Uncertainty", "KeyMetrics/UsefulnessUsabilityEfficacy/ValidationProcessAndJustification",
                "95 % intervals by the bootstrap over whole patients (or studies), whose images are not independent. Trivial baselines that do "
                    + "not look at the image stand beside the figures.",
                [files.Value("resamples", CardSources.Evaluation, "/intervals/resamples"), files.Value("unit", CardSources.Evaluation,
                    "/intervals/column")]),
            new("32", "Held-out data", "KeyMetrics/UsefulnessUsabilityEfficacy/TestingDataDescription", heldOut switch
                {
                    "test" => "Test rows of the same data set, of patients that were neither trained on nor used to choose.",
                    "validation" => "Validation rows of the same data set, by which the iteration was chosen: figures on unseen rows will be "
                        + "lower.",
                    _ => "None: no row was held out, and there are no figures.",
                },
                [files.Value("images", CardSources.Evaluation, "/images"), files.Value("studies", CardSources.Evaluation, "/studies")]),
            new("33", "External data", "KeyMetrics/UsefulnessUsabilityEfficacy/TestType",
                "Retrospective, internal: held-out rows of the same data. No external test is part of the run; measure one by 'cxr evaluate "
                    + "--run RUN --data TABLE'."),
            new("37", "Figures", "KeyMetrics/UsefulnessUsabilityEfficacy/Results", "All held-out images.", Measured("", part + "/figures",
            metrics)),
            new("37", "Figures of abnormal images", "KeyMetrics/UsefulnessUsabilityEfficacy/Results", "Abnormal held-out images.",
                Measured("abnormal: ", CardSources.Pointer("iterations", at, "abnormal", "figures"),
                    [.. files.Names(CardSources.Evaluation, CardSources.Pointer("iterations", at, "abnormal", "figures"))])),
            new("37", "Trivial baselines", "KeyMetrics/UsefulnessUsabilityEfficacy/Interpretation",
                "What needs no image: a figure means something only above these.",
                [.. files.Names(CardSources.Evaluation, "/baselines").SelectMany(i => Measured(
                    (Text(files, CardSources.Evaluation, $"/baselines/{i}/name") ?? "") + ": ",
                    $"/baselines/{i}/all/figures",
                    several ? ["macroF1", "microF1", "macroAuroc"] : ["accuracy", "macroF1", "bleu1", "exactMatch"]))]),
            new("38", "Figures by label", "KeyMetrics/FairnessEquity/Results", "Each label on all held-out images.",
                [.. files.Names(CardSources.Evaluation, part + "/labels").SelectMany(i =>
                {
                    string label = part + CardSources.Pointer("labels", i),
                        name = Text(files, CardSources.Evaluation, label + "/label") ?? i;
                    return (CardValue?[])[files.Value($"{name}: images", CardSources.Evaluation, label + "/images"),
                        .. Measured(name + ": ", label + "/figures", "auroc", "auprc", "precision", "recall", "f1")];
                })]),
            new("38", "Subgroups", "KeyMetrics/FairnessEquity/Results",
                "Each source or view on its own, where the data have several. Other subgroups (sex, age) are unknown to the run.",
                [.. files.Names(CardSources.Evaluation, CardSources.Pointer("iterations", at, "groups")).SelectMany(i =>
                {
                    string group = CardSources.Pointer("iterations", at, "groups", i),
                        name = $"{Text(files, CardSources.Evaluation, group + "/column")} {Text(files, CardSources.Evaluation, group + "/value")}";
                    return (CardValue?[])[files.Value($"{name}: images", CardSources.Evaluation, group + "/all/images"),
                        .. Measured(name + ": ", group + "/all/figures", several ? ["macroF1", "macroAuroc"] : ["accuracy", "macroF1",
                            "abnormalAuroc"])];
                })]),
            new("38", "Calibration", "KeyMetrics/SafetyReliability/Results",
                "Squared error of the probabilities: the lower, the better; it is low only for probabilities that can be taken at their word.",
                Measured("", part + "/figures", calibrations)),
            new("39", "Failures", "Warnings/KnownBiasesOrEthicalConsiderations",
                "Not analysed case by case. Readings follow the annotations of the training data, with all their errors and habits; a finding "
                    + "that is rare there is read poorly."),
            new("40", "Limits", "Warnings/KnownRisksAndLimitations",
                "It knows the labels of its training data and nothing else, and gives no report. On radiographs of another institution, device "
                    + "or population its figures do not hold. The words of an annotation are likely ones, not measured ones.",
                [.. files.Names(CardSources.Evaluation, "/notes").Select(i => files.Value("note", CardSources.Evaluation, $"/notes/{i}"))]),
            new("41", "Out of scope", "UsesAndDirections/CautionedOutOfScopeSettings",
                "Diagnosis, triage and treatment of patients; other body parts; images that are no radiographs."),
            new("41", "Bias mitigation", "TrustIngredients/AISystemFacts/BiasMitigationApproaches",
                "Labels are balanced in training; figures stand beside those of readers that know only the source or the view, which tells "
                    + "reading from recognizing the source."),
            new("43", "Files and checksums", "TrustIngredients/AISystemFacts/Security",
                "The checksum of every file of the model. They show damage, not tampering.",
                [.. files.Names(CardSources.Manifest, "/files")
                    .Where(name => name is CardSources.Cascade or SavedRun.OnnxFile || name.StartsWith("iteration-", StringComparison.Ordinal))
                    .Select(name => files.Value(name, CardSources.Manifest, CardSources.Pointer("files", name, "sha256")))]),
            new("43", "Maintenance", "TrustIngredients/AISystemFacts/OngoingMaintenance",
                "None is promised. Train again, and make a new card, when the data change."),
            new("43", "Publications", "Resources/PeerReviewedPublications",
                "The method is that of Shin et al., Learning to Read Chest X-Rays (CVPR, arXiv), with the changes that the documentation of "
                    + "the library lists."),
            new("44", "Funding", "TrustIngredients/TransparencyInformation/FundingSource", Unstated),
            new("44", "Stakeholders", "TrustIngredients/TransparencyInformation/StakeholdersConsulted", "None is stated."),
        ];
        return new ModelCard([.. sections]);
    }

    private static string Number(string index) => (int.Parse(index, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    private static string? Text(CardSources files, string file, string pointer) =>
        files.Find(file, pointer) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The card as a document (docs/schemas/card.schema.json).</summary>
    internal JsonObject ToJson() =>
        CxrJson.Node(
            "card",
            new JsonObject
            {
                ["notForDiagnosis"] = true,
                ["conformsTo"] = ModelCardXml.Namespace,
                ["sections"] = MeasurementDocument.Array(
                    Sections.Select(section => new JsonObject
                    {
                        ["claim"] = section.Claim,
                        ["title"] = section.Title,
                        ["chai"] = section.Element,
                        ["text"] = section.Text,
                        ["values"] = MeasurementDocument.Array(
                            section.Values.Select(value => new JsonObject
                            {
                                ["name"] = value.Name,
                                ["value"] = value.Value.DeepClone(),
                                ["low"] = value.Low?.DeepClone(),
                                ["high"] = value.High?.DeepClone(),
                                ["file"] = value.File,
                                ["pointer"] = value.Pointer,
                            })
                        ),
                    })
                ),
            }
        );
}

/// <summary>A section of a card.</summary>
/// <param name="Claim">The item of CLAIM (2024) that it answers.</param>
/// <param name="Title">Its title.</param>
/// <param name="Element">The element of the CHAI Applied Model Card that it fills; null: none.</param>
/// <param name="Text">What it says, without numbers.</param>
/// <param name="Known">Values, some of which may be absent from the run.</param>
internal sealed record CardSection(string Claim, string Title, string? Element, string Text, params CardValue?[] Known)
{
    /// <summary>The values that the run has.</summary>
    internal IReadOnlyList<CardValue> Values { get; } = [.. Known.OfType<CardValue>()];
}
