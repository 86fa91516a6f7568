using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace CxrAnnotate;

/// <summary>
/// Loads radiographs in a saved model. ML.NET restores a custom mapping only from its contract's name, so the options are a text column, and the
/// vector's length, which the next stage must know, is one of four; the graph after it selects the pixels of the image. See docs/persistence.md.
/// </summary>
internal static class SavedLoadingMapping
{
    internal const string Path = "CxrPath",
        Options = "CxrLoading",
        Pixels = "CxrPixels";

    private static readonly ConcurrentDictionary<string, RadiographFormat> _read = new(StringComparer.Ordinal);

    /// <summary>The stock estimator of the mapping with the shortest vectors that hold the pixels, and their length.</summary>
    /// <exception cref="NotSupportedException">The images are too large for all of them.</exception>
    internal static (IEstimator<ITransformer> Stage, int Length) Create(MLContext context, int pixels) =>
        pixels switch
        {
            <= 65536 => (context.Transforms.CustomMapping(new Mapping65536().GetMapping(), Mapping65536.Contract), 65536),
            <= 262144 => (context.Transforms.CustomMapping(new Mapping262144().GetMapping(), Mapping262144.Contract), 262144),
            <= 1048576 => (context.Transforms.CustomMapping(new Mapping1048576().GetMapping(), Mapping1048576.Contract), 1048576),
            <= 4194304 => (context.Transforms.CustomMapping(new Mapping4194304().GetMapping(), Mapping4194304.Contract), 4194304),
            _ => throw new NotSupportedException(
                ErrorCode.CannotBeSaved.Message(
                    $"A model that loads images of {pixels} pixels from files cannot be saved; the limit is 4,194,304 (2048 x 2048). Use an "
                        + $"image column instead, or smaller images."
                )
            ),
        };

    /// <summary>The options as letters, digits, +, / and =, which an ML.NET expression can contain.</summary>
    internal static string ToText(RadiographFormat format) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(format, SavedLoadingJson.Default.RadiographFormat));

    /// <exception cref="InvalidDataException">The text was not written by this library.</exception>
    internal static RadiographFormat FromText(string text)
    {
        const string Name = "the model's options for loading radiographs";
        byte[] json = new byte[text.Length];
        return ModelJson.Parse(
            Convert.TryFromBase64String(text, json, out int length) ? json.AsSpan(0, length) : [],
            Name,
            SavedLoadingJson.Default.RadiographFormat,
            format => format.Problem()
        );
    }

    /// <summary>The pixels, padded with zeros; all NaN if the file cannot be read.</summary>
    private static float[] Load(From from, int length)
    {
        RadiographFormat format = _read.GetOrAdd(from.Options.ToString(), FromText);
        float[] pixels = new float[length];
        try
        {
            if (from.Path.IsEmpty)
                throw new InvalidDataException(ErrorCode.ImagePathMissing.Message("no path is given"));
            RadiographReader.Read(format.PathOf(from.Path.ToString()), format, pixels.AsSpan(0, format.PixelCount));
        }
        catch (Exception e) when (e is not NativeRuntimeException)
        {
            // Also invalid paths.
            Array.Fill(pixels, float.NaN);
        }

        return pixels;
    }

    /// <summary>The input row.</summary>
    internal sealed class From
    {
        /// <summary>The file.</summary>
        [ColumnName(SavedLoadingMapping.Path)]
        public ReadOnlyMemory<char> Path { get; set; }

        /// <summary>The loading options.</summary>
        [ColumnName(SavedLoadingMapping.Options)]
        public ReadOnlyMemory<char> Options { get; set; }
    }

    /// <summary>Up to 256 x 256 pixels.</summary>
    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class Mapping65536 : CustomMappingFactory<From, Mapping65536.To>
    {
        internal const string Contract = "CxrAnnotate.LoadRadiographs.65536";

        /// <summary>The mapping.</summary>
        public override Action<From, To> GetMapping() => static (from, to) => to.Pixels = Load(from, 65536);

        /// <summary>The output row.</summary>
        internal sealed class To
        {
            /// <summary>The pixels.</summary>
            [ColumnName(SavedLoadingMapping.Pixels), VectorType(65536)]
            public float[]? Pixels { get; set; }
        }
    }

    /// <summary>Up to 512 x 512 pixels.</summary>
    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class Mapping262144 : CustomMappingFactory<From, Mapping262144.To>
    {
        internal const string Contract = "CxrAnnotate.LoadRadiographs.262144";

        /// <summary>The mapping.</summary>
        public override Action<From, To> GetMapping() => static (from, to) => to.Pixels = Load(from, 262144);

        /// <summary>The output row.</summary>
        internal sealed class To
        {
            /// <summary>The pixels.</summary>
            [ColumnName(SavedLoadingMapping.Pixels), VectorType(262144)]
            public float[]? Pixels { get; set; }
        }
    }

    /// <summary>Up to 1024 x 1024 pixels.</summary>
    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class Mapping1048576 : CustomMappingFactory<From, Mapping1048576.To>
    {
        internal const string Contract = "CxrAnnotate.LoadRadiographs.1048576";

        /// <summary>The mapping.</summary>
        public override Action<From, To> GetMapping() => static (from, to) => to.Pixels = Load(from, 1048576);

        /// <summary>The output row.</summary>
        internal sealed class To
        {
            /// <summary>The pixels.</summary>
            [ColumnName(SavedLoadingMapping.Pixels), VectorType(1048576)]
            public float[]? Pixels { get; set; }
        }
    }

    /// <summary>Up to 2048 x 2048 pixels.</summary>
    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class Mapping4194304 : CustomMappingFactory<From, Mapping4194304.To>
    {
        internal const string Contract = "CxrAnnotate.LoadRadiographs.4194304";

        /// <summary>The mapping.</summary>
        public override Action<From, To> GetMapping() => static (from, to) => to.Pixels = Load(from, 4194304);

        /// <summary>The output row.</summary>
        internal sealed class To
        {
            /// <summary>The pixels.</summary>
            [ColumnName(SavedLoadingMapping.Pixels), VectorType(4194304)]
            public float[]? Pixels { get; set; }
        }
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RadiographFormat))]
internal sealed partial class SavedLoadingJson : JsonSerializerContext;
