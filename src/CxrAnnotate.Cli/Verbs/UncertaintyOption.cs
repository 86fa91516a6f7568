using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>The option for the treatment of uncertain findings, the same for all verbs that have it.</summary>
internal static class UncertaintyOption
{
    internal static Option<string> Create(string description) =>
        new Option<string>("--uncertainty")
        {
            HelpName = "ignore|positive|negative|class",
            Description = description,
            DefaultValueFactory = _ => "ignore",
        }.AcceptOnlyFromAmong("ignore", "positive", "negative", "class");

    /// <summary>The option of verbs that read labels of data sets.</summary>
    internal static Option<string> OfLabels() => Create("How to treat labels that CheXpert or MIMIC-CXR call uncertain (-1).");

    internal static UncertaintyPolicy PolicyOf(this ParseResult parsed, Option<string> option) =>
        parsed.GetRequiredValue(option) switch
        {
            "positive" => UncertaintyPolicy.Positive,
            "negative" => UncertaintyPolicy.Negative,
            "class" => UncertaintyPolicy.SeparateClass,
            _ => UncertaintyPolicy.Ignore,
        };
}
