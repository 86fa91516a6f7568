using System.Reflection;
using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>A decoder of the platform: a shared library that is not part of the packages, and is looked for when it is first needed.</summary>
internal sealed class NativeCodec
{
    /// <summary>The name under which OpenJPEG's functions are declared; the resolver finds the file.</summary>
    internal const string OpenJpegName = "openjp2";

    private readonly string _coding;
    private readonly string _library;
    private readonly string _install;
    private readonly string _needed;
    private readonly string[] _files;
    private readonly Lazy<nint> _handle;

    static NativeCodec() => NativeLibrary.SetDllImportResolver(typeof(NativeCodec).Assembly, Resolve);

    /// <param name="coding">The compression.</param>
    /// <param name="library">The library and its version.</param>
    /// <param name="install">How it is installed.</param>
    /// <param name="needed">A function that an older version does not have.</param>
    /// <param name="files">The names of the file on the systems.</param>
    internal NativeCodec(string coding, string library, string install, string needed, string[] files)
    {
        _coding = coding;
        _library = library;
        _install = install;
        _needed = needed;
        _files = files;
        _handle = new Lazy<nint>(Find);
    }

    /// <summary>OpenJPEG 2.5 or newer: JPEG 2000 and HTJ2K. Older ones know neither HTJ2K nor the strict mode.</summary>
    internal static NativeCodec OpenJpeg { get; } =
        new(
            "JPEG 2000",
            "OpenJPEG 2.5",
            "Debian and Ubuntu: apt-get install libopenjp2-7; macOS: brew install openjpeg; Windows: openjp2.dll beside the program",
            "opj_decoder_set_strict_mode",
            ["libopenjp2.so.7", "openjp2.dll", "libopenjp2.7.dylib", "/opt/homebrew/lib/libopenjp2.7.dylib", "/usr/local/lib/libopenjp2.7.dylib"]
        );

    /// <summary>The loaded library; 0 if it is absent.</summary>
    internal nint Handle => _handle.Value;

    /// <summary>Whether the library is there.</summary>
    internal bool IsPresent => Handle != 0;

    /// <summary>Why a file of this coding cannot be read where the library is absent.</summary>
    internal string Missing => $"it is compressed by {_coding}, which {_library} decodes, and that is not installed ({_install})";

    /// <exception cref="InvalidDataException">The library is not there; the message says what to install.</exception>
    internal void Require()
    {
        if (!IsPresent)
            throw new InvalidDataException(ErrorCode.DecoderMissing.Message(Missing));
    }

    private nint Find()
    {
        foreach (string file in _files)
        {
            if (!NativeLibrary.TryLoad(file, typeof(NativeCodec).Assembly, null, out nint handle))
                continue;
            if (NativeLibrary.TryGetExport(handle, _needed, out _))
                return handle;
            NativeLibrary.Free(handle);
        }

        return 0;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == OpenJpegName ? OpenJpeg.Handle : 0;
}
