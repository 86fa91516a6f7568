using System.Globalization;
using System.Text;
using Microsoft.ML;

namespace CxrAnnotate.Results;

/// <summary>
/// Whether the nearest training images of an image have the same finding, side and zone (precision at 10): by the joint context vectors of what the
/// model reads, and by the features of its image network.
/// </summary>
/// <param name="name">What the rows are called.</param>
/// <param name="run">The folder of a trained run.</param>
/// <param name="table">The table that it was trained on, with a column of splits.</param>
/// <param name="split">The part whose images are compared with those of <c>train</c>.</param>
internal sealed class NeighbourExperiment(string name, string run, string table, string split)
{
    private const int Neighbours = 10;

    private static readonly int[] _slots = [AnnotationSlots.Finding, AnnotationSlots.Side, AnnotationSlots.Zone];

    /// <summary>Rows of a table in Markdown: the mean precision with its interval by the bootstrap over patients, and the chance level.</summary>
    internal string Run(int resamples, int seed)
    {
        var context = new MLContext(seed);
        ChestXrayCatalog cxr = context.ChestXray();
        using RecurrentCascadeTransformer cascade = cxr.LoadCascade(run);
        var reader = new ColumnReader(cascade.Transform(cxr.Data.LoadCsv(table)));
        SingleVectorColumn features = reader.Vector("Features"),
            contexts = reader.Vector("ContextVector");
        TextColumn part = reader.Text("Split"),
            caption = reader.Text("Caption"),
            patient = reader.Text("PatientId"),
            study = reader.Text("StudyId");
        reader.Read();
        int[] Rows(string of) => [.. Enumerable.Range(0, reader.RowCount).Where(i => part.Values[i] == of && caption.Values[i].Length > 0)];
        int[] references = Rows("train"),
            asked = Rows(split);
        AnnotationSlots[] slots = [.. caption.Values.Select(AnnotationSlots.Parse)];
        string[] units = [.. asked.Select(i => patient.Values[i].Length > 0 ? patient.Values[i] : study.Values[i])];
        var rows = new StringBuilder();
        foreach (int slot in _slots)
        {
            int[] with = [.. Enumerable.Range(0, asked.Length).Where(q => slots[asked[q]][slot].Count > 0)];
            string line = FormattableString.Invariant($"| {name} | {AnnotationSlots.Names[slot]} | {with.Length} of {asked.Length} |");
            double Share(int query, IEnumerable<int> among) =>
                among.Average(i => slots[i][slot].SetEquals(slots[asked[query]][slot]) ? 1.0 : 0);
            foreach (SingleVectorColumn vectors in (SingleVectorColumn[])[contexts, features])
            {
                SimilarityIndex index = SimilarityIndex.Create(
                    [.. references.Select(i => new IndexedCase(i.ToString(CultureInfo.InvariantCulture)))],
                    [.. references.Select(i => vectors.Values[i])]
                );
                IReadOnlyList<IReadOnlyList<SimilarCase>> found = index.Nearest([.. with.Select(q => vectors.Values[asked[q]])], Neighbours);
                double[] precision = [.. with.Select((q, place) => Share(q, found[place].Select(s => references[s.Index])))];
                line += Cell(precision, [.. with.Select(q => units[q])], resamples, seed);
            }

            rows.AppendLine(line + Cell([.. with.Select(q => Share(q, references))], [.. with.Select(q => units[q])], 0, seed));
        }

        return rows.ToString();
    }

    private static string Cell(double[] values, string[] units, int resamples, int seed)
    {
        Estimate mean = Intervals.Bootstrap(units, 1, Mean, resamples, seed)[0];
        return double.IsNaN(mean.Low)
            ? FormattableString.Invariant($" {mean.Value:F3} |")
            : FormattableString.Invariant($" {mean.Value:F3} ({mean.Low:F3} to {mean.High:F3}) |");

        void Mean(ReadOnlySpan<int> weights, Span<double> results)
        {
            double sum = 0,
                count = 0;
            for (int i = 0; i < weights.Length; i++)
                (sum, count) = (sum + (weights[i] * values[i]), count + weights[i]);
            results[0] = sum / count;
        }
    }
}
