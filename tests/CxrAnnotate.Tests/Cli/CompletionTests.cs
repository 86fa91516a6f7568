using System.Diagnostics;

namespace CxrAnnotate.Tests;

/// <summary>The scripts of <c>cxr completion</c>, run in the shells installed on this machine.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cxr tr", "train")]
    [InlineData("cxr train --dev", "--device")]
    [InlineData("cxr train --image-", "--image-column", "--image-size")]
    [InlineData("cxr train --architecture goog", "googlenet")]
    [InlineData("cxr train --device ", "cpu", "cuda")]
    [InlineData("cxr completion ", "bash", "pwsh", "zsh")]
    [InlineData("cxr train --data ")]
    [InlineData("cxr annotate ")]
    [InlineData("cxr evaluate --run 'a folder' --sp", "--split", "--split-column")]
    public async Task Bash_offers_verbs_options_and_values(string line, params string[] offered)
    {
        string script = _folder.Write(
            "complete.sh",
            $$"""
            source <("{{Tool.Program()}}" completion bash)
            complete -p cxr > /dev/null || exit 9
            COMP_LINE={{Quoted(line)}} COMP_POINT=${#COMP_LINE}
            eval "COMP_WORDS=( $COMP_LINE{{(line.EndsWith(' ') ? " ''" : "")}} )" COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _cxr_complete "{{Tool.Program()}}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            (( ${#COMPREPLY[@]} )) && printf '%s\n' "${COMPREPLY[@]}"
            exit 0
            """.Replace("\r", "", StringComparison.Ordinal)
        );
        Assert.Equal(offered, Sorted(await Run("bash", "--norc", script)));
    }

    [Theory]
    [InlineData("cxr tr", "train")]
    [InlineData("cxr train --image-", "--image-column", "--image-size")]
    [InlineData("cxr train --device ", "cpu", "cuda")]
    [InlineData("cxr train --data ", "FILES")]
    public async Task Zsh_offers_verbs_options_and_values(string line, params string[] offered)
    {
        // The builtins of zsh's line editor work only in it; here they print their arguments.
        string script = _folder.Write(
            "complete.zsh",
            $$"""
            compdef() { :; }
            compadd() { shift; print -l -- "$@"; }
            _files() { print FILES; }
            source <("{{Tool.Program()}}" completion zsh)
            line={{Quoted(line)}}; words=( ${(z)line} ); words[1]="{{Tool.Program()}}"
            {{(line.EndsWith(' ') ? "words+=( '' )" : ":")}}
            CURRENT=${#words}
            _cxr
            exit 0
            """.Replace("\r", "", StringComparison.Ordinal)
        );
        Assert.Equal(offered, Sorted(await Run("zsh", "-f", script)));
    }

    [Theory]
    [InlineData("cxr tr", "train")]
    [InlineData("cxr train --image-", "--image-column", "--image-size")]
    [InlineData("cxr train --device ", "cpu", "cuda")]
    public async Task PowerShell_offers_verbs_options_and_values(string line, params string[] offered)
    {
        string folder = Path.GetDirectoryName(Tool.Program())!;
        string script = _folder.Write(
            "complete.ps1",
            $$"""
            $env:PATH = '{{folder}}' + [System.IO.Path]::PathSeparator + $env:PATH
            cxr completion pwsh | Out-String | Invoke-Expression
            (TabExpansion2 -inputScript {{Quoted(line)}} -cursorColumn {{line.Length}}).CompletionMatches.CompletionText
            """
        );
        Assert.Equal(offered, Sorted(await Run("pwsh", "-NoProfile", "-File", script)));
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string[] Sorted(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)];

    private static async Task<string> Run(string shell, params string[] arguments)
    {
        bool installed = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, shell)));
        Assert.SkipUnless(installed && !OperatingSystem.IsWindows(), $"{shell} is not installed.");
        using Process process = Process.Start(
            new ProcessStartInfo(shell, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            }
        )!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return await output;
    }
}
