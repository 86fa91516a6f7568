using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Cli;

/// <summary>The device on which networks are computed.</summary>
/// <param name="Device">The CPU, or a GPU.</param>
/// <param name="Gpu">The number of the GPU, from 0; null: the first.</param>
/// <param name="Threads">The number of CPU threads; 0: one per core.</param>
internal sealed record ComputeSettings(ComputeDevice Device = ComputeDevice.Cpu, int? Gpu = null, int Threads = 0);

/// <summary><c>--device</c> and <c>--threads</c>, for every verb that computes networks.</summary>
internal sealed partial class ComputeOptions : OptionGroup<ComputeSettings>
{
    private readonly Option<string> _device = new("--device")
    {
        HelpName = "cpu|cuda|cuda:N",
        Description = "Where the networks are computed: on the CPU, on the first GPU, or on GPU N, counted from 0.",
        DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<int> _threads = ThreadsOption();

    internal ComputeOptions()
    {
        _device.CompletionSources.Add("cpu", "cuda");
        _device.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !Device().IsMatch(result.Tokens[^1].Value))
                result.AddError($"--device is '{result.Tokens[^1].Value}'; give cpu, cuda, or cuda:N with the number of a GPU.");
        });
    }

    internal override IReadOnlyList<Option> Options => [_device, _threads];

    /// <summary>Only <c>--threads</c>, for a verb that computes on the CPU only.</summary>
    internal static Option<int> ThreadsOption() =>
        new Option<int>("--threads")
        {
            HelpName = "N",
            Description = "Number of threads; 0 means one per core.",
            DefaultValueFactory = _ => 0,
        }.Within(0, 1024);

    internal override ComputeSettings Read(ParseResult parsed)
    {
        Match device = Device().Match(parsed.GetRequiredValue(_device));
        return new ComputeSettings(
            device.Groups["cuda"].Success ? ComputeDevice.Cuda : ComputeDevice.Cpu,
            device.Groups["gpu"] is { Success: true } gpu ? int.Parse(gpu.Value, CultureInfo.InvariantCulture) : null,
            parsed.GetValue(_threads)
        );
    }

    [GeneratedRegex("^(cpu|(?<cuda>cuda)(:(?<gpu>[0-9]{1,4}))?)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Device();
}
