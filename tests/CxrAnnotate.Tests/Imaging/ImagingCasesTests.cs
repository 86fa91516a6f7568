using System.Runtime.InteropServices;

namespace CxrAnnotate.Tests;

/// <summary>
/// Pictures that were read wrongly, refused, or refused in words that do not help: each is read with the right values, or named in an error.
/// </summary>
public sealed class ImagingCasesTests
{
    [Fact]
    public void Pictures_are_read_with_the_right_values_or_refused()
    {
        string folder = TestData.Require("imaging-cases");
        string[] files =
        [
            .. Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is not (".dcm" or ".f32" or ".csv")).Order(StringComparer.Ordinal),
        ];
        Assert.NotEmpty(files);
        Assert.All(
            files,
            path =>
            {
                RadiographDescription description = RadiographDescription.Of(path);
                if (File.Exists(path + ".f32"))
                {
                    float[] expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path + ".f32")).ToArray();
                    float[] read = RadiographReader.Read(path, new RadiographFormat(description.Rows!.Value, description.Columns!.Value));
                    Assert.All(expected.Zip(read), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
                    return;
                }

                InvalidDataException error = Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, new RadiographFormat(32, 32)));
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                Assert.NotNull(description.Error);
                // No message speaks of another file.
                Assert.All(
                    files.Where(other => other != path),
                    other => Assert.DoesNotContain(other, error.Message + description.Error, StringComparison.Ordinal)
                );
            }
        );
    }
}
