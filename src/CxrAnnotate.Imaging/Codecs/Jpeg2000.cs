using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>JPEG 2000 (ITU-T T.800), with the block coder of HTJ2K (T.814), decoded by OpenJPEG.</summary>
internal static unsafe partial class Jpeg2000
{
    /// <summary>The decoder's image and that of a tile, four bytes a sample each.</summary>
    private const int BytesPerSample = 8;

    private const int CodestreamFormat = 0,
        FileFormat = 2;

    /// <summary>More than opj_dparameters_t has: two paths of 4,096 characters and some numbers.</summary>
    private const int ParameterBytes = 1 << 14;

    private const int StreamBuffer = 1 << 16;

    /// <summary>
    /// Whether HTJ2K is decoded: the switch CxrAnnotate.DecodesHighThroughputJpeg2000 of <see cref="AppContext"/>, or CXR_HTJ2K=1 in the environment.
    /// Off by default: some builds of OpenJPEG assert in that decoder, and an assertion ends the process.
    /// </summary>
    internal static bool DecodesHighThroughput =>
        AppContext.TryGetSwitch("CxrAnnotate.DecodesHighThroughputJpeg2000", out bool isOn)
            ? isOn
            : Environment.GetEnvironmentVariable("CXR_HTJ2K") == "1";

    /// <summary>Whether the bytes begin as a codestream or as a JP2 file.</summary>
    internal static bool Looks(ReadOnlySpan<byte> start) => IsCodestream(start) || IsFile(start);

    /// <summary>Decodes an image to little-endian samples, row-major, interleaved by pixel.</summary>
    /// <exception cref="InvalidDataException">It is damaged or too large, or OpenJPEG is absent.</exception>
    internal static byte[] Decode(CodedImage image, ShapeCheck check)
    {
        NativeCodec.OpenJpeg.Require();
        // The decoder allocates by the header, so that this is read first.
        var structure = Jpeg2000Structure.Of(image);
        int bytes = check(structure.Shape);
        image.Limits.CheckMemory(
            BytesPerSample * (double)structure.Shape.Width * structure.Shape.Height * structure.Shape.Components,
            $"for {structure.Shape.Components} components of {structure.Shape.Width} x {structure.Shape.Height} pixels"
        );
        var said = new List<string>();
        GCHandle handle = GCHandle.Alloc(said);
        try
        {
            ReadOnlySpan<byte> data = image.Bytes.Span;
            fixed (byte* bytesOfData = data)
            {
                var source = new Source { Bytes = bytesOfData, Length = data.Length };
                using Codec codec = CreateDecoder(IsFile(data) ? FileFormat : CodestreamFormat);
                using Stream stream = OpenStream(&source);
                byte* parameters = stackalloc byte[ParameterBytes];
                SetDefaults(parameters);
                SetErrorHandler(codec, &Note, GCHandle.ToIntPtr(handle));
                // Strict: a codestream that ends early is an error, not a picture that is partly grey.
                if (SetUp(codec, parameters) == 0 || SetStrict(codec, 1) == 0 || ReadHeader(stream, codec, out Picture picture) == 0)
                    throw Failure(image, said);
                using (picture)
                {
                    if (DecodeImage(codec, stream, picture) == 0 || EndDecoding(codec, stream) == 0)
                        throw Failure(image, said);
                    return Samples(image, picture, structure.Shape, bytes);
                }
            }
        }
        finally
        {
            handle.Free();
        }
    }

    internal static bool IsCodestream(ReadOnlySpan<byte> start) => start is [0xFF, 0x4F, 0xFF, 0x51, ..];

    private static bool IsFile(ReadOnlySpan<byte> start) =>
        start is [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', 0x0D, 0x0A, 0x87, 0x0A, ..];

    private static byte[] Samples(CodedImage image, Picture picture, CodedShape shape, int bytes)
    {
        Image decoded = *(Image*)picture.DangerousGetHandle();
        var components = new ReadOnlySpan<Component>(decoded.Components, (int)decoded.Count);
        if (components.Length != shape.Components)
            throw image.Damaged($"its JPEG 2000 data have {components.Length} components, and their header says {shape.Components}");
        long pixels = (long)shape.Width * shape.Height;
        byte[] samples = GC.AllocateUninitializedArray<byte>(checked((int)(pixels * components.Length * bytes)));
        for (int c = 0; c < components.Length; c++)
        {
            if (components[c].Width != shape.Width || components[c].Height != shape.Height || components[c].Data is null)
                throw image.Damaged("its JPEG 2000 data are truncated or damaged (a component is missing)");
            var plane = new ReadOnlySpan<int>(components[c].Data, (int)pixels);
            int step = components.Length * bytes,
                at = c * bytes;
            if (bytes == 1)
            {
                for (int i = 0; i < plane.Length; i++, at += step)
                    samples[at] = (byte)plane[i];
            }
            else
            {
                for (int i = 0; i < plane.Length; i++, at += step)
                    (samples[at], samples[at + 1]) = ((byte)plane[i], (byte)(plane[i] >> 8));
            }
        }

        return samples;
    }

    private static InvalidDataException Failure(CodedImage image, List<string> said) =>
        image.Damaged($"its JPEG 2000 data are truncated or damaged ({said.FirstOrDefault() ?? "no reason given"})");

    private static Stream OpenStream(Source* source)
    {
        Stream stream = CreateStream(StreamBuffer, 1);
        SetUserData(stream, source, null);
        SetLength(stream, (ulong)source->Length);
        SetRead(stream, &Read);
        SetSkip(stream, &Skip);
        SetSeek(stream, &Seek);
        return stream;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Read(byte* into, nuint count, Source* source)
    {
        long read = Math.Min((long)Math.Min(count, int.MaxValue), source->Length - source->At);
        if (read <= 0)
            return nuint.MaxValue;
        new ReadOnlySpan<byte>(source->Bytes + source->At, (int)read).CopyTo(new Span<byte>(into, (int)read));
        source->At += read;
        return (nuint)read;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long count, Source* source)
    {
        long skipped = Math.Min(count, source->Length - source->At);
        if (skipped < 0 || (skipped == 0 && count > 0))
            return -1;
        source->At += skipped;
        return skipped;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Seek(long to, Source* source)
    {
        if (to < 0 || to > source->Length)
            return 0;
        source->At = to;
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Note(byte* message, nint said)
    {
        if (GCHandle.FromIntPtr(said).Target is List<string> { Count: 0 } messages && Marshal.PtrToStringUTF8((nint)message) is { } text)
            messages.Add(text.Trim().TrimEnd('.'));
    }

    /// <summary>The compressed bytes, and how far they are read.</summary>
    private struct Source
    {
        internal byte* Bytes;

        internal long Length,
            At;
    }

    /// <summary>opj_image_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        internal uint Left,
            Top,
            Right,
            Bottom,
            Count;

        internal int ColourSpace;

        internal Component* Components;

        internal byte* Profile;

        internal uint ProfileLength;
    }

    /// <summary>opj_image_comp_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Component
    {
        internal uint Across,
            Down,
            Width,
            Height,
            Left,
            Top,
            Precision,
            BitsPerPixel,
            IsSigned,
            Resolutions,
            Factor;

        internal int* Data;

        internal ushort Alpha;
    }

    private sealed class Codec() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            DestroyCodec(handle);
            return true;
        }
    }

    private sealed class Stream() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            DestroyStream(handle);
            return true;
        }
    }

    private sealed class Picture() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            DestroyImage(handle);
            return true;
        }
    }

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_create_decompress")]
    private static partial Codec CreateDecoder(int format);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_destroy_codec")]
    private static partial void DestroyCodec(nint codec);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_set_error_handler")]
    private static partial int SetErrorHandler(Codec codec, delegate* unmanaged[Cdecl]<byte*, nint, void> note, nint said);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_set_default_decoder_parameters")]
    private static partial void SetDefaults(byte* parameters);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_setup_decoder")]
    private static partial int SetUp(Codec codec, byte* parameters);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_decoder_set_strict_mode")]
    private static partial int SetStrict(Codec codec, int strict);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_read_header")]
    private static partial int ReadHeader(Stream stream, Codec codec, out Picture image);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_decode")]
    private static partial int DecodeImage(Codec codec, Stream stream, Picture image);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_end_decompress")]
    private static partial int EndDecoding(Codec codec, Stream stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_image_destroy")]
    private static partial void DestroyImage(nint image);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_create")]
    private static partial Stream CreateStream(nuint buffer, int isInput);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_destroy")]
    private static partial void DestroyStream(nint stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_user_data")]
    private static partial void SetUserData(Stream stream, Source* source, delegate* unmanaged[Cdecl]<Source*, void> free);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_user_data_length")]
    private static partial void SetLength(Stream stream, ulong length);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_read_function")]
    private static partial void SetRead(Stream stream, delegate* unmanaged[Cdecl]<byte*, nuint, Source*, nuint> read);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_skip_function")]
    private static partial void SetSkip(Stream stream, delegate* unmanaged[Cdecl]<long, Source*, long> skip);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_seek_function")]
    private static partial void SetSeek(Stream stream, delegate* unmanaged[Cdecl]<long, Source*, int> seek);
}
