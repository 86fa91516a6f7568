namespace CxrAnnotate.Tests;

/// <summary>Sentences of the kinds that rules of negation are known to misread, each with what a careful reader would say.</summary>
public sealed class ReportLanguageTests
{
    private static readonly ReportMiner Miner = new(ReportRules.Default);

    /// <summary>
    /// Compares with what is expected: "Finding=STATES[:side]; ...", where STATES is one or more of P present, A absent, U uncertain, N not spoken
    /// of. <c>normal=P</c> says that the annotation is exactly "normal".
    /// </summary>
    private static string? Difference(string text, string expected)
    {
        MinedReport report = Miner.Mine(text, "");
        foreach (string item in expected.Split("; "))
        {
            int at = item.LastIndexOf('=');
            string finding = item[..at],
                states = item[(at + 1)..].Split(':')[0],
                side = item[(at + 1)..].Split(':').ElementAtOrDefault(1) ?? "";
            (char state, string found) = finding == "normal" ? (report.Annotation == "normal" ? 'P' : 'N', "") : Read(report, finding);
            if (states == "PU_or_NOD" ? Read(report, "Mass").State == 'N' && Read(report, "Nodule").State == 'N' : !states.Contains(state))
                return $"{item}: {state} in '{report.Annotation}'";
            if (side.Length > 0 && side != found)
                return $"{item}: side '{found}' in '{report.Annotation}'";
        }
        return null;
    }

    private static (char State, string Side) Read(MinedReport report, string finding)
    {
        string[] parts = finding.Split('/');
        MeshTerm[] terms = [.. report.Terms.Where(term => term.Heading == parts[0] && parts[1..].All(term.Qualifiers.Contains))];
        if (terms.Length > 0)
        {
            string[] sides =
            [
                .. terms
                    .SelectMany(term => term.Qualifiers)
                    .SelectMany(word => word == "bilateral" ? (string[])["left", "right"] : [word])
                    .Where(word => word is "left" or "right")
                    .Distinct(),
            ];
            return ('P', sides.Length == 2 ? "bilateral" : sides.FirstOrDefault() ?? "");
        }
        int index = ReportRules.Default.FindingNames.ToList().IndexOf(finding);
        return (
            index < 0
                ? 'N'
                : report.States[index] switch
                {
                    FindingState.Absent => 'A',
                    FindingState.Uncertain => 'U',
                    _ => 'N',
                },
            ""
        );
    }

    [Theory]
    [InlineData("- No effusion\n- Nodule in the right apex\n- No fracture", "Pleural Effusion=A; Nodule=P:right; Fractures, Bone=A")]
    [InlineData("Effusion - none. Pneumothorax: not seen. Cardiomegaly: absent.", "Pleural Effusion=A; Pneumothorax=A; Cardiomegaly=A")]
    [InlineData("No pneumothorax, though a small left effusion is seen.", "Pneumothorax=A; Pleural Effusion=P:left")]
    [InlineData("The chest tube is no longer present. The PICC has been withdrawn.", "Tube, Inserted=A; Catheters, Indwelling=AN")]
    [InlineData("Pneumothorax is not entirely excluded.", "Pneumothorax=U")]
    [InlineData("It is difficult to exclude a small effusion.", "Pleural Effusion=U")]
    [InlineData("Pneumonia is unlikely.", "Pneumonia=UA")]
    [InlineData("Doubtful left effusion.", "Pleural Effusion=U")]
    [InlineData("Follow-up CT to rule out mass.", "Mass=NUA")]
    [InlineData("His father died of lung cancer. No nodule.", "Nodule=A")]
    [InlineData("RUL nodule. LLL atelectasis.", "Nodule=P:right; Pulmonary Atelectasis=P:left")]
    [InlineData("No ptx/effusion.", "Pneumothorax=A; Pleural Effusion=A")]
    [InlineData("Normal chest.", "normal=P")]
    [InlineData("Radiografia de torax normal. Sin derrame pleural.", "normal=N")]
    [InlineData("No comparison films.", "normal=N")]
    [InlineData("Pulmonary oedema. No haemothorax.", "Pulmonary Edema=P; normal=N")]
    [InlineData("Pleural effusions L>R.", "Pleural Effusion=P:bilateral")]
    [InlineData("The pneumothorax has decreased, and the left lung is clear.", "Pneumothorax=P")]
    [InlineData("Small right pleural effusion, the left lung is clear.", "Pleural Effusion=P:right")]
    [InlineData("No nodule or mass is seen and the heart is enlarged.", "Nodule=A; Mass=A; Cardiomegaly=P")]
    [InlineData("No evidence of pneumothorax, pleural effusion, or consolidation.", "Pneumothorax=A; Pleural Effusion=A; Consolidation=A")]
    [InlineData("Complete resolution of the left effusion.", "Pleural Effusion=A")]
    [InlineData("Marked improvement of the right pneumothorax.", "Pneumothorax=P")]
    [InlineData("The consolidation has almost completely resolved.", "Consolidation=P")]
    [InlineData("There hasn't been any change in the nodule.", "Nodule=P")]
    [InlineData("The lungs are clear, without effusion or pneumothorax. Heart size is normal.", "Pleural Effusion=A; Pneumothorax=A; normal=P")]
    [InlineData("Lungs clear. Heart normal.", "normal=P")]
    [InlineData("No acute cardiopulmonary disease.", "normal=P")]
    [InlineData("Sister has pneumonia. Lungs clear.", "Pneumonia=NA")]
    [InlineData("Indication: rule out pneumonia.", "Pneumonia=NUA")]
    [InlineData("Possible small left effusion vs. pleural thickening.", "Pleural Effusion=U")]
    [InlineData("Query right lower lobe pneumonia.", "Pneumonia=U")]
    [InlineData("Lungs are clear. Hiatus hernia.", "Hernia, Hiatal=P; normal=N")]
    [InlineData("No focal consolidation. Left basal collapse.", "Consolidation=A; Pulmonary Atelectasis=P:left")]
    [InlineData("NG tube in the stomach; ET tube 3 cm above carina; right IJ line.", "Tube, Inserted=P; Catheters, Indwelling=P:right")]
    [InlineData("No pneumothorax, left-sided pacemaker unchanged.", "Pneumothorax=A; Implanted Medical Device=P:left")]
    [InlineData("No definite pneumothorax; the effusions, however, persist.", "Pneumothorax=A; Pleural Effusion=P")]
    [InlineData("Effusion resolved. Consolidation persists.", "Pleural Effusion=A; Consolidation=P")]
    [InlineData("The previously noted effusion is no longer seen.", "Pleural Effusion=A")]
    [InlineData("No consolidation is identified; the lungs are hyperinflated.", "Consolidation=A; Lung/hyperdistention=P")]
    [InlineData("There are no pleural effusions and there is no pneumothorax. Heart and mediastinum unremarkable.", "normal=P")]
    [InlineData("Lungs hyperinflated. Nothing to suggest pneumonia.", "Pneumonia=A")]
    [InlineData("Left lower lobe mass-like consolidation.", "Consolidation=P:left")]
    [InlineData("Aneurysm of the thoracic aorta. Clear lungs.", "normal=N")]
    [InlineData("Unchanged.", "normal=N")]
    [InlineData("No change.", "normal=N")]
    [InlineData("Cavitating mass. No effusion.", "Mass=P; Pleural Effusion=A")]
    [InlineData("Effusion, left, moderate; no pneumothorax", "Pleural Effusion=P:left; Pneumothorax=A")]
    [InlineData("Interval development of a right effusion without pneumothorax.", "Pleural Effusion=P:right; Pneumothorax=A")]
    [InlineData("The heart is not enlarged and there is a nodule.", "Cardiomegaly=A; Nodule=P")]
    [InlineData("Neither effusion nor pneumothorax is seen but cardiomegaly persists.", "Pleural Effusion=A; Pneumothorax=A; Cardiomegaly=P")]
    [InlineData("Wires, clips and a valve replacement are noted.", "Surgical Instruments=P; Implanted Medical Device=P")]
    [InlineData("No signs of failure. No effusions bilaterally.", "Pleural Effusion=A")]
    [InlineData("Pulmonary edema has cleared but effusions remain.", "Pulmonary Edema=A; Pleural Effusion=P")]
    [InlineData("There is worsening of the pneumonia.", "Pneumonia=P")]
    [InlineData("Removal of endotracheal tube. Persistent left effusion.", "Tube, Inserted=A; Pleural Effusion=P:left")]
    [InlineData("S/p removal of pacemaker.", "Implanted Medical Device=AN")]
    [InlineData("Pneumothorax, if present, is small.", "Pneumothorax=PU")]
    [InlineData("No free air. Free fluid absent.", "normal=N")]
    [InlineData("Bones: no fracture. Lungs: clear. Heart: normal. Pleura: no effusion.", "Fractures, Bone=A; Pleural Effusion=A; normal=P")]
    [InlineData("Heart size and vascularity normal. Lungs clear without infiltrates.", "Infiltrate=A; Cardiomegaly=AN; normal=P")]
    [InlineData("Pleural thickening cannot be distinguished from effusion.", "Pleural Effusion=PU")]
    [InlineData("No pneumo\u00ADthorax; no e\uFB00usion.", "Pneumothorax=A; Pleural Effusion=A")]
    [InlineData("Left effusion \u2014 no pneumothorax.", "Pleural Effusion=P:left; Pneumothorax=A")]
    [InlineData("\u2022 No effusion \u2022 Right apical nodule", "Pleural Effusion=A; Nodule=P:right")]
    [InlineData("There isn\u2019t any effusion.", "Pleural Effusion=A")]
    [InlineData("Left effusion +/- atelectasis.", "Pleural Effusion=P:left; Pulmonary Atelectasis=U")]
    [InlineData("Smal efusion. Atelectesis. Plueral effusions. No pnuemothorax.", "Pulmonary Atelectasis=P; Pleural Effusion=P; Pneumothorax=A")]
    [InlineData("The effusion was evaluated; the internal jugular catheter is retained.", "Pleural Effusion=P; Catheters, Indwelling=P")]
    [InlineData("Calcified pulmonary nodules.", "Nodule=P; Calcinosis=P")]
    [InlineData("No pneumothorax\nModerate left pleural effusion\nCardiomegaly", "Pneumothorax=A; Pleural Effusion=P:left; Cardiomegaly=P")]
    [InlineData("There is no evidence of\npneumothorax or\npleural effusion.", "Pneumothorax=A; Pleural Effusion=A")]
    [InlineData("Cardiomegally. Bibasilar opacites.", "Cardiomegaly=P; Opacity=P:bilateral")]
    [InlineData("There is a right apical nodule, not seen on the prior exam.", "Nodule=P:right")]
    [InlineData("Left basilar opacity may be due to atelectasis.", "Opacity=P:left; Pulmonary Atelectasis=U")]
    [InlineData("Opacities may be compatible with scarring.", "Opacity=P; Cicatrix=U")]
    [InlineData("Calcified nodule compatible with granuloma.", "Nodule=P; Calcinosis=P; Granuloma=P; Calcified Granuloma=N")]
    [InlineData("Left line with its tip in the mid SVC.", "Catheters, Indwelling=P:left")]
    [InlineData("Small volume pleural effusion.", "Pleural Effusion=P; Lung/hypoinflation=N")]
    [InlineData("Degenerative changes of the cervical spine.", "Cervical Vertebrae/degenerative=P; Spine/degenerative=N")]
    [InlineData("Degenerative disc disease is present in the thoracic spine.", "Thoracic Vertebrae/degenerative=P; Spine/degenerative=N")]
    [InlineData("No pleural effusion, small pneumothorax or consolidation.", "Pleural Effusion=A; Pneumothorax=A; Consolidation=A")]
    [InlineData("Opacity in the left base with the rest of the lungs is clear.", "Opacity=P:left")]
    public void A_sentence_is_read_as_a_careful_reader_would_read_it(string text, string expected) => Assert.Null(Difference(text, expected));

    [Fact]
    public void At_least_170_of_184_collected_sentences_are_read_right()
    {
        string file = TestData.Require("text-cases/cases.csv");
        using SkippedRows skipped = new(new LoggedContext().Context, file);
        CsvTable table = CsvTable.Read(file, skipped, "id", "text", "expected");
        int id = table.Find("id"),
            text = table.Find("text"),
            expected = table.Find("expected");
        string[] wrong =
        [
            .. from row in table.Rows
            let difference = Difference(row[text], row[expected])
            where difference is not null
            select $"{row[id]}: {difference}",
        ];
        Assert.Equal(184, table.Rows.Count);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', wrong));
        Assert.InRange(wrong.Length, 0, 14);
    }
}
