using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary><c>cxr annotate --explain</c>, independent of the model.</summary>
public sealed class ExplainedAnnotationTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Maps => Path.Combine(_folder.Path, "maps");

    private static FakeRuns Runs(params string[] subjects) =>
        new() { OnMaps = _ => [.. subjects.Select(subject => new HeatMap(subject, 2, 2, [0, 0.33333f, 1, 0]))] };

    [Fact]
    public async Task Every_subject_has_a_picture_and_its_map_in_the_record()
    {
        string[] images = [_folder.Write("Miller.png", "1"), _folder.Write("Smith.png", "2")];
        Tool tool = await Tool.Run(Runs("nodule", "left"), ["annotate", "--model", "m", "--explain", Maps, "--json", .. images]);
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        foreach (JsonElement line in tool.Lines)
        {
            JsonSchemas.Validate("annotate", line.GetRawText());
            Assert.Equal(
                ["nodule", "left"],
                line.GetProperty("heatMaps").EnumerateArray().Select(map => map.GetProperty("subject").GetString())
            );
            foreach (JsonElement map in line.GetProperty("heatMaps").EnumerateArray())
            {
                Assert.Equal([0, 0.3333, 1, 0], map.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()));
                string picture = File.ReadAllText(Path.Combine(Maps, map.GetProperty("overlay").GetString()!));
                Assert.Equal($"PNG of {map.GetProperty("subject").GetString()}", picture);
            }
        }

        // No picture is named by its file, whose name may be a patient's.
        Assert.Equal(
            ["heatmap-000000-left.png", "heatmap-000000-nodule.png", "heatmap-000001-left.png", "heatmap-000001-nodule.png"],
            Directory.GetFiles(Maps).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Subjects_of_any_letters_have_names_that_every_file_system_takes()
    {
        string image = _folder.Write("a.png", "1");
        Tool tool = await Tool.Run(Runs("../Rippe", "..:rippe", "Größe", "a_b"), "annotate", "--model", "m", "--explain", Maps, image);
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        Assert.Equal(
            [
                "heatmap-000000----rippe-2.png",
                "heatmap-000000----rippe.png",
                "heatmap-000000-a_b.png",
                "heatmap-000000-gr--e.png",
            ],
            Directory.GetFiles(Maps).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.Single(Directory.GetDirectories(_folder.Path));
    }

    [Fact]
    public async Task Pictures_of_an_earlier_call_are_replaced_with_force_alone_and_other_files_never()
    {
        string image = _folder.Write("a.png", "1"),
            own = _folder.Write("maps/heatmap-000007-left.png", "old"),
            other = _folder.Write("maps/notes.txt", "mine");
        string[] call = ["annotate", "--model", "m", "--explain", Maps, image];
        Tool refused = await Tool.Run(Runs("nodule"), call);
        Assert.Equal(CommandLine.Usage, refused.Code);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(own));
        Tool forced = await Tool.Run(Runs("nodule"), [.. call, "--force"]);
        Assert.True(forced.Code == CommandLine.Success, forced.Error);
        Assert.False(File.Exists(own));
        Assert.Equal("mine", File.ReadAllText(other));
        Assert.True(File.Exists(Path.Combine(Maps, "heatmap-000000-nodule.png")));
    }

    [Fact]
    public async Task Without_the_option_a_record_has_no_maps_and_of_a_normal_reading_it_has_none()
    {
        string image = _folder.Write("a.png", "1");
        Tool plain = await Tool.Run(Runs("nodule"), "annotate", "--model", "m", "--json", image);
        Assert.False(Assert.Single(plain.Lines).TryGetProperty("heatMaps", out _));
        Tool normal = await Tool.Run(Runs(), "annotate", "--model", "m", "--json", "--explain", Maps, image);
        Assert.Equal(0, Assert.Single(normal.Lines).GetProperty("heatMaps").GetArrayLength());
        Assert.False(Directory.Exists(Maps));
    }
}
