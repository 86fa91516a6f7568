using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class TrainingLogTests
{
    [Fact]
    public void A_file_can_be_read_while_it_is_written_and_gives_the_same_epochs()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "new", "training.jsonl");
        using TrainingLog log = TrainingLog.Open(path, append: false);
        TrainingEpoch[] epochs = [Epoch("classifier", 1, 1), Epoch("classifier", 1, 2), Epoch("decoder", 1, 1) with { Validation = -0.5 }];
        for (int i = 0; i < epochs.Length; i++)
        {
            log.Report(epochs[i]);
            Assert.Equal(epochs[..(i + 1)], TrainingLog.Read(path));
        }
    }

    [Fact]
    public void A_resumed_training_leaves_the_epochs_of_an_uninterrupted_one_wherever_it_was_stopped() =>
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 12], Gen.Int[0, 60])
            .Sample(
                (written, resumed, cut) =>
                {
                    TrainingEpoch[] whole =
                    [
                        .. from control in (bool[])[false, true]
                        from iteration in (int[])[1, 2]
                        where !control || iteration == 2
                        from network in (string[])["classifier", "decoder"]
                        from epoch in (int[])[1, 2]
                        select Epoch(network, iteration, epoch) with { Control = control },
                    ];
                    // The training was stopped after some epochs, in the middle of a line, and goes on from a checkpoint before.
                    int from = Math.Min(resumed, written);
                    using var folder = new ScratchFolder();
                    string path = Path.Combine(folder.Path, "training.jsonl");
                    using (TrainingLog log = TrainingLog.Open(path, append: false))
                        foreach (TrainingEpoch epoch in whole.Take(written))
                            log.Report(epoch);
                    if (written < whole.Length)
                        File.AppendAllText(path, whole[written].ToJson()[..Math.Min(cut, 20)]);
                    using (TrainingLog log = TrainingLog.Open(path, append: true))
                        foreach (TrainingEpoch epoch in whole.Skip(from))
                            log.Report(epoch with { Seconds = 1000, ImagesPerSecond = 7 });
                    IReadOnlyList<TrainingEpoch> read = TrainingLog.Read(path);
                    Assert.Equal(whole.Select(WithoutTimes), read.Select(WithoutTimes));
                    Assert.Equal(whole.Length, File.ReadAllLines(path).Length);
                },
                iter: 60
            );

    [Fact]
    public void A_new_training_does_not_keep_the_epochs_of_another()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("training.jsonl", Epoch("decoder", 3, 9).ToJson() + "\n");
        using (TrainingLog log = TrainingLog.Open(path, append: false))
            log.Report(Epoch("classifier", 1, 1));
        Assert.Equal([Epoch("classifier", 1, 1)], TrainingLog.Read(path));
    }

    [Fact]
    public void TensorBoard_gets_an_event_for_every_figure_of_an_epoch()
    {
        using var folder = new ScratchFolder();
        var log = new TensorBoardLog(Path.Combine(folder.Path, "events"));
        log.Report(Epoch("classifier", 1, 1));
        log.Report(Epoch("decoder", 2, 3) with { Validation = 0.5, Control = true });
        string file = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "events")));
        Assert.Contains("tfevents", file, StringComparison.Ordinal);
        // A record is its length (8 bytes), a checksum (4), the event, and a checksum (4).
        byte[] bytes = File.ReadAllBytes(file);
        List<string> records = [];
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BitConverter.ToUInt64(bytes, at);
            records.Add(System.Text.Encoding.Latin1.GetString(bytes, at + 12, length));
            at += 16 + length;
        }

        foreach (
            string tag in (string[])
                [
                    "classifier 1/loss",
                    "classifier 1/learning rate",
                    "classifier 1/images per second",
                    "decoder 2 of the control/loss",
                    "decoder 2 of the control/validation",
                ]
        )
            Assert.Contains(records, record => record.Contains(tag, StringComparison.Ordinal));
        Assert.Equal(7, records.Count(record => record.Contains('/', StringComparison.Ordinal)));
    }

    private static TrainingEpoch WithoutTimes(TrainingEpoch epoch) => epoch with { Seconds = 0, ImagesPerSecond = 0, Time = default };

    private static TrainingEpoch Epoch(string network, int iteration, int epoch) =>
        new(network, iteration, false, epoch, 9, 40 * epoch, 1.0 / epoch, null, null, 1e-3, 250, epoch, DateTimeOffset.UnixEpoch.AddSeconds(epoch));
}
