namespace CxrAnnotate.Tests;

public sealed class CheckpointFolderTests
{
    private static readonly Dictionary<string, string> _training = new() { ["Seed"] = "1", ["training rows"] = "3 of content ab" };

    private readonly List<string> _warnings = [];

    [Fact]
    public void The_newest_checkpoint_is_found_and_only_the_last_are_kept()
    {
        using var folder = new ScratchFolder();
        CheckpointFolder written = Written(folder, 5, keep: 3);
        Assert.Null(written.Restored);
        Assert.Equal(["checkpoint-000003", "checkpoint-000004", "checkpoint-000005"], Present(folder));
        CheckpointFolder opened = Open(folder);
        Assert.Equal("5", Content(opened));
        opened.Write(place => DurableFile.WriteText(Path.Combine(place, "a.txt"), "6"));
        Assert.Equal(["checkpoint-000005", "checkpoint-000006"], Present(folder));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_flipped_byte_leads_to_the_previous_checkpoint_with_a_warning_or_changes_nothing()
    {
        using var folder = new ScratchFolder();
        Written(folder, 2);
        foreach (string path in Directory.GetFiles(Path.Combine(folder.Path, "checkpoint-000002"), "*", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(path);
            int harmless = 0;
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 0x11;
                File.WriteAllBytes(path, bytes);
                bytes[i] ^= 0x11;
                _warnings.Clear();
                try
                {
                    CheckpointFolder opened = Open(folder);
                    if (Content(opened) == "2")
                    {
                        harmless++;
                        Assert.Empty(_warnings);
                    }
                    else
                    {
                        Assert.Equal("1", Content(opened));
                        Assert.Contains("checkpoint-000002", Assert.Single(_warnings), StringComparison.Ordinal);
                    }
                }
                catch (InvalidOperationException e)
                {
                    // The manifest's own description of the training.
                    Assert.Contains("another training", e.Message, StringComparison.Ordinal);
                    Assert.EndsWith("manifest.json", path, StringComparison.Ordinal);
                }
            }

            File.WriteAllBytes(path, bytes);
            if (!path.EndsWith("manifest.json", StringComparison.Ordinal))
                Assert.Equal(0, harmless);
        }
    }

    [Fact]
    public void A_truncated_removed_or_extended_file_is_named_and_without_a_valid_checkpoint_there_is_one_exception()
    {
        using var folder = new ScratchFolder();
        Written(folder, 2);
        string newer = Path.Combine(folder.Path, "checkpoint-000002", "a.txt"),
            older = Path.Combine(folder.Path, "checkpoint-000001", "in", "b.txt");
        File.WriteAllText(newer, "");
        Assert.Equal("1", Content(Open(folder)));
        Assert.Contains(newer, Assert.Single(_warnings), StringComparison.Ordinal);
        File.AppendAllText(older, "x");
        var error = Assert.Throws<InvalidDataException>(() => Open(folder));
        Assert.Contains(newer, error.Message, StringComparison.Ordinal);
        Assert.Contains(older, error.Message, StringComparison.Ordinal);
        File.Delete(older);
        Assert.Contains("is missing", Assert.Throws<InvalidDataException>(() => Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_does_not_displace_a_valid_one()
    {
        using var folder = new ScratchFolder();
        Written(folder, 3, keep: 3);
        foreach (string damaged in (string[])["checkpoint-000002", "checkpoint-000003"])
            File.WriteAllText(Path.Combine(folder.Path, damaged, "a.txt"), "");
        CheckpointFolder opened = Open(folder);
        Assert.Equal("1", Content(opened));
        opened.Write(place => DurableFile.WriteText(Path.Combine(place, "a.txt"), "again"));
        Assert.Equal(["checkpoint-000001", "checkpoint-000004"], Present(folder));
    }

    [Fact]
    public void An_unfinished_checkpoint_is_ignored()
    {
        using var folder = new ScratchFolder();
        CheckpointFolder written = Written(folder, 1);
        Assert.Throws<FormatException>(() =>
            written.Write(place =>
            {
                DurableFile.WriteText(Path.Combine(place, "a.txt"), "2");
                throw new FormatException();
            })
        );
        Assert.Equal("1", Content(Open(folder)));
        Assert.Empty(_warnings);
        written.Write(place => DurableFile.WriteText(Path.Combine(place, "a.txt"), "2"));
        Assert.Equal(["checkpoint-000001", "checkpoint-000002"], Present(folder));
    }

    [Fact]
    public void Another_training_is_refused_with_what_differs()
    {
        using var folder = new ScratchFolder();
        Written(folder, 1);
        var other = new Dictionary<string, string>(_training) { ["Seed"] = "2", ["Epochs"] = "9" };
        var error = Assert.Throws<InvalidOperationException>(() => CheckpointFolder.Open(Options(folder, resume: true), other, _warnings.Add));
        Assert.Contains("Seed was 1 and is 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("Epochs was absent and is 9", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("training rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_are_not_overwritten_by_a_training_that_does_not_resume()
    {
        using var folder = new ScratchFolder();
        Written(folder, 1);
        Assert.Contains(
            "Resume",
            Assert.Throws<InvalidOperationException>(() => CheckpointFolder.Open(Options(folder, resume: false), _training, _warnings.Add)).Message,
            StringComparison.Ordinal
        );
        CheckpointFolder.Remove(folder.Path);
        Assert.Null(CheckpointFolder.Open(Options(folder, resume: false), _training, _warnings.Add).Restored);
        Directory.CreateDirectory(folder.Path);
    }

    [Fact]
    public void A_newer_format_is_skipped()
    {
        using var folder = new ScratchFolder();
        Written(folder, 2);
        string manifest = Path.Combine(folder.Path, "checkpoint-000002", FolderManifest.FileName);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal));
        Assert.Equal("1", Content(Open(folder)));
        Assert.Contains("format 3", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../a.txt")]
    [InlineData("/etc/hostname")]
    [InlineData("")]
    public void A_manifest_does_not_lead_out_of_its_folder(string name)
    {
        using var folder = new ScratchFolder();
        Written(folder, 1);
        string manifest = Path.Combine(folder.Path, "checkpoint-000001", FolderManifest.FileName);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"a.txt\"", $"\"{name}\"", StringComparison.Ordinal));
        Assert.Contains("not a file of such a folder", Assert.Throws<InvalidDataException>(() => Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_gives_a_warning_and_no_exception()
    {
        using var folder = new ScratchFolder();
        string file = folder.Write("file", "");
        CheckpointFolder checkpoints = CheckpointFolder.Open(new() { Folder = Path.Combine(file, "checkpoints") }, _training, _warnings.Add);
        checkpoints.Write(_ => { });
        Assert.Contains(file, Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_compared_by_name_and_data_seed_and_speed_are_not_among_them()
    {
        SortedDictionary<string, string> Of(RecurrentCascadeOptions options)
        {
            var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
            TrainingFingerprint.Add(values, options);
            return values;
        }

        var options = new RecurrentCascadeOptions();
        SortedDictionary<string, string> values = Of(options);
        Assert.Equal(
            options.Classifier.Optimization.Epochs.ToString(System.Globalization.CultureInfo.InvariantCulture),
            values["Classifier.Optimization.Epochs"]
        );
        Assert.Equal("[normal]", values["Balancing.NormalLabels"]);
        Assert.Equal("null", values["Refinement"]);
        Assert.Equal(
            values,
            Of(
                options with
                {
                    Seed = 3,
                    Checkpoints = new() { Folder = "x" },
                    Loading = options.Loading with { BatchSize = 2 },
                    Cancellation = TestContext.Current.CancellationToken,
                }
            )
        );
        SortedDictionary<string, string> other = Of(options with { Classifier = options.Classifier with { Optimization = new() { BatchSize = 7 } } });
        Assert.Equal("Classifier.Optimization.BatchSize", Assert.Single(values.Keys, key => values[key] != other[key]));
    }

    private static CheckpointOptions Options(ScratchFolder folder, bool resume, int keep = 2) =>
        new()
        {
            Folder = folder.Path,
            Keep = keep,
            Resume = resume,
        };

    private static string[] Present(ScratchFolder folder) =>
        [.. Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)).Order()];

    private static string Content(CheckpointFolder folder) => File.ReadAllText(Path.Combine(folder.Restored!, "a.txt"));

    private CheckpointFolder Open(ScratchFolder folder) => CheckpointFolder.Open(Options(folder, resume: true), _training, _warnings.Add);

    private CheckpointFolder Written(ScratchFolder folder, int count, int keep = 2)
    {
        CheckpointFolder checkpoints = CheckpointFolder.Open(Options(folder, resume: false, keep), _training, _warnings.Add);
        for (int i = 1; i <= count; i++)
        {
            int number = i;
            checkpoints.Write(place =>
            {
                DurableFile.WriteText(Path.Combine(place, "a.txt"), number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                DurableFile.WriteText(Path.Combine(Directory.CreateDirectory(Path.Combine(place, "in")).FullName, "b.txt"), "inside");
            });
        }

        return checkpoints;
    }
}
