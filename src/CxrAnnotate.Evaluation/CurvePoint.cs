using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>A point of a curve over thresholds.</summary>
/// <param name="X">False positive rate of a ROC curve, recall of a precision-recall curve; 0 to 1.</param>
/// <param name="Y">True positive rate or precision; 0 to 1.</param>
/// <param name="Threshold">The score from which on cases are called positive; infinite (null in JSON) if none is.</param>
public readonly record struct CurvePoint(double X, double Y, [property: JsonConverter(typeof(NanAsNullConverter))] double Threshold);

/// <summary>The 95 % interval of a curve at one place.</summary>
/// <param name="X">The place, 0 to 1.</param>
/// <param name="Y">The height of the curve there, with its interval.</param>
public readonly record struct CurveBand(double X, Estimate Y);
