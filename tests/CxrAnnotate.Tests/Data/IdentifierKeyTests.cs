using System.Diagnostics;

namespace CxrAnnotate.Tests;

public sealed class IdentifierKeyTests
{
    [Fact]
    public async Task A_special_file_has_no_hash_and_does_not_block()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs in folders.");
        using var folder = new ScratchFolder();
        string fifo = Path.Combine(folder.Path, "fifo.png");
        using (Process made = Process.Start("mkfifo", [fifo]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        // The timeout only turns an endless wait into a failure.
        Task<string> hash = Task.Run(() => IdentifierKey.OfContent(fifo, null), TestContext.Current.CancellationToken);
        Assert.Equal("", await hash.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal("", IdentifierKey.OfContent(Path.Combine(folder.Path, "none.png"), null));
    }
}
