using System.Text;

namespace CxrAnnotate;

/// <summary>Files that are there whole or not at all, whatever happens while they are written.</summary>
internal static class DurableFile
{
    /// <summary>Writes a text (UTF-8): aside first, flushed to the disk, then renamed into place.</summary>
    internal static void WriteText(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes likewise.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        string aside = path + ".new";
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
