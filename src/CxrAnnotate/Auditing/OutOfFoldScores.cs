using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace CxrAnnotate;

/// <summary>Scores of rows by logistic regressions that were not fitted to them.</summary>
internal static class OutOfFoldScores
{
    /// <summary>The weight of the squared coefficients per row that is fitted to. Fixed beforehand: nothing is chosen by what is reported.</summary>
    private const float PenaltyPerRow = 0.01f;

    private const int MaximumIterations = 60;

    /// <summary>Scores every row by the regression of its fold, which was fitted to the other folds.</summary>
    /// <param name="inputs">The standardised inputs of the rows.</param>
    /// <param name="present">Whether a row has the finding.</param>
    /// <param name="fold">The fold of each row.</param>
    /// <param name="folds">The number of folds.</param>
    /// <returns>Logits. If the other folds have only one class, those of a fold are 0.</returns>
    internal static double[] Of(float[][] inputs, bool[] present, int[] fold, int folds)
    {
        double[] scores = new double[inputs.Length];
        for (int k = 0; k < folds; k++)
        {
            int[] fitted = [.. Enumerable.Range(0, inputs.Length).Where(i => fold[i] != k)];
            int positives = fitted.Count(i => present[i]);
            if (positives == 0 || positives == fitted.Length)
                continue;
            LinearBinaryModelParameters model = Fit([.. fitted.Select(i => new Case { Label = present[i], Features = inputs[i] })]);
            IReadOnlyList<float> weights = model.Weights;
            for (int i = 0; i < inputs.Length; i++)
            {
                if (fold[i] != k)
                    continue;
                double score = model.Bias;
                for (int j = 0; j < weights.Count; j++)
                    score += weights[j] * inputs[i][j];
                scores[i] = score;
            }
        }

        return scores;
    }

    private static LinearBinaryModelParameters Fit(Case[] cases)
    {
        MLContext context = new(seed: 0);
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Case));
        schema[nameof(Case.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, cases[0].Features.Length);
        return context
            .BinaryClassification.Trainers.LbfgsLogisticRegression(
                new LbfgsLogisticRegressionBinaryTrainer.Options
                {
                    L1Regularization = 0,
                    L2Regularization = PenaltyPerRow * cases.Length,
                    MaximumNumberOfIterations = MaximumIterations,
                    // Several findings are fitted at the same time, and sums in one order give the same weights every time.
                    NumberOfThreads = 1,
                }
            )
            .Fit(context.Data.LoadFromEnumerable(cases, schema))
            .Model.SubModel;
    }

    private sealed class Case
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
