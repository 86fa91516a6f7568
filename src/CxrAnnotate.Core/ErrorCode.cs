namespace CxrAnnotate;

/// <summary>
/// The causes of errors that a user can act on. A message begins with its cause as <c>CXR2102: </c>; docs/troubleshooting.md says what to do about
/// each. A released number never changes its meaning; a cause that no longer occurs is removed together with its number, which is not reused. Numbers
/// from 1000 to 1999 are for options and the tool <c>cxr</c>, those from 2000 for the library.
/// </summary>
public enum ErrorCode
{
    // 1xxx: use of the tool and values of options.

    /// <summary>The command line cannot be understood: an unknown option, a missing or unreadable value.</summary>
    CommandLine = 1001,

    /// <summary>The value of an option or argument is outside its range.</summary>
    OptionOutOfRange = 1002,

    /// <summary>Two options conflict.</summary>
    OptionConflict = 1003,

    /// <summary>The lengths of corresponding arrays differ.</summary>
    LengthMismatch = 1004,

    /// <summary>A settings file cannot be read, names an option that does not exist, or gives a value of the wrong kind.</summary>
    SettingsFile = 1005,

    /// <summary>The output file exists, or the output folder is not empty.</summary>
    OutputExists = 1101,

    /// <summary>The run folder holds an unfinished training.</summary>
    UnfinishedTraining = 1102,

    /// <summary>The run folder holds a finished training, so there is nothing to resume.</summary>
    NothingToResume = 1103,

    /// <summary>The run has no iteration of this number.</summary>
    IterationNotFound = 1104,

    /// <summary>No file to read was given or found.</summary>
    NothingToRead = 1105,

    // 20xx, 21xx: radiographs in files and streams.

    /// <summary>There is no image file of this name.</summary>
    ImageNotFound = 2001,

    /// <summary>A row names no image file.</summary>
    ImagePathMissing = 2002,

    /// <summary>The image path is not a regular file: a folder, a pipe, a device.</summary>
    ImageNotAFile = 2003,

    /// <summary>The image file has no bytes.</summary>
    ImageEmpty = 2004,

    /// <summary>The image file exists but cannot be opened or read.</summary>
    ImageNotReadable = 2005,

    /// <summary>None of the images given could be read.</summary>
    NoImageReadable = 2006,

    /// <summary>The image is named by a URL.</summary>
    ImageIsUrl = 2007,

    /// <summary>The file is not an image of a supported format.</summary>
    ImageFormatUnknown = 2101,

    /// <summary>The image is truncated or damaged.</summary>
    ImageDamaged = 2102,

    /// <summary>The image exceeds the limit of pixels or side length.</summary>
    ImageTooLarge = 2103,

    /// <summary>The image file is larger than any radiograph.</summary>
    ImageFileTooLarge = 2104,

    /// <summary>The image's samples are of an unsupported type or depth.</summary>
    ImageSamplesUnsupported = 2105,

    /// <summary>A grey value is not in [0, 1].</summary>
    GreyValueOutOfRange = 2106,

    /// <summary>The image has an aspect ratio that no radiograph has.</summary>
    ImageShape = 2107,

    /// <summary>The library of the platform that decodes the image's compression is not installed.</summary>
    DecoderMissing = 2108,

    // 22xx: radiographs in DICOM.

    /// <summary>The file is not DICOM, or does not state its transfer syntax.</summary>
    NotDicom = 2201,

    /// <summary>The modality of the DICOM file is not radiography.</summary>
    DicomModality = 2202,

    /// <summary>The DICOM file has no image.</summary>
    DicomWithoutImage = 2203,

    /// <summary>The pixels of the DICOM file use an unsupported compression.</summary>
    DicomCompression = 2204,

    /// <summary>An attribute of the DICOM file is missing, impossible or not supported.</summary>
    DicomAttribute = 2205,

    /// <summary>The pixel data of the DICOM file are damaged or do not fit its attributes.</summary>
    DicomPixelData = 2206,

    /// <summary>The DICOM file has no frame with the requested number.</summary>
    DicomFrameNotFound = 2207,

    /// <summary>The DICOM file has no window or lookup table with the requested number.</summary>
    DicomWindowNotFound = 2208,

    /// <summary>A registered decoder returned pixels that do not fit the DICOM file.</summary>
    DicomDecoder = 2209,

    // 30xx: tables and data sets.

    /// <summary>The data file or folder does not exist.</summary>
    DataNotFound = 3001,

    /// <summary>The file is not text.</summary>
    NotText = 3002,

    /// <summary>The table is empty or its header cannot be read.</summary>
    TableHeader = 3003,

    /// <summary>The table lacks a column.</summary>
    TableColumnMissing = 3004,

    /// <summary>The archive or compressed file is damaged.</summary>
    ArchiveDamaged = 3005,

    /// <summary>The Parquet file cannot be read.</summary>
    ParquetUnreadable = 3006,

    /// <summary>The table or folder has no usable row.</summary>
    NoUsableRow = 3007,

    /// <summary>No row belongs to the requested split.</summary>
    SplitEmpty = 3008,

    /// <summary>The folder is not a known data set.</summary>
    DataSetUnknown = 3009,

    /// <summary>The folder lacks a part of the data set.</summary>
    DataSetIncomplete = 3010,

    /// <summary>The image folder does not exist.</summary>
    ImageFolderNotFound = 3011,

    /// <summary>There are too few groups to split, or rows without a group.</summary>
    CannotSplit = 3012,

    /// <summary>A report file cannot be read.</summary>
    ReportUnreadable = 3013,

    /// <summary>There is no report.</summary>
    NoReport = 3014,

    // 31xx: annotations, 32xx: rules for reports, 33xx: labels.

    /// <summary>The annotation does not follow the grammar.</summary>
    AnnotationUnreadable = 3101,

    /// <summary>The annotation is free text.</summary>
    AnnotationIsFreeText = 3102,

    /// <summary>The rules for reports cannot be read.</summary>
    RulesUnreadable = 3201,

    /// <summary>The rules for reports need a newer version.</summary>
    RulesTooNew = 3202,

    /// <summary>There is no annotation or finding to mine labels from.</summary>
    NothingToMine = 3301,

    /// <summary>No label has enough cases.</summary>
    LabelsTooRare = 3302,

    /// <summary>The paper's protocol lacks the list of top terms.</summary>
    TopTermsMissing = 3303,

    /// <summary>No row has a label.</summary>
    NoLabel = 3304,

    // 34xx: evaluation.

    /// <summary>There is no row to evaluate.</summary>
    NothingToEvaluate = 3401,

    /// <summary>Two results to compare cover different cases or findings.</summary>
    CasesDiffer = 3402,

    /// <summary>A score is not a number.</summary>
    ScoreNotFinite = 3403,

    /// <summary>The text is not a saved evaluation.</summary>
    EvaluationUnreadable = 3404,

    // 40xx: training.

    /// <summary>There is no usable training row.</summary>
    NoTrainingRow = 4001,

    /// <summary>The training rows have only one label.</summary>
    NothingToTellApart = 4002,

    /// <summary>The loss is not finite.</summary>
    LossNotFinite = 4003,

    /// <summary>A frozen layer does not exist, or nothing is left to train.</summary>
    FrozenLayers = 4004,

    /// <summary>The initial weights are not found.</summary>
    StartWeightsNotFound = 4005,

    /// <summary>The initial weights belong to another network.</summary>
    StartWeightsMismatch = 4006,

    /// <summary>Training and validation rows do not fit each other.</summary>
    ValidationMismatch = 4007,

    /// <summary>There is no row to relabel by its context.</summary>
    NothingToRelabel = 4008,

    /// <summary>There are too few rows to train or test on.</summary>
    TooFewRows = 4009,

    // 41xx: checkpoints.

    /// <summary>The folder holds checkpoints of an earlier training.</summary>
    CheckpointsExist = 4101,

    /// <summary>The checkpoint belongs to another training.</summary>
    CheckpointMismatch = 4102,

    /// <summary>No checkpoint is usable.</summary>
    NoUsableCheckpoint = 4104,

    // 50xx: saved models, 51xx: files in general.

    /// <summary>There is no saved model of this name.</summary>
    ModelNotFound = 5001,

    /// <summary>The saved model is damaged.</summary>
    ModelDamaged = 5002,

    /// <summary>The saved model was written by a newer version.</summary>
    ModelTooNew = 5003,

    /// <summary>The file is not a model of this library.</summary>
    NotAModel = 5004,

    /// <summary>The model cannot be saved in this form.</summary>
    CannotBeSaved = 5005,

    /// <summary>A file of weights cannot be read.</summary>
    WeightsUnreadable = 5006,

    /// <summary>The image network is not registered in this process.</summary>
    UnknownNetwork = 5007,

    /// <summary>The model was saved before context vectors were kept, by which radiographs are compared.</summary>
    NoContextVector = 5008,

    /// <summary>An index of similar cases was made with another model.</summary>
    IndexOfOtherModel = 5009,

    /// <summary>A file or folder cannot be read or written.</summary>
    FileAccess = 5101,

    /// <summary>The disk is full.</summary>
    DiskFull = 5102,

    // 6xxx: the machine and its native libraries.

    /// <summary>libtorch is missing.</summary>
    LibtorchMissing = 6001,

    /// <summary>The native library of TorchSharp is missing.</summary>
    TorchBridgeMissing = 6002,

    /// <summary>The C++ runtime of the machine is too old.</summary>
    CppRuntimeTooOld = 6003,

    /// <summary>libtorch is present but cannot be loaded.</summary>
    LibtorchUnusable = 6004,

    /// <summary>No CUDA device can be used.</summary>
    CudaMissing = 6005,

    /// <summary>libvips cannot be loaded.</summary>
    VipsUnusable = 6006,

    /// <summary>Memory is exhausted.</summary>
    OutOfMemory = 6007,

    /// <summary>libtorch cannot be downloaded, or the downloaded file is not libtorch.</summary>
    LibtorchNotFetched = 6008,

    // 7xxx: ML.NET's pipelines and schemas.

    /// <summary>The output columns must have different names.</summary>
    OutputColumnsNotDistinct = 7001,

    /// <summary>A column is missing or has the wrong type.</summary>
    ColumnUnsuitable = 7002,

    /// <summary>A label column has a value that is not a label.</summary>
    LabelValue = 7003,

    /// <summary>The size of an image differs from its column's.</summary>
    ImageColumnSize = 7004,

    /// <summary>A view does not return the same rows on a second pass.</summary>
    RowsDoNotRepeat = 7005,

    /// <summary>A cursor, row or column cannot provide the requested value.</summary>
    CursorMisused = 7006,

    // 9xxx: errors of the library.

    /// <summary>An internal error.</summary>
    Unexpected = 9001,
}
