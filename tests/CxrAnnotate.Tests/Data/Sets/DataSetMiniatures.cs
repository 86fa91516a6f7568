using System.IO.Compression;
using System.Text;

namespace CxrAnnotate.Tests;

/// <summary>Invented miniatures of the public data sets, in their published layouts. No row is copied from them.</summary>
internal static class DataSetMiniatures
{
    internal const string NihHeader =
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View "
        + "Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]";

    internal const string CheXpertHeader = "Path,Sex,Age,Frontal/Lateral,AP/PA," + CheXpertFindings;

    internal const string CheXpertFindings =
        "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung "
        + "Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";

    // The tables of MIMIC-CXR have the findings in alphabetical order.
    internal const string MimicFindings =
        "Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,No Finding,Pleural "
        + "Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices";

    internal const string PadChestHeader =
        ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,ViewPosition_DICOM,Projection,"
        + "MethodProjection,Pediatric,Modality_DICOM,Manufacturer_DICOM,"
        + "PhotometricInterpretation_DICOM,PixelRepresentation_DICOM,PixelAspectRatio_DICOM,SpatialResolution_DICOM,BitsStored_DICOM,"
        + "WindowCenter_DICOM,WindowWidth_DICOM,Rows_DICOM,Columns_DICOM,XRayTubeCurrent_DICOM,"
        + "Exposure_DICOM,ExposureInuAs_DICOM,ExposureTime,RelativeXRayExposure_DICOM,ReportID,Report,"
        + "MethodLabel,Labels,Localizations,LabelsLocalizationsBySentence,labelCUIS,LocalizationsCUIS";

    /// <summary>All of them, by the source that their rows name.</summary>
    internal static IReadOnlyDictionary<string, Func<ScratchFolder, string>> All { get; } =
        new Dictionary<string, Func<ScratchFolder, string>>
        {
            ["nih14"] = Nih14,
            ["chexpert"] = CheXpert,
            ["mimic-cxr"] = MimicCxr,
            ["padchest"] = PadChest,
            ["rsna-pneumonia"] = RsnaPneumonia,
            ["vindr-cxr"] = VinDrCxr,
            ["openi"] = OpenI,
            [""] = Csv,
        };

    internal static string Nih14(ScratchFolder folder)
    {
        folder.Write(
            "Data_Entry_2017_v2020.csv",
            $"{NihHeader}\n00000001_000.png,Cardiomegaly|Effusion,0,1,57,M,PA,2682,2749,0.143,0.143\n00000001_001.png,No "
                + $"Finding,1,1,58,M,AP,2894,2729,0.143,0.143\n00000002_000.png,Nodule,0,2,33,F,PA,2500,2048,0.168,0.168\n"
        );
        folder.Write("train_val_list.txt", "00000001_000.png\n00000001_001.png\n");
        folder.Write("test_list.txt", "00000002_000.png");
        folder.Write("images_001/images/00000001_000.png", "");
        folder.Write("images_001/images/00000001_001.png", "");
        folder.Write("images_002/images/00000002_000.png", "");
        return folder.Path;
    }

    internal static string CheXpert(ScratchFolder folder)
    {
        folder.Write(
            "train.csv",
            $"{CheXpertHeader}\nCheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,,,1.0,,,-1.0,0.0,,,,1.0,,,1.0\n"
                + "CheXpert-v1.0-small/train/patient00001/study2/view1_lateral.jpg,Female,69,Lateral,,1.0,,,,,,,,,0.0,,,,1.0\n"
        );
        folder.Write(
            "valid.csv",
            $"{CheXpertHeader}\n"
                + "CheXpert-v1.0-small/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,PA,"
                + "1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
        );
        folder.Write("train/patient00001/study1/view1_frontal.jpg", "");
        folder.Write("train/patient00001/study2/view1_lateral.jpg", "");
        folder.Write("valid/patient64541/study1/view1_frontal.jpg", "");
        return folder.Path;
    }

    internal static string MimicCxr(ScratchFolder folder)
    {
        folder.Write(
            "mimic-cxr-2.0.0-metadata.csv.gz",
            Packed(
                "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
                    + "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
                    + "aaaa-1,10000001,50000001,CHEST (PA AND LAT),PA,3056,2544,21800506,213014.531,CHEST (PA AND LAT),postero-anterior,Erect\n"
                    + "aaaa-2,10000001,50000001,CHEST (PA AND LAT),,3056,2544,21800506,213014.531,CHEST (PA AND LAT),lateral,Erect\n"
                    + "bbbb-1,11000002,50000002,CHEST (PORTABLE AP),AP,2705,2539,21800626,165500.312,CHEST (PORTABLE AP),antero-posterior,\n"
            )
        );
        folder.Write(
            "mimic-cxr-2.0.0-split.csv.gz",
            Packed(
                "dicom_id,study_id,subject_id,split\naaaa-1,50000001,10000001,train\n"
                    + "aaaa-2,50000001,10000001,train\nbbbb-1,50000002,11000002,validate\n"
            )
        );
        folder.Write(
            "mimic-cxr-2.0.0-chexpert.csv.gz",
            Packed($"subject_id,study_id,{MimicFindings}\n10000001,50000001,,,,,,,,,1.0,,,,,\n11000002,50000002,-1.0,1.0,0.0,,,,,,,,,,,\n")
        );
        folder.Write(
            "mimic-cxr-2.0.0-negbio.csv.gz",
            Packed($"subject_id,study_id,{MimicFindings}\n10000001,50000001,,,,,,,,,1.0,,,,,\n11000002,50000002,1.0,,,,,,,,,,,,,\n")
        );
        folder.Write("files/p10/p10000001/s50000001/aaaa-1.jpg", "");
        folder.Write("files/p10/p10000001/s50000001/aaaa-2.jpg", "");
        folder.Write("files/p11/p11000002/s50000002/bbbb-1.jpg", "");
        folder.Write(
            "files/p11/p11000002/s50000002.txt",
            "                                 FINAL REPORT\n EXAMINATION:  CHEST (PORTABLE AP)\n\n INDICATION:  ___ year old man with cough  // "
                + "pneumonia?\n\n COMPARISON:  None.\n\n FINDINGS: \n \n The heart is\n enlarged.\n\n IMPRESSION: \n \n Possible atelectasis.\n"
        );
        return folder.Path;
    }

    internal static string PadChest(ScratchFolder folder)
    {
        folder.Write(
            "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",
            PadChestHeader
                + "\n"
                + PadChestRow(
                    "a_00-001-001.png",
                    "20140915",
                    "s1",
                    "p1",
                    "1930.0",
                    "M",
                    "PA",
                    "Physician",
                    "sin cambio edema",
                    "['cardiomegaly', 'pleural effusion']",
                    "['loc right', 'loc costophrenic angle']",
                    "['normal', 'cardiomegaly', 'pleural effusion', 'loc right', 'loc costophrenic angle']"
                )
                + PadChestRow(
                    "a_00-001-002.png",
                    "20140915",
                    "s1",
                    "p1",
                    "1930.0",
                    "M",
                    "L",
                    "Physician",
                    "sin cambio edema",
                    "['cardiomegaly', 'pleural effusion']",
                    "['loc right', 'loc costophrenic angle']",
                    "['normal', 'cardiomegaly', 'pleural effusion', 'loc right', 'loc costophrenic angle']"
                )
                + PadChestRow(
                    "b_00-002-001.png",
                    "20100101",
                    "s2",
                    "p2",
                    "2008.0",
                    "F",
                    "AP_horizontal",
                    "RNN_model",
                    "normal",
                    "['normal']",
                    "[]",
                    "['normal', 'normal']"
                )
        );
        folder.Write("0/a_00-001-001.png", "");
        folder.Write("0/a_00-001-002.png", "");
        folder.Write("54/b_00-002-001.png", "");
        return folder.Path;
    }

    internal static string PadChestRow(
        string image,
        string date,
        string study,
        string patient,
        string birth,
        string sex,
        string projection,
        string method,
        string report,
        string labels,
        string places,
        string sentences
    ) =>
        $"0,{image},0,{date},{study},{patient},{birth},{sex},POSTEROANTERIOR,{projection},Manual review of DICOM "
        + $"fields,No,CR,ImagingDynamicsCompanyLtd,MONOCHROME2,0,,0.143,12,2047,4095,2000,2000,,,,10,,4765777,{report},"
        + $"{method},\"{labels}\",\"{places}\",\"{sentences}\",\"['C0018800' 'C2073625']\",[]\n";

    internal static string RsnaPneumonia(ScratchFolder folder)
    {
        folder.Write(
            "stage_2_train_labels.csv",
            "patientId,x,y,width,height,Target\n0004-a,,,,,0\n0043-b,,,,,0\n0043-c,264.0,152.0,213.0,379.0,1\n0043-c,562.0,152.0,256.0,453.0,1\n"
        );
        folder.Write(
            "stage_2_detailed_class_info.csv",
            "patientId,class\n0004-a,No Lung Opacity / Not Normal\n0043-b,Normal\n0043-c,Lung Opacity\n0043-c,Lung Opacity\n"
        );
        folder.Write("stage_2_train_images/0004-a.dcm", "");
        folder.Write("stage_2_train_images/0043-b.dcm", "");
        folder.Write("stage_2_train_images/0043-c.dcm", "");
        folder.Write("stage_2_test_images/0000-t.dcm", "");
        return folder.Path;
    }

    internal const string VinDrLabels =
        "Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,Consolidation,Edema,Emphysema,Enlarged PA,ILD,Infiltration,"
        + "Lung Opacity,Lung cavity,Lung cyst,Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening,Pneumothorax,Pulmonary fibrosis,"
        + "Rib fracture,Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,Other disease,No finding";

    internal static string VinDrCxr(ScratchFolder folder)
    {
        folder.Write(
            "annotations/image_labels_train.csv",
            $"image_id,rad_id,{VinDrLabels.Replace("Other disease", "Other diseases", StringComparison.Ordinal)}\n"
                + VinDrRow("a1", "R1", "Cardiomegaly", "Rib fracture")
                + VinDrRow("a1", "R2", "Cardiomegaly", "Pneumonia")
                + VinDrRow("a1", "R3", "Cardiomegaly", "Pneumonia", "Other disease")
                + VinDrRow("b2", "R1", "No finding")
                + VinDrRow("b2", "R4", "No finding")
                + VinDrRow("b2", "R5", "No finding")
        );
        folder.Write(
            "annotations/annotations_train.csv",
            "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\na1,R1,Cardiomegaly,691.0,1375.0,1653.0,1831.0\nb2,R1,No finding,,,,\n"
        );
        folder.Write(
            "annotations/image_labels_test.csv",
            $"image_id,{VinDrLabels}\n"
                + VinDrRow("c3", null, "Nodule/Mass", "Lung tumor")
        );
        folder.Write("train/a1.dicom", "");
        folder.Write("train/b2.dicom", "");
        folder.Write("test/c3.dicom", "");
        return folder.Path;
    }

    /// <summary>A row of VinDr-CXR's labels: one radiologist's, or the consensus if there is no name.</summary>
    internal static string VinDrRow(string image, string? radiologist, params string[] present) =>
        $"{image},{(radiologist is null ? "" : radiologist + ",")}"
        + string.Join(',', VinDrLabels.Split(',').Select(label => present.Contains(label, StringComparer.Ordinal) ? "1" : "0"))
        + "\n";

    internal static string OpenI(ScratchFolder folder)
    {
        folder.Write(
            "ecgen-radiology/7.xml",
            "<eCitation><uId id=\"CXR7\"/><AbstractText Label=\"FINDINGS\">Clear.</AbstractText><MeSH><major>normal</major></MeSH><parentImage "
                + "id=\"CXR7_IM-1-1001\"/></eCitation>"
        );
        return folder.Path;
    }

    internal static string Csv(ScratchFolder folder)
    {
        folder.Write("annotations.csv", "image,annotation\na.png,normal\n");
        return folder.Path;
    }

    internal static byte[] Packed(string text)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return content.ToArray();
    }
}
