using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed partial class WaitingThreadsTests
{
    [Fact]
    public void The_native_environment_bounds_the_spinning_unless_the_user_chose()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have another OpenMP.");
        NativeRuntime.EnsureLoaded();
        string[] chosen =
        [
            .. ((string[])["GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "KMP_BLOCKTIME"]).Where(name =>
                !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))
            ),
        ];
        Assert.Equal(chosen.Length == 0, OpenMpWaiting.Bound());
        string? native = Marshal.PtrToStringUTF8(Read("GOMP_SPINCOUNT"));
        if (chosen.Length == 0)
            Assert.Equal(OpenMpWaiting.SpinCount.ToString(System.Globalization.CultureInfo.InvariantCulture), native);
        else
            Assert.Equal(Environment.GetEnvironmentVariable("GOMP_SPINCOUNT"), native);
    }

    [Theory]
    [InlineData(2, 2, 0)]
    [InlineData(2, 64, 2)]
    [InlineData(1, 2, 1)]
    [InlineData(8, 0, 0)]
    public void Threads_are_limited_if_fewer_processors_may_be_used_than_exist(int usable, long online, int expected) =>
        Assert.Equal(expected, CpuLimit.Limit(usable, online));

    [Fact]
    public void Torch_has_no_more_threads_than_processors()
    {
        NativeRuntime.EnsureLoaded();
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")), "The user chose the number of threads.");
        Assert.InRange(get_num_threads(), 1, Environment.ProcessorCount);
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(string name);
}
