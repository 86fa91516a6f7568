using CxrAnnotate.Cli;
using Spectre.Console;

namespace CxrAnnotate.Tests;

public sealed class ProgressTests
{
    [Fact]
    public void Without_a_terminal_progress_is_a_line_every_interval_and_one_at_the_end()
    {
        ManualClock clock = new();
        using StringWriter error = new();
        using LineProgress progress = new(error, clock);
        using (ProgressStep step = progress.Begin("Training", 1000, "images"))
        {
            for (int done = 50; done <= 1000; done += 50)
            {
                clock.Advance(2);
                step.Report(done, $"loss {1000 - done}");
            }
        }
        Assert.Equal(
            [
                "Training: 250 of 1,000 images (25 %), 25 images/s, 0:30 left, loss 750",
                "Training: 500 of 1,000 images (50 %), 25 images/s, 0:20 left, loss 500",
                "Training: 750 of 1,000 images (75 %), 25 images/s, 0:10 left, loss 250",
                "Training: 1,000 of 1,000 images (100 %), 25 images/s, 0:00 left, loss 0",
                "Training: 1,000 images in 0:40, 25 images/s, loss 0",
            ],
            error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public void The_rate_is_that_of_the_last_seconds()
    {
        ManualClock clock = new();
        ProgressMeter meter = new(100000, "rows", clock);
        for (int second = 1; second <= 100; second++)
        {
            clock.Advance(1);
            meter.Update(second);
        }
        for (int second = 1; second <= 60; second++)
        {
            clock.Advance(1);
            meter.Update(100 + 1000 * second);
        }
        Assert.Equal(1000, meter.Rate(), 1e-6);
        Assert.Equal((100000 - 60100) / 1000.0, meter.Remaining()!.Value.TotalSeconds, 1e-6);
    }

    [Fact]
    public void Interrupted_work_reports_its_progress_and_reports_out_of_order_do_not_go_back()
    {
        ManualClock clock = new();
        using StringWriter error = new();
        using LineProgress progress = new(error, clock);
        using (ProgressStep step = progress.Begin("Drawing", 10, "studies"))
        {
            clock.Advance(4);
            step.Report(6);
            step.Report(5);
        }
        Assert.Equal("Drawing: 6 of 10 studies (60 %), 1.5 studies/s", error.ToString().TrimEnd());
    }

    [Fact]
    public void Each_stage_of_a_cascade_is_a_step_even_if_its_total_changes_and_an_unknown_total_is_left_out()
    {
        ManualClock clock = new();
        using StringWriter error = new();
        using LineProgress progress = new(error, clock);
        using (CascadeProgressSteps steps = new(progress))
        {
            steps.Report(new CascadeProgress("reading images", 0, 0, "images"));
            clock.Advance(12);
            steps.Report(new CascadeProgress("reading images", 24, 0, "images"));
            clock.Advance(3);
            steps.Report(new CascadeProgress("iteration 1: image network", 0, 280, "images"));
            clock.Advance(4);
            steps.Report(new CascadeProgress("iteration 1: image network", 120, 320, "images"));
            clock.Advance(6);
            steps.Report(new CascadeProgress("iteration 1: image network", 300, 300, "images", 0.25));
        }
        Assert.Equal(
            [
                "reading images: 24 images, 2 images/s",
                "reading images: 24 images in 0:15, 1.6 images/s",
                "iteration 1: image network: 300 of 300 images (100 %), 30 images/s, 0:00 left, loss 0.250",
                "iteration 1: image network: 300 images in 0:10, 30 images/s, loss 0.250",
            ],
            error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Theory]
    [InlineData(0, "0:00"), InlineData(9.2, "0:10"), InlineData(3599, "59:59"), InlineData(3661, "1:01:01")]
    public void Times_are_written_as_on_a_clock(double seconds, string expected) =>
        Assert.Equal(expected, ProgressMeter.FormatTime(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Bars_end_when_their_work_does_and_new_ones_can_begin()
    {
        using StringWriter error = new();
        using BarProgress progress = new(
            AnsiConsole.Create(
                new AnsiConsoleSettings
                {
                    Out = new AnsiConsoleOutput(error),
                    Ansi = AnsiSupport.Yes,
                    Interactive = InteractionSupport.Yes,
                }
            ),
            TimeProvider.System
        );
        for (int i = 0; i < 2; i++)
        {
            using (ProgressStep step = progress.Begin($"Step {i}", 4, "rows"))
                step.Report(4, "done");
            progress.Warn("a [warning] with brackets");
            progress.Finish();
        }
        Assert.Contains("Step 1", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("[warning]", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30), InlineData(50), InlineData(80), InlineData(100), InlineData(200)]
    public void Lines_that_are_written_while_bars_are_drawn_do_not_mix_with_them(int width)
    {
        using StringWriter error = new();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(error),
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
                ColorSystem = ColorSystemSupport.NoColors,
            }
        );
        console.Profile.Width = width;
        string[] said = [.. Enumerable.Range(0, 12).Select(i => $"line {i}{string.Concat(Enumerable.Repeat(" word", i % 3 * width / 4))}.")];
        using (BarProgress progress = new(console, TimeProvider.System))
        {
            using ProgressStep first = progress.Begin("First: the name of a long stage", 12, "rows"),
                second = progress.Begin("Second", 12, "rows");
            for (int i = 0; i < said.Length; i++)
            {
                first.Report(i, "a remark that makes the bar longer than the line");
                // The bars are drawn by a separate thread, ten times per second.
                Thread.Sleep(i < 4 ? 150 : 5);
                if (i % 2 == 0)
                    progress.Warn(said[i]);
                else
                    progress.Note(said[i]);
            }
        }
        string[] lines = [.. Screen.Lines(error.ToString(), width).Where(line => line.Length > 0)];
        Assert.Single(lines, line => line.StartsWith("First", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("Second", StringComparison.Ordinal));
        string text = string.Concat(lines.TakeWhile(line => !line.StartsWith("First", StringComparison.Ordinal)))
            .Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(
            string.Concat(said.Select((line, i) => (i % 2 == 0 ? "warning: " : "") + line)).Replace(" ", "", StringComparison.Ordinal),
            text
        );
    }

    [Theory]
    [InlineData("dumb", false)]
    [InlineData("", false)]
    [InlineData("xterm-256color", true)]
    public async Task A_terminal_gets_control_codes_only_if_it_understands_them(string terminal, bool understands)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script, which gives a program a terminal, is not installed.");
        using ScratchFolder folder = new();
        string command = $"'{Tool.Program()}' phantom --out '{folder.Path}/drawn' --studies 3 --size 64";
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/usr/bin/script", ["-qec", command, "/dev/null"])
            {
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
                Environment =
                {
                    ["TERM"] = terminal,
                    ["NO_COLOR"] = null,
                    ["CI"] = null,
                    ["GITHUB_ACTIONS"] = null,
                },
            }
        )!;
        process.StandardInput.Close();
        string shown = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("Drawing", shown, StringComparison.Ordinal);
        Assert.Equal(understands, shown.Contains('\u001b', StringComparison.Ordinal));
    }
}
