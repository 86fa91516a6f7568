using Spectre.Console;
using Spectre.Console.Rendering;

namespace CxrAnnotate.Cli;

/// <summary>Progress as bars with throughput and remaining time, redrawn in place.</summary>
internal sealed class BarProgress(IAnsiConsole console, TimeProvider time) : ProgressReporter(time)
{
    /// <summary>The width of the longest usual name, the percentage, rate, time and remark. A wider bar would wrap their lines.</summary>
    private const int WidthBesideBar = 72;

    private readonly Lock _lock = new();
    private readonly Dictionary<ProgressStep, ProgressTask> _tasks = [];
    private TaskCompletionSource? _finished;
    private Task? _drawing;
    private ProgressContext? _bars;

    internal override ProgressStep Begin(string name, double total, string unit)
    {
        ProgressStep step = new(name, new ProgressMeter(total, unit, Time), Changed);
        lock (_lock)
        {
            ProgressTask task = Bars().AddTask(TerminalText.Markup(name), maxValue: total > 0 ? total : 1);
            task.IsIndeterminate = total <= 0;
            task.Tag = step;
            _tasks[step] = task;
        }
        return step;
    }

    internal override void Note(string text)
    {
        lock (_lock)
            WriteAboveBars(new Text(TerminalText.Escape(text)));
    }

    internal override void Warn(string text)
    {
        lock (_lock)
            WriteAboveBars(new Markup($"[yellow]warning:[/] {TerminalText.Markup(text)}"));
    }

    internal override void Finish()
    {
        Task? drawing;
        lock (_lock)
        {
            foreach (ProgressTask task in _tasks.Values)
                task.StopTask();
            _tasks.Clear();
            _finished?.TrySetResult();
            drawing = _drawing;
            (_finished, _drawing, _bars) = (null, null, null);
        }
        drawing?.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Writes a line where the bars begin and redraws them below it. Their old lines are erased first, since the new line may be shorter.
    /// </summary>
    private void WriteAboveBars(IRenderable line) => console.Write(_bars is null ? new Rows(line) : new OnErased(new Rows(line)));

    private ProgressContext Bars()
    {
        if (_bars is not null)
            return _bars;
        TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim started = new();
        ProgressContext? bars = null;
        _finished = finished;
        _drawing = Task.Run(() =>
            new Spectre.Console.Progress(console)
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn { Width = Math.Clamp(console.Profile.Width - WidthBesideBar, 8, 40) },
                    new PercentageColumn(),
                    new MeterColumn()
                )
                .StartAsync(async context =>
                {
                    bars = context;
                    started.Set();
                    await finished.Task;
                })
        );
        started.Wait();
        return _bars = bars!;
    }

    private void Changed(ProgressStep step, bool ended)
    {
        lock (_lock)
        {
            if (!_tasks.TryGetValue(step, out ProgressTask? task))
                return;
            if (!task.IsIndeterminate)
            {
                task.MaxValue = Math.Max(step.Meter.Total, 1);
                task.Value = step.Meter.Done;
            }

            if (!ended)
                return;
            task.IsIndeterminate = false;
            task.StopTask();
            _tasks.Remove(step);
        }
    }

    /// <summary>Content that is written after erasing from the cursor to the end of the screen.</summary>
    private sealed class OnErased(IRenderable content) : Renderable
    {
        private const string EraseBelow = "\u001b[0J";

        protected override Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, maxWidth);

        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            content.Render(options, maxWidth).Prepend(Segment.Control(EraseBelow));
    }

    /// <summary>Throughput, remaining (or, at the end, elapsed) time, and the remark.</summary>
    private sealed class MeterColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            ProgressStep step = (ProgressStep)task.Tag!;
            ProgressMeter meter = step.Meter;
            string rate = ProgressMeter.FormatRate(
                task.IsFinished ? meter.Done / Math.Max(task.ElapsedTime?.TotalSeconds ?? 0, 1e-3) : meter.Rate(),
                meter.Unit
            );
            string time =
                task.IsFinished ? $"in {ProgressMeter.FormatTime(task.ElapsedTime ?? TimeSpan.Zero)}"
                : meter.Remaining() is { } remaining ? $"{ProgressMeter.FormatTime(remaining)} left"
                : "";
            string state = string.Join("  ", ((string[])[rate, time]).Where(part => part.Length > 0));
            return new Markup($"[blue]{TerminalText.Markup(state)}[/]  [grey]{TerminalText.Markup(step.Remark)}[/]");
        }
    }
}
