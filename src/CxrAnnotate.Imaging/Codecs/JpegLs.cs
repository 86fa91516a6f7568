using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>JPEG-LS (ITU-T T.87), lossless and near-lossless, decoded by CharLS.</summary>
internal static unsafe partial class JpegLs
{
    private const int Planes = 0;

    internal static bool Looks(ReadOnlySpan<byte> start)
    {
        // Another JPEG has another frame; application data may precede it.
        for (int at = 2; start is [0xFF, 0xD8, 0xFF, ..] && at + 4 <= start.Length && start[at] == 0xFF;)
        {
            if (start[at + 1] == 0xF7)
                return true;
            if (start[at + 1] is not (0xF8 or 0xFE or (>= 0xE0 and <= 0xEF)))
                return false;
            at += 2 + (start[at + 2] << 8) + start[at + 3];
        }

        return false;
    }

    /// <summary>Decodes an image to little-endian samples, row-major, interleaved by pixel.</summary>
    /// <exception cref="InvalidDataException">It is damaged or too large, or CharLS is absent.</exception>
    internal static byte[] Decode(CodedImage image, ShapeCheck check)
    {
        NativeCodec.CharLs.Require();
        using Decoder decoder = Create();
        ReadOnlySpan<byte> data = image.Bytes.Span;
        fixed (byte* source = data)
        {
            Check(SetSource(decoder, source, (nuint)data.Length), image);
            Check(ReadHeader(decoder), image);
            Check(GetFrame(decoder, out Frame frame), image);
            Check(GetInterleaving(decoder, out int interleaving), image);
            image.Limits.CheckSize(frame.Width, frame.Height);
            var shape = new CodedShape((int)frame.Width, (int)frame.Height, frame.Components, frame.Bits, IsSigned: false);
            int bytes = check(shape);
            double size = (double)shape.Width * shape.Height * shape.Components * shape.SampleBytes;
            image.Limits.CheckMemory(size, $"for {shape.Components} components of {shape.Width} x {shape.Height} pixels");
            byte[] samples = GC.AllocateUninitializedArray<byte>((int)size);
            fixed (byte* target = samples)
                Check(DecodeTo(decoder, target, (nuint)samples.Length, 0), image);
            return interleaving == Planes && shape.Components > 1 || bytes != shape.SampleBytes
                ? Arrange(samples, shape, interleaving == Planes, bytes)
                : samples;
        }
    }

    /// <summary>Interleaves planes, and widens samples of one byte.</summary>
    private static byte[] Arrange(byte[] samples, CodedShape shape, bool planes, int bytes)
    {
        int pixels = shape.Width * shape.Height,
            own = shape.SampleBytes;
        byte[] arranged = new byte[(long)pixels * shape.Components * bytes];
        for (int component = 0; component < shape.Components; component++)
        {
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                int from = own * (planes ? (component * pixels) + pixel : (pixel * shape.Components) + component),
                    to = bytes * ((pixel * shape.Components) + component);
                arranged[to] = samples[from];
                if (own == 2)
                    arranged[to + 1] = samples[from + 1];
            }
        }

        return arranged;
    }

    private static void Check(int error, CodedImage image)
    {
        if (error != 0)
            throw image.Damaged($"its JPEG-LS data are truncated or damaged ({Marshal.PtrToStringUTF8(Message(error))?.TrimEnd('.')})");
    }

    /// <summary>charls_frame_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Frame
    {
        internal uint Width,
            Height;

        internal int Bits,
            Components;
    }

    private sealed class Decoder() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            Destroy(handle);
            return true;
        }
    }

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_create")]
    private static partial Decoder Create();

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_destroy")]
    private static partial void Destroy(nint decoder);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_set_source_buffer")]
    private static partial int SetSource(Decoder decoder, byte* source, nuint length);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_read_header")]
    private static partial int ReadHeader(Decoder decoder);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_get_frame_info")]
    private static partial int GetFrame(Decoder decoder, out Frame frame);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_get_interleave_mode")]
    private static partial int GetInterleaving(Decoder decoder, out int interleaving);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_jpegls_decoder_decode_to_buffer")]
    private static partial int DecodeTo(Decoder decoder, byte* target, nuint length, uint stride);

    [LibraryImport(NativeCodec.CharLsName, EntryPoint = "charls_get_error_message")]
    private static partial nint Message(int error);
}
