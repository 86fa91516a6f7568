namespace CxrAnnotate.Cli;

/// <summary>Saves the model after hours of training: in the requested folder or, if that fails, anywhere else.</summary>
/// <param name="session">Asks the user, if there is one.</param>
/// <param name="fallback">Where to save it if nobody can be asked; null: a temporary folder.</param>
internal sealed class ModelKeeper(Session session, string? fallback)
{
    /// <summary>Saves a model.</summary>
    /// <param name="run">The requested folder.</param>
    /// <param name="save">Saves it into the given folder.</param>
    /// <returns>The folder: the requested one, or the one that the user named instead.</returns>
    /// <exception cref="IOException">It could not be saved there; the message names the folder in which it was saved.</exception>
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
            $"The trained model could not be saved in '{run}' nor anywhere else. Make room; if that folder has 'checkpoints', the same "
                + $"command with --resume continues from the last one.",
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
