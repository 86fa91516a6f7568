using Microsoft.ML;

namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    /// <summary>
    /// Loads what a path is: a table (CSV, Parquet, or one of a known data set), an archive or list of Open-i, or a folder with
    /// <c>annotations.csv</c>, with the tables of a data set that the page on data sets names, or with DICOM files (whose annotations are in an
    /// <c>annotations.csv</c> that names studies or images). It is recognized by names of files and columns, and read with the defaults of its own
    /// method.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="uncertainty">How uncertain labels are treated; only CheXpert, MIMIC-CXR and VinDr-CXR have
    /// them.</param>
    /// <param name="columns">Custom headers of a table; <see langword="null"/> for the usual ones. If any is given, a CSV file is read as a plain
    /// table even if it looks like one of a known data set.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The folder has none of the known forms, a file cannot be read, or <paramref name="columns"/> names
    /// columns of a data set whose columns have fixed names.</exception>
    /// <exception cref="ArgumentException">A header in <paramref name="columns"/> is empty.</exception>
    public IDataView Load(string path, UncertaintyPolicy uncertainty = UncertaintyPolicy.Ignore, TableColumns? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        columns ??= TableColumns.Usual;
        columns.Check();
        (DataSetForm form, string found) = DataSetForm.Of(path, columns);
        if (columns.Given.Any() && form.HasFixedColumns)
            throw new InvalidDataException(
                ErrorCode.OptionConflict.Message(
                    $"'{path}' is a data set whose columns have fixed names ({form.Name}), so headers cannot be given. Leave them out, or "
                        + $"give the file of a table."
                )
            );
        return form.Read(this, found, uncertainty, columns);
    }

    /// <summary>
    /// Loads NIH ChestX-ray14: <c>Data_Entry_2017.csv</c> or <c>Data_Entry_2017_v2020.csv</c>. One row per image; the lists <c>train_val_list.txt</c>
    /// and <c>test_list.txt</c> beside the table determine Split (<c>train</c>, <c>test</c>). Of the 14 findings, those that the table does not name
    /// count as absent, as the authors of the set define it. Ages may be years or DICOM's <c>058Y</c>; those over 120 are unknown.
    /// </summary>
    /// <remarks>
    /// A row whose image is missing is left out with a warning, unless no image is found at all. The page on data sets describes where to obtain it,
    /// its terms of use and its known defects.
    /// </remarks>
    /// <param name="path">The table (optionally gzipped), or its folder.</param>
    /// <param name="imageFolder">The folder that holds the images at any depth (<c>images_001/images</c> to <c>images_012/images</c>, or all in one);
    /// null: the table's folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has no such table.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such image folder.</exception>
    /// <exception cref="InvalidDataException">The table is empty, is not text, or lacks a column.</exception>
    public IDataView LoadNih14(string path, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadRecords(Nih14Reader.Read(path, imageFolder, _context));
    }

    /// <summary>
    /// Loads CheXpert: <c>train.csv</c>, <c>valid.csv</c> and <c>test.csv</c> of a folder (Split is <c>train</c>, <c>val</c>, <c>test</c>), or one
    /// table with the same columns, for example <c>train_cheXbert.csv</c>.
    /// One row per image. Labels are 1 present, 0 absent, -1 uncertain, blank not mentioned; the columns FindingLabels, AbsentLabels and
    /// UncertainLabels distinguish them.
    /// </summary>
    /// <remarks>
    /// A row whose image is missing is left out with a warning, unless no image is found at all. An image is identified by the last three parts of
    /// its path, so that all editions can be read.
    /// </remarks>
    /// <param name="path">The folder of the tables, or a table.</param>
    /// <param name="uncertainty">How uncertain findings are treated.</param>
    /// <param name="imageFolder">The folder that holds the patients' folders at any depth; null: the table's folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has none of the tables.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such image folder.</exception>
    /// <exception cref="InvalidDataException">A table is empty, is not text, or lacks a column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The policy is not a defined value.</exception>
    public IDataView LoadCheXpert(string path, UncertaintyPolicy uncertainty = UncertaintyPolicy.Ignore, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OptionChecks.Require(Enum.IsDefined(uncertainty), nameof(uncertainty), uncertainty, "Ignore, Positive, Negative or SeparateClass");
        return LoadRecords(CheXpertReader.Read(path, uncertainty, imageFolder, _context));
    }

    /// <summary>
    /// Loads MIMIC-CXR-JPG (or the DICOM files of MIMIC-CXR with the tables of MIMIC-CXR-JPG): metadata, split, the labels of one labeler, and, if
    /// the reports are available, their sections.
    /// One row per image; Split is <c>train</c>, <c>val</c> or <c>test</c>. The tables have neither sex nor age.
    /// </summary>
    /// <remarks>
    /// A row whose image is missing is left out with a warning, unless no image is found at all. A study that is not in the table of labels has no
    /// annotation.
    /// </remarks>
    /// <param name="path">The folder of the tables <c>mimic-cxr-2.0.0-metadata.csv.gz</c>, <c>-split.csv.gz</c>, <c>-chexpert.csv.gz</c> or
    /// <c>-negbio.csv.gz</c>, gzipped or not; or the path of the first.</param>
    /// <param name="options">Which labels, and where images and reports are; <see langword="null"/> for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder lacks the table of metadata or of labels.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder of images, or no report in the given report folder.</exception>
    /// <exception cref="InvalidDataException">A table is empty, is not text, or lacks a column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public IDataView LoadMimicCxr(string path, MimicCxrOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new MimicCxrOptions();
        options.Check();
        return LoadRecords(MimicCxrReader.Read(path, options, _context));
    }

    /// <summary>
    /// Loads PadChest: <c>PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv</c>. One row per image. The labels become terms of the MeSH grammar
    /// with the locations that their sentence names; Findings is the report in Spanish (Language is <c>es</c>), as preprocessed by the authors of the
    /// set. Age is the year of the study minus the year of birth.
    /// Images of the projection EXCLUDE are left out.
    /// </summary>
    /// <remarks>
    /// A row whose image is missing is left out with a warning, unless no image is found at all. The labels name only findings that are present, so
    /// that the columns of absent and uncertain findings are empty.
    /// A report that only states that nothing has changed has no annotation.
    /// </remarks>
    /// <param name="path">The table (optionally gzipped), or its folder.</param>
    /// <param name="imageFolder">The folder that holds the images at any depth (folders 0 to 54, or all in one); null: the table's folder.</param>
    /// <param name="physicianLabelsOnly">Whether to read only the images that physicians labelled (27 %), not those labelled by the network of the
    /// set's authors.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has no such table.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such image folder.</exception>
    /// <exception cref="InvalidDataException">The table is empty, is not text, or lacks a column.</exception>
    public IDataView LoadPadChest(string path, string? imageFolder = null, bool physicianLabelsOnly = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadRecords(PadChestReader.Read(path, imageFolder, physicianLabelsOnly, _context));
    }
    /// <summary>
    /// Loads the RSNA Pneumonia Detection Challenge (2018) as it is on Kaggle: <c>stage_2_train_labels.csv</c> and
    /// <c>stage_2_detailed_class_info.csv</c>. One row per image, however many boxes it has. An opacity is <c>Opacity/lung</c>; the class
    /// "No Lung Opacity / Not Normal", something other than an opacity that suggests pneumonia, is <c>Not Normal</c>. Boxes are not read.
    /// </summary>
    /// <remarks>
    /// A row whose image is missing is left out with a warning, unless no image is found at all. Without the table of classes, images without an
    /// opacity have no annotation. The set's patientId names an image: to split by patient, the NIH's own patients are needed (see the page on data
    /// sets).
    /// </remarks>
    /// <param name="path">The table of labels (packed by gzip or not), or the folder that holds it.</param>
    /// <param name="imageFolder">The folder that holds the images at any depth; without it the table's folder, with
    /// <c>stage_2_train_images</c>.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has no such table.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such image folder.</exception>
    /// <exception cref="InvalidDataException">A table is empty, is not text, or lacks a column.</exception>
    public IDataView LoadRsnaPneumonia(string path, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadRecords(RsnaPneumoniaReader.Read(path, imageFolder, _context));
    }

    /// <summary>
    /// Loads VinDr-CXR: <c>annotations/image_labels_train.csv</c> and <c>image_labels_test.csv</c> with 28 labels (Split is <c>train</c>,
    /// <c>test</c>), in their absence <c>annotations_train.csv</c> and <c>annotations_test.csv</c>, whose boxes have the 22 findings but not the
    /// diagnoses, or <c>train.csv</c> of the set's competition on Kaggle, with 14 findings. One row per image.
    /// </summary>
    /// <remarks>
    /// <para>Three radiologists read each image to train on, without knowing of each other. A label is present if most of them (two of three) give
    /// it, uncertain if fewer do, and absent if none does; <paramref name="uncertainty"/> decides on the uncertain ones:
    /// <see cref="UncertaintyPolicy.Positive"/> takes what anyone saw, <see cref="UncertaintyPolicy.Negative"/> the majority alone. The images to
    /// test on have one row, the consensus of five. Where boxes lie on an image is not turned into words.</para>
    /// <para>A row whose image is missing is left out with a warning, unless no image is found at all. Patients are not identified: study and patient
    /// are the image. Sex and age, if known, are in the DICOM headers and are not read.</para>
    /// </remarks>
    /// <param name="path">The set's folder, its folder <c>annotations</c>, or a table (optionally gzipped).</param>
    /// <param name="uncertainty">How labels that fewer than half of the radiologists give are treated.</param>
    /// <param name="imageFolder">The folder that holds the images (<c>train/*.dicom</c>, <c>test/*.dicom</c>) at any depth; null: the set's
    /// folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has none of the tables.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such image folder.</exception>
    /// <exception cref="InvalidDataException">A table is empty, is not text, or lacks a column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The policy is not a defined value.</exception>
    public IDataView LoadVinDrCxr(string path, UncertaintyPolicy uncertainty = UncertaintyPolicy.Ignore, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OptionChecks.Require(Enum.IsDefined(uncertainty), nameof(uncertainty), uncertainty, "Ignore, Positive, Negative or SeparateClass");
        return LoadRecords(VinDrCxrReader.Read(path, uncertainty, imageFolder, _context));
    }
}
