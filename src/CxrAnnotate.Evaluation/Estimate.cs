using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>A figure with its 95 % interval.</summary>
/// <param name="Value">The figure on the original cases; NaN if undefined (null in JSON).</param>
/// <param name="Low">Lower end of the interval; NaN if none was computed (null in JSON).</param>
/// <param name="High">Upper end of the interval; NaN if none was computed (null in JSON).</param>
public readonly record struct Estimate(
    [property: JsonConverter(typeof(NanAsNullConverter))] double Value,
    [property: JsonConverter(typeof(NanAsNullConverter))] double Low = double.NaN,
    [property: JsonConverter(typeof(NanAsNullConverter))] double High = double.NaN
);
