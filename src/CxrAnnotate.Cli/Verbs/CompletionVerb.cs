using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr completion</c>: scripts for completion in shells.</summary>
internal sealed class CompletionVerb : Verb
{
    private static readonly string[] Shells = ["bash", "zsh", "pwsh"];

    private readonly Argument<string> _shell = new Argument<string>("SHELL")
    {
        HelpName = string.Join('|', Shells),
        Description = "The shell.",
    }.AcceptOnlyFromAmong(Shells);

    internal CompletionVerb()
        : base(
            "completion",
            "Write the script by which a shell completes verbs, options and values of this tool when the tabulator key is pressed."
        ) => Add(_shell);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("bash: load it in ~/.bashrc by 'source <(cxr completion bash)'", "cxr completion bash"),
        new("zsh: load it in ~/.zshrc by 'source <(cxr completion zsh)'", "cxr completion zsh"),
        new("PowerShell: load it in $PROFILE by 'cxr completion pwsh | Out-String | Invoke-Expression'", "cxr completion pwsh"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string shell = parsed.GetRequiredValue(_shell),
            script = Script(shell);
        if (session.WantsJson)
            session.WriteJson(new { shell, script });
        else
            session.WriteText(script);
    }

    /// <summary>The script of a shell, with the line ends that it expects.</summary>
    private static string Script(string shell)
    {
        using Stream stream = typeof(CompletionVerb).Assembly.GetManifestResourceStream($"completion.{shell}")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
