using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// What a threshold on a score gives. The threshold is chosen on the same cases, and anew in every resample, so that the interval covers the choice.
/// </summary>
public sealed record OperatingPoint
{
    private OperatingPoint() { }

    /// <summary>What was asked for: <c>specificity</c> or <c>sensitivity</c>; <c>decision</c> for the decisions of a model.</summary>
    public required string Given { get; init; }

    /// <summary>The least specificity or sensitivity that was asked for; NaN (null in JSON) for the decisions of a model.</summary>
    [JsonConverter(typeof(NanAsNullConverter))]
    public required double AtLeast { get; init; }

    /// <summary>The score from which on cases are called positive; infinite or NaN (null in JSON) if none is or it is not known.</summary>
    [JsonConverter(typeof(NanAsNullConverter))]
    public required double Threshold { get; init; }

    /// <summary>The share of positive cases that are called positive; NaN without such cases.</summary>
    public required Estimate Sensitivity { get; init; }

    /// <summary>The share of negative cases that are not called positive; NaN without such cases.</summary>
    public required Estimate Specificity { get; init; }

    /// <summary>The share of called cases that are positive; NaN if none is called.</summary>
    public required Estimate Precision { get; init; }

    /// <summary>The highest sensitivity of a threshold with at least this specificity.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="specificity">The least specificity, 0 to 1.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    public static OperatingPoint AtSpecificity(
        BinaryCases cases,
        double specificity,
        int resamples = 1000,
        int seed = 1,
        CancellationToken cancellation = default
    ) =>
        Of(
            cases,
            "specificity",
            specificity,
            counts =>
            {
                // Hits rise with false alarms, so the last threshold that is specific enough has the highest sensitivity; of equals, the highest.
                int best = 0;
                for (int k = 1; k < counts.Hits.Length && counts.Alarms[k] <= ((1 - specificity) * counts.Negatives) + 1e-9; k++)
                    if (counts.Hits[k] > counts.Hits[best])
                        best = k;
                return best;
            },
            resamples,
            seed,
            cancellation
        );

    /// <summary>The highest specificity of a threshold with at least this sensitivity.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="sensitivity">The least sensitivity, 0 to 1.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    public static OperatingPoint AtSensitivity(
        BinaryCases cases,
        double sensitivity,
        int resamples = 1000,
        int seed = 1,
        CancellationToken cancellation = default
    ) =>
        Of(
            cases,
            "sensitivity",
            sensitivity,
            counts =>
            {
                int best = 0;
                while (best + 1 < counts.Hits.Length && counts.Hits[best] < (sensitivity * counts.Positives) - 1e-9)
                    best++;
                return best;
            },
            resamples,
            seed,
            cancellation
        );

    /// <summary>What given decisions give, with intervals by the bootstrap over whole units.</summary>
    /// <param name="cases">The cases; their scores are not used.</param>
    /// <param name="called">Whether each case is called positive.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <exception cref="ArgumentException">There is not one decision for each case.</exception>
    public static OperatingPoint OfDecisions(
        BinaryCases cases,
        IReadOnlyList<bool> called,
        int resamples = 1000,
        int seed = 1,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(called);
        if (called.Count != cases.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{cases.Count} cases need as many decisions, not {called.Count}."),
                nameof(called)
            );
        BinaryCases decided = new([.. called.Select(yes => yes ? 1.0 : 0)], cases.Positive, cases.Units);
        ThresholdSweep sweep = new(decided);
        // With one decision for all there is one threshold: all are called, or none.
        int chosen = Array.IndexOf(sweep.Thresholds, 1.0) is >= 0 and int k ? k : 0;
        return Estimated(decided, "decision", double.NaN, double.NaN, sweep, _ => chosen, resamples, seed, cancellation);
    }

    private static OperatingPoint Of(
        BinaryCases cases,
        string given,
        double least,
        Func<SweepCounts, int> choose,
        int resamples,
        int seed,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(cases);
        OptionChecks.Require(least is >= 0 and <= 1, given, least, "from 0 to 1");
        ThresholdSweep sweep = new(cases);
        SweepCounts counts = sweep.Count();
        double threshold = counts.HasBoth ? sweep.Thresholds[choose(counts)] : double.NaN;
        return Estimated(cases, given, least, threshold, sweep, choose, resamples, seed, cancellation);
    }

    private static OperatingPoint Estimated(
        BinaryCases cases,
        string given,
        double least,
        double threshold,
        ThresholdSweep sweep,
        Func<SweepCounts, int> choose,
        int resamples,
        int seed,
        CancellationToken cancellation
    )
    {
        Estimate[] estimates = Intervals.Bootstrap(
            cases.Units,
            3,
            (weights, values) =>
            {
                SweepCounts drawn = sweep.Count(weights);
                int k = choose(drawn);
                values[0] = drawn.Positives == 0 ? double.NaN : drawn.Sensitivity(k);
                values[1] = drawn.Negatives == 0 ? double.NaN : drawn.Specificity(k);
                values[2] = drawn.Hits[k] + drawn.Alarms[k] == 0 ? double.NaN : drawn.Precision(k);
            },
            resamples,
            seed,
            cancellation
        );
        return new OperatingPoint
        {
            Given = given,
            AtLeast = least,
            Threshold = threshold,
            Sensitivity = estimates[0],
            Specificity = estimates[1],
            Precision = estimates[2],
        };
    }
}
