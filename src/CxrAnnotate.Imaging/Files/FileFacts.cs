using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CxrAnnotate;

/// <summary>The identity of a file or folder, whatever its name.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Number);

/// <summary>The facts about a path, found without opening it.</summary>
/// <param name="Kind">The kind of object, after following all links.</param>
/// <param name="IsLink">Whether the path itself is a symbolic link.</param>
/// <param name="Identity">The identity, the same for all names and links of one file or folder.</param>
/// <param name="Problem">Why it cannot be read as a file, after the code of the cause; null if it can.</param>
internal readonly partial record struct FileFacts(FileKind Kind, bool IsLink, FileIdentity Identity, string? Problem)
{
    /// <summary>The problem of a path to a FIFO, a socket or a device.</summary>
    internal static readonly string SpecialProblem = ErrorCode.ImageNotAFile.Message("it is a FIFO, a socket or a device, not a file");

    private const int PermissionDenied = 13,
        NameTooLong = 36,
        NotImplemented = 38,
        TooManyLinks = 40,
        OperationNotPermitted = 1;
    private const int TypeMask = 0xF000,
        Link = 0xA000,
        Regular = 0x8000,
        Directory = 0x4000;

    /// <summary>.NET has no call that distinguishes a FIFO from a file, and none for the inode; without the system's call, less is known.</summary>
    private static volatile bool _hasStatx = OperatingSystem.IsLinux();

    internal static FileFacts Of(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            return new(FileKind.Missing, false, default, ErrorCode.ImageNotReadable.Message("its name contains an invalid character"));
        return _hasStatx && OfLinux(path) is { } facts ? facts : OfRuntime(path);
    }

    /// <summary>Rejects special files before they are opened: opening a FIFO without a writer does not return.</summary>
    /// <exception cref="InvalidDataException">It is a FIFO, a socket or a device.</exception>
    internal static void RequireNotSpecial(string path)
    {
        if (Of(path).Kind == FileKind.Special)
            throw new InvalidDataException(SpecialProblem);
    }

    /// <returns>Null if this system has no such call.</returns>
    private static FileFacts? OfLinux(string path)
    {
        int error = Statx(path, followLinks: false, out Status status);
        bool link = error == 0 && (status.Mode & TypeMask) == Link;
        if (link)
            error = Statx(path, followLinks: true, out status);
        if (error is NotImplemented or OperationNotPermitted)
        {
            _hasStatx = false;
            return null;
        }

        if (error != 0)
            return new(FileKind.Missing, link, default, ProblemOf(error, path, link));
        FileKind kind = (status.Mode & TypeMask) switch
        {
            Regular => FileKind.File,
            Directory => FileKind.Folder,
            _ => FileKind.Special,
        };
        // Some network file systems have no file numbers.
        return new(
            kind,
            link,
            status.Inode != 0 ? new((ulong)status.DeviceMajor << 32 | status.DeviceMinor, status.Inode) : OfPath(path, kind),
            kind == FileKind.Special ? SpecialProblem : null
        );
    }

    private static FileFacts OfRuntime(string path)
    {
        bool folder = System.IO.Directory.Exists(path);
        FileSystemInfo info = folder ? new DirectoryInfo(path) : new FileInfo(path);
        bool link = info.LinkTarget is not null;
        FileKind kind =
            folder ? FileKind.Folder
            : System.IO.File.Exists(path) ? FileKind.File
            : FileKind.Missing;
        return new(kind, link, kind == FileKind.Missing ? default : OfPath(path, kind), kind == FileKind.Missing ? ProblemOf(0, path, link) : null);
    }

    private static string ProblemOf(int error, string path, bool link) =>
        error switch
        {
            PermissionDenied => ErrorCode.ImageNotReadable.Message("permission is denied"),
            NameTooLong => ErrorCode.ImageNotReadable.Message("its path is too long"),
            TooManyLinks => ErrorCode.ImageNotReadable.Message("it is a link that leads to itself"),
            _ when link => ErrorCode.ImageNotFound.Message("it is a link to nothing"),
            // A name that .NET decodes from invalid UTF-8 does not lead to a file.
            _ when path.Contains('\uFFFD', StringComparison.Ordinal) => ErrorCode.ImageNotReadable.Message("its name is not valid UTF-8; rename it"),
            _ when RadiographFile.IsUrl(path) => ErrorCode.ImageIsUrl.Message(
                "it is a URL, and URLs are not read; download the image, and give its path"
            ),
            _ => ErrorCode.ImageNotFound.Message("there is no such file"),
        };

    /// <summary>An identity from the path after following links.</summary>
    private static FileIdentity OfPath(string path, FileKind kind)
    {
        FileSystemInfo info = kind == FileKind.Folder ? new DirectoryInfo(path) : new FileInfo(path);
        string place = Path.TrimEndingDirectorySeparator((info.ResolveLinkTarget(returnFinalTarget: true) ?? info).FullName);
        byte[] sum = SHA256.HashData(Encoding.UTF8.GetBytes(place));
        return new(BinaryPrimitives.ReadUInt64LittleEndian(sum), BinaryPrimitives.ReadUInt64LittleEndian(sum.AsSpan(8)));
    }

    /// <returns>0, or the error number.</returns>
    private static int Statx(string path, bool followLinks, out Status status)
    {
        const int WorkingFolder = -100,
            NoFollow = 0x100;
        const uint TypeAndInode = 0x101;
        try
        {
            return Statx(WorkingFolder, path, followLinks ? 0 : NoFollow, TypeAndInode, out status) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            status = default;
            return NotImplemented;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Status status);

    /// <summary>The kernel's struct statx, the same on every architecture; unused fields are left out.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        internal ushort Mode;

        [FieldOffset(32)]
        internal ulong Inode;

        [FieldOffset(136)]
        internal uint DeviceMajor;

        [FieldOffset(140)]
        internal uint DeviceMinor;
    }
}
