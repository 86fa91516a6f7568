using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CxrAnnotate.Tests;

/// <summary>Encodes JPEG 2000 by OpenJPEG and JPEG-LS by CharLS; tests that need one that is absent are skipped.</summary>
internal static unsafe partial class TestCodecs
{
    private const string CharLsName = "charls",
        Skipped = "is not installed (./build.sh setup and test install it on Debian and Ubuntu).";

    private static NativeCodec CharLs { get; } =
        new("JPEG-LS", "CharLS 2", "", "charls_jpegls_encoder_create", ["libcharls.so.2", "charls-2-x64.dll"]);

    // Places in opj_cparameters_t where pointers have eight bytes.
    private const int ParameterBytes = 1 << 15,
        DistortionIsAllocated = 20,
        Layers = 4796,
        Rates = 4800,
        Resolutions = 5600,
        IsIrreversible = 5616,
        ColourTransform = 18_698;

    static TestCodecs() =>
        NativeLibrary.SetDllImportResolver(
            typeof(TestCodecs).Assembly,
            (name, _, _) =>
                name == NativeCodec.OpenJpegName ? NativeCodec.OpenJpeg.Handle
                : name == CharLsName ? CharLs.Handle
                : 0
        );

    internal static void RequireOpenJpeg() => Assert.SkipUnless(NativeCodec.OpenJpeg.IsPresent, $"OpenJPEG 2.5 (libopenjp2-7) {Skipped}");

    internal static void RequireCharLs() => Assert.SkipUnless(CharLs.IsPresent, $"CharLS 2 (libcharls2) {Skipped}");

    /// <summary>Whether JPEG-LS can be encoded.</summary>
    internal static bool EncodesJpegLs => CharLs.IsPresent;

    /// <summary>Whether a transfer syntax has a decoder here.</summary>
    internal static bool Decodes(string syntax) =>
        syntax is DicomWriter.JpegLs or DicomWriter.JpegLsNear || (NativeCodec.OpenJpeg.IsPresent && DicomCodecs.Find(syntax) is not null);

    /// <summary>A JPEG-LS image.</summary>
    /// <param name="words">Samples, row-major, interleaved by pixel.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="samples">Samples of a pixel.</param>
    /// <param name="bits">Bits of a sample.</param>
    /// <param name="near">The largest error.</param>
    /// <param name="interleaving">0 by planes, 1 by rows, 2 by pixels.</param>
    internal static byte[] JpegLs(int[] words, int columns, int rows, int samples, int bits, int near = 0, int interleaving = 0)
    {
        int[] ordered =
            samples > 1 && interleaving == 0 ? [.. Enumerable.Range(0, samples).SelectMany(s => words.Where((_, i) => i % samples == s))] : words;
        byte[] source = bits > 8 ? [.. ordered.SelectMany(w => new[] { (byte)w, (byte)(w >> 8) })] : [.. ordered.Select(w => (byte)w)];
        byte[] target = new byte[(4 * source.Length) + 4096];
        nint encoder = CreateEncoder();
        try
        {
            fixed (
                byte* from = source,
                    to = target
            )
            {
                Frame frame = new()
                {
                    Width = columns,
                    Height = rows,
                    Bits = bits,
                    Components = samples,
                };
                Assert.Equal(0, SetFrame(encoder, in frame));
                Assert.Equal(0, SetNear(encoder, near));
                Assert.Equal(0, SetInterleaving(encoder, samples == 1 ? 0 : interleaving));
                Assert.Equal(0, SetTarget(encoder, to, (nuint)target.Length));
                Assert.Equal(0, Encode(encoder, from, (nuint)source.Length, 0));
                Assert.Equal(0, BytesWritten(encoder, out nuint written));
                return target[..(int)written];
            }
        }
        finally
        {
            DestroyEncoder(encoder);
        }
    }

    /// <summary>A JPEG 2000 codestream, or a file of one.</summary>
    /// <param name="words">Samples, row-major, interleaved by pixel.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="samples">Samples of a pixel.</param>
    /// <param name="bits">Bits of a sample.</param>
    /// <param name="signed">Whether samples are signed.</param>
    /// <param name="rate">How many times smaller than the samples; 0: lossless.</param>
    /// <param name="transform">Whether colours are transformed.</param>
    /// <param name="isFile">Whether it is wrapped in boxes.</param>
    internal static byte[] Jpeg2000(
        int[] words,
        int columns,
        int rows,
        int samples,
        int bits,
        bool signed = false,
        float rate = 0,
        bool transform = false,
        bool isFile = false
    )
    {
        uint[] shape = [1, 1, (uint)columns, (uint)rows, 0, 0, (uint)bits, (uint)bits, signed ? 1u : 0];
        uint[] shapes = [.. Enumerable.Range(0, samples).SelectMany(_ => shape)];
        var target = new Target { Bytes = (byte*)NativeMemory.Alloc((nuint)((8 * words.Length) + 8192)) };
        byte* parameters = (byte*)NativeMemory.AllocZeroed(ParameterBytes);
        nint codec = CreateCompressor(isFile ? 2 : 0),
            stream = CreateStream(1 << 16, 0);
        try
        {
            fixed (uint* given = shapes)
            {
                nint image = CreateImage((uint)samples, given, samples == 3 ? 1 : 2);
                uint* corners = (uint*)image;
                (corners[0], corners[1], corners[2], corners[3]) = (0, 0, (uint)columns, (uint)rows);
                byte* components = *(byte**)(image + 24);
                for (int s = 0; s < samples; s++)
                {
                    int* data = *(int**)(components + (64 * s) + 48);
                    for (int i = 0; i < columns * rows; i++)
                        data[i] = words[(i * samples) + s];
                }

                SetDefaults(parameters);
                *(int*)(parameters + DistortionIsAllocated) = 1;
                *(int*)(parameters + Layers) = 1;
                *(float*)(parameters + Rates) = rate;
                *(int*)(parameters + IsIrreversible) = rate > 0 ? 1 : 0;
                *(int*)(parameters + Resolutions) = Math.Min(columns, rows) < 32 ? 2 : 5;
                parameters[ColourTransform] = (byte)(transform ? 1 : 0);
                Assert.Equal(1, SetUp(codec, parameters, image));
                SetUserData(stream, &target, 0);
                SetWrite(stream, &Write);
                SetSkip(stream, &Skip);
                SetSeek(stream, &Seek);
                Assert.True(Start(codec, image, stream) == 1 && Compress(codec, stream) == 1 && End(codec, stream) == 1);
                DestroyImage(image);
            }

            return new ReadOnlySpan<byte>(target.Bytes, (int)target.Length).ToArray();
        }
        finally
        {
            DestroyStream(stream);
            DestroyCodec(codec);
            NativeMemory.Free(parameters);
            NativeMemory.Free(target.Bytes);
        }
    }

    /// <summary>Finds a marker in the main header.</summary>
    internal static int Marker(ReadOnlySpan<byte> codestream, byte marker)
    {
        for (int at = 2; codestream[at] == 0xFF && codestream[at + 1] != 0x90; at += 2 + BinaryPrimitives.ReadUInt16BigEndian(codestream[(at + 2)..]))
        {
            if (codestream[at + 1] == marker)
                return at;
        }

        throw new InvalidOperationException($"there is no marker FF{marker:X2}");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Write(byte* from, nuint count, Target* target)
    {
        NativeMemory.Copy(from, target->Bytes + target->At, count);
        target->At += (long)count;
        target->Length = Math.Max(target->Length, target->At);
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long count, Target* target)
    {
        target->At += count;
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Seek(long to, Target* target)
    {
        target->At = to;
        return 1;
    }

    private struct Target
    {
        internal byte* Bytes;
        internal long At,
            Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Frame
    {
        internal int Width,
            Height,
            Bits,
            Components;
    }

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_create")]
    private static partial nint CreateEncoder();

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_destroy")]
    private static partial void DestroyEncoder(nint encoder);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_set_frame_info")]
    private static partial int SetFrame(nint encoder, in Frame frame);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_set_near_lossless")]
    private static partial int SetNear(nint encoder, int near);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_set_interleave_mode")]
    private static partial int SetInterleaving(nint encoder, int mode);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_set_destination_buffer")]
    private static partial int SetTarget(nint encoder, byte* target, nuint length);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_encode_from_buffer")]
    private static partial int Encode(nint encoder, byte* source, nuint length, uint stride);

    [LibraryImport(CharLsName, EntryPoint = "charls_jpegls_encoder_get_bytes_written")]
    private static partial int BytesWritten(nint encoder, out nuint written);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_create_compress")]
    private static partial nint CreateCompressor(int format);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_destroy_codec")]
    private static partial void DestroyCodec(nint codec);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_image_create")]
    private static partial nint CreateImage(uint components, uint* shapes, int colourSpace);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_image_destroy")]
    private static partial void DestroyImage(nint image);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_set_default_encoder_parameters")]
    private static partial void SetDefaults(byte* parameters);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_setup_encoder")]
    private static partial int SetUp(nint codec, byte* parameters, nint image);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_start_compress")]
    private static partial int Start(nint codec, nint image, nint stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_encode")]
    private static partial int Compress(nint codec, nint stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_end_compress")]
    private static partial int End(nint codec, nint stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_create")]
    private static partial nint CreateStream(nuint buffer, int isInput);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_destroy")]
    private static partial void DestroyStream(nint stream);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_user_data")]
    private static partial void SetUserData(nint stream, Target* target, nint free);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_write_function")]
    private static partial void SetWrite(nint stream, delegate* unmanaged[Cdecl]<byte*, nuint, Target*, nuint> write);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_skip_function")]
    private static partial void SetSkip(nint stream, delegate* unmanaged[Cdecl]<long, Target*, long> skip);

    [LibraryImport(NativeCodec.OpenJpegName, EntryPoint = "opj_stream_set_seek_function")]
    private static partial void SetSeek(nint stream, delegate* unmanaged[Cdecl]<long, Target*, int> seek);
}
