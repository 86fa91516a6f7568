namespace CxrAnnotate.Cli;

/// <summary>Saves what hours of training came to: where it was asked for, and where that fails, wherever it can be saved.</summary>
/// <param name="session">Asks a person, where there is one.</param>
/// <param name="fallback">Where to save it if nobody can be asked; null is a folder for temporary files.</param>
internal sealed class ModelKeeper(Session session, string? fallback)
{
    /// <summary>Saves a model.</summary>
    /// <param name="run">The folder that was asked for.</param>
    /// <param name="save">Saves it into the folder that it is given.</param>
    /// <returns>The folder: the one that was asked for, or the one that a person named instead.</returns>
    /// <exception cref="IOException">It could not be saved there; the message says where it is kept.</exception>
    internal string Save(string run, Action<string> save)
    {
        if (TrySave(run, save) is not { } failure)
            return run;
        session.Progress.Warn(failure.Message);
        while (session.Ask("The trained model is in memory. Folder to save it in instead (empty: a temporary one): ") is { Length: > 0 } answer)
        {
            try
            {
                OutputPath.ClaimFolder(answer, "The folder", SavedRun.IsOwn, "a trained run", force: false);
                if (TrySave(answer, save) is not { } again)
                    return answer;
                session.Progress.Warn(again.Message);
            }
            catch (UsageException e)
            {
                session.Progress.Warn(e.Message);
            }
        }

        foreach (
            string place in (string[])
                [.. fallback is null ? [] : (string[])[fallback], Path.Combine(Path.GetTempPath(), $"cxr-run-{Path.GetRandomFileName()}")]
        )
        {
            if (TrySave(place, save) is null)
                throw DurableFile.Failed(
                    $"The trained model could not be saved in '{run}'. It is kept in '{place}': move that folder to its final place.",
                    failure
                );
        }

        throw DurableFile.Failed(
            $"The trained model could not be saved in '{run}' nor anywhere else. Make room; where 'checkpoints' of that folder has some, the same "
                + $"command with --resume goes on from the last one.",
            failure
        );
    }

    private static Exception? TrySave(string folder, Action<string> save)
    {
        try
        {
            save(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
