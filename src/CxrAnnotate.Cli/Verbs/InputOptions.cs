using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary>The options that name input files, the same for every verb that takes many files.</summary>
internal sealed class InputOptions
{
    private readonly Argument<string[]> _files;

    private readonly Option<bool> _recursive = new("--recursive")
    {
        Description = "Include subfolders. Each file is read once, even if several links lead to it.",
    };

    private readonly Option<bool> _null = new("--null", "-0")
    {
        Description = "Names on standard input are separated by NUL, as 'find -print0' writes them.",
    };

    internal InputOptions(Command verb, string description)
    {
        _files = new Argument<string[]>("FILE")
        {
            Description =
                $"{description}; - reads a list of them from standard input, one per line. Arguments after -- are names, even if they begin with -.",
            Arity = ArgumentArity.OneOrMore,
        };
        verb.Add(_files);
        verb.Add(_recursive);
        verb.Add(_null);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="all">Whether to return all files of a folder or only its images.</param>
    /// <param name="session">The verb's session.</param>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    internal ImageFiles Of(ParseResult parsed, bool all, Session session)
    {
        string[] named = parsed.GetRequiredValue(_files);
        int lists = named.Count(path => path == ImageFiles.StandardInput);
        if (lists > 1)
            throw new UsageException(ErrorCode.OptionConflict.Message("- stands for standard input, which can be read only once."));
        if (parsed.GetValue(_null) && lists == 0)
            throw new UsageException(ErrorCode.OptionConflict.Message("--null applies to names on standard input: give - as a FILE."));
        if (named.Contains(""))
            throw new UsageException(ErrorCode.CommandLine.Message("A FILE has an empty name."));
        return new ImageFiles(named, parsed.GetValue(_recursive), all, parsed.GetValue(_null), session.OpenInput, session);
    }
}
