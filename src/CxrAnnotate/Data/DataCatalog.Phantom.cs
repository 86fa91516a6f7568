using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

public sealed partial class DataCatalog
{
    /// <summary>
    /// A data set of phantom radiographs in memory. One row per image: the text columns <c>Mesh</c>, <c>StudyId</c>, <c>PatientId</c>, <c>View</c>,
    /// <c>Source</c> (<c>phantom</c>), <c>Split</c> (train, val or test, by study and stratified by heading), and <c>Image</c>, a known-size Single
    /// vector of dimensions [1, Size, Size] with values in [0, 1]. An image is drawn when it is first read, with its neighbours in parallel, and kept
    /// with one byte per pixel.
    /// </summary>
    /// <param name="options">What to draw; <see langword="null"/> for the defaults.</param>
    /// <param name="validation">The share of the studies whose Split is val, 0 to below 1.</param>
    /// <param name="test">The share of the studies whose Split is test, 0 to below 1; its sum with <paramref name="validation"/> must be below
    /// 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option or a share is out of range.</exception>
    public IDataView CreatePhantom(ChestPhantomOptions? options = null, double validation = 0.1, double test = 0.1)
    {
        ChestPhantom phantom = new(options);
        int size = phantom.Options.Size;
        SchemaDefinition schema = SchemaDefinition.Create(typeof(PhantomRow));
        schema[nameof(PhantomRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, size, size);
        return _context.Data.LoadFromEnumerable(new PhantomRows(phantom, PhantomWriter.Split(phantom, validation, test)), schema);
    }

    /// <summary>
    /// Writes phantom radiographs as a data set on disk, for <see cref="LoadCsv"/>: PNG images under <c>images/</c>, <c>annotations.csv</c> (image,
    /// annotation, study, patient, view, source, split) and <c>regions.csv</c> (where each finding was drawn), on request with masks under
    /// <c>masks/</c> (<see cref="ChestPhantomOptions.Masks"/>). The same options and shares give the
    /// same bytes.
    /// </summary>
    /// <param name="folder">The folder to write to; created if missing. Existing files are replaced.</param>
    /// <param name="options">What to draw; <see langword="null"/> for the defaults.</param>
    /// <param name="validation">The share of the studies to validate on, 0 to below 1.</param>
    /// <param name="test">The share of the studies to test on, 0 to below 1; its sum with <paramref name="validation"/> must be below 1.</param>
    /// <param name="progress">Called with the number of studies written so far.</param>
    /// <param name="cancellationToken">Stops between two studies; the tables are then not written.</param>
    /// <returns>The number of images written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option or a share is out of range.</exception>
    public int WritePhantom(
        string folder,
        ChestPhantomOptions? options = null,
        double validation = 0.1,
        double test = 0.1,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new ChestPhantomOptions();
        int images = PhantomWriter.Write(folder, options, validation, test, progress, cancellationToken);
        using IChannel channel = ((IChannelProvider)_context).Start("Phantom");
        channel.Info(MessageSensitivity.UserData, $"{images} phantom radiographs of {options.Studies} studies written to '{folder}'.");
        return images;
    }

    /// <summary>Whether a file is one that <see cref="WritePhantom"/> writes.</summary>
    /// <param name="path">The file's path relative to the folder, with '/' as separator.</param>
    public static bool IsPhantomFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PhantomWriter.IsOwn(path);
    }
}
