using System.Globalization;
using Microsoft.ML;

namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    private static readonly string[] _chexpertHeader = ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA"];

    /// <summary>
    /// Writes rows as a table of CheXpert, for programs that read its labels and for <see cref="LoadCheXpert"/>: Path, Sex, Age, Frontal/Lateral,
    /// AP/PA and the 14 labels (1.0 present, 0.0 absent, -1.0 uncertain, blank not mentioned), as <see cref="CheXpertLabeling"/> makes them of the
    /// columns Mesh, AbsentFindings and UncertainFindings. A row without any of the three has blanks.
    /// </summary>
    /// <remarks>
    /// Path is the row's ImagePath with '/' as separator; <see cref="LoadCheXpert"/> takes patient and study from its last three parts. Sex is Male,
    /// Female or Unknown. Age is in years, blank if unknown. Frontal/Lateral and AP/PA come from View and are blank where it does not say.
    /// </remarks>
    /// <param name="rows">The rows: the text columns ImagePath and Mesh are required, the other columns of <see cref="RadiographRecord"/> are used if
    /// present.</param>
    /// <param name="path">The file; an existing one is replaced. It is written whole or not at all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A required column is missing or is not text.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public void WriteCheXpert(IDataView rows, string path)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentException.ThrowIfNullOrEmpty(path);
        SchemaChecks.RequireText(rows.Schema, nameof(RadiographRecord.ImagePath));
        SchemaChecks.RequireText(rows.Schema, nameof(RadiographRecord.Mesh));
        CheXpertLabeling.Write(
            path,
            _chexpertHeader,
            _context
                .Data.CreateEnumerable<RadiographRecord>(rows, reuseRowObject: false, ignoreMissingColumns: true)
                .Select(row => (CheXpertCells(row), CheXpertLabeling.Of(row.Mesh, row.AbsentFindings, row.UncertainFindings)))
        );
    }

    private static IReadOnlyList<string> CheXpertCells(RadiographRecord row)
    {
        bool frontal = RadiographView.IsFrontal(row.View);
        return
        [
            row.ImagePath.Replace('\\', '/'),
            row.PatientSex switch
            {
                "M" => "Male",
                "F" => "Female",
                _ => "Unknown",
            },
            float.IsNaN(row.PatientAge) ? "" : row.PatientAge.ToString("0.##", CultureInfo.InvariantCulture),
            frontal ? "Frontal"
                : RadiographView.IsLateral(row.View) ? "Lateral"
                : "",
            !frontal ? ""
                : Starts("AP") || Starts("ANTERO") ? "AP"
                : Starts("PA") || Starts("POSTERO") ? "PA"
                : "",
        ];

        bool Starts(string name) => row.View.StartsWith(name, StringComparison.OrdinalIgnoreCase);
    }
}
