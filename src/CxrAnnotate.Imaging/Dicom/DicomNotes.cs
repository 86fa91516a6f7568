namespace CxrAnnotate;

/// <summary>
/// What a file says wrong and is read nevertheless, because it has one sane reading: a sentence for each, which names the attribute and what was
/// taken. A strict reading refuses such a file at the first of them. The sentences quote no attribute that may name a patient.
/// </summary>
internal sealed class DicomNotes(bool strict)
{
    private const int Most = 32;

    private readonly List<string> _all = [];

    /// <summary>The deviations and what was taken, as phrases that can follow the file's name, without repetitions.</summary>
    internal IReadOnlyList<string> All => _all;

    /// <summary>Notes a deviation.</summary>
    /// <param name="wrong">What is wrong, as a phrase that can follow the file's name: the message of a strict reading.</param>
    /// <param name="taken">What is done instead.</param>
    /// <param name="code">The code of a strict reading.</param>
    /// <exception cref="InvalidDataException">The reading is strict.</exception>
    internal void Deviates(string wrong, string taken, ErrorCode code = ErrorCode.DicomAttribute)
    {
        if (strict)
            throw new InvalidDataException(code.Message(wrong));
        string note = $"{wrong}: {taken}";
        if (_all.Count < Most && !_all.Contains(note))
            _all.Add(note);
    }

    /// <summary>Whether a deviation may be tolerated at all; a strict reading refuses it with its own message.</summary>
    internal bool Tolerates => !strict;

    /// <summary>Notes of one more attempt at the same file, which begin with these.</summary>
    internal DicomNotes Again()
    {
        var again = new DicomNotes(strict);
        again._all.AddRange(_all);
        return again;
    }

    /// <summary>The same as sentences.</summary>
    internal IReadOnlyList<string> Sentences => [.. _all.Select(phrase => $"{char.ToUpperInvariant(phrase[0])}{phrase.AsSpan(1)}.")];
}
