namespace CxrAnnotate;

/// <summary>
/// Turns a stored grey image into the network's input: crop (augmented for training), standardisation to mean 0 and variance 1 over the crop,
/// channels. One channel is the standardised image; three are local contrast, standardised, standardised (docs/method.md, section 2.3: the authors'
/// YUV channels of a grey image amount to these, their third being amplified rounding noise). Networks with published weights fix their input instead
/// (<see cref="CnnArchitecture.InputChannels"/>).
/// </summary>
internal sealed class ImagePreparer(int height, int width, int size, int channels, bool oneGrey = false, bool standardizes = true)
{
    /// <summary>Height of the stored images.</summary>
    internal int Height { get; } = height;

    /// <summary>Width of the stored images.</summary>
    internal int Width { get; } = width;

    /// <summary>Height and width of the network's input.</summary>
    internal int Size { get; } = size;

    /// <summary>Channels of the network's input: 1 or 3.</summary>
    internal int Channels { get; } = channels;

    /// <summary>Whether all channels are the same grey image, rather than the library's forms of it.</summary>
    internal bool OneGrey { get; } = oneGrey;

    /// <summary>Whether each crop is brought to mean 0 and variance 1; otherwise black is -1 and white 1.</summary>
    internal bool Standardizes { get; } = standardizes;

    /// <summary>The number of values in a prepared image.</summary>
    internal int Length => Channels * Size * Size;

    /// <summary>The centre crop.</summary>
    internal void Prepare(ReadOnlySpan<float> image, Span<float> output) => Prepare(image, output, 0);

    /// <summary>One of five crops: the centre (0), or halfway from it to a corner (1 to 4).</summary>
    internal void Prepare(ReadOnlySpan<float> image, Span<float> output, int place)
    {
        Span<float> crop = output[..(Size * Size)];
        var (top, left) = Corner(place);
        for (int y = 0; y < Size; y++)
            image.Slice(((top + y) * Width) + left, Size).CopyTo(crop[(y * Size)..]);
        Finish(output);
    }

    /// <summary>The top left corner of one of the five crops.</summary>
    internal (int Top, int Left) Corner(int place) =>
        (
            place switch
            {
                0 => (Height - Size) / 2,
                1 or 2 => (Height - Size) / 4,
                _ => (Height - Size) * 3 / 4,
            },
            place switch
            {
                0 => (Width - Size) / 2,
                1 or 3 => (Width - Size) / 4,
                _ => (Width - Size) * 3 / 4,
            }
        );

    /// <summary>An augmented crop: the inverse of a random similarity transform, sampled bilinearly, then changes of the grey values.</summary>
    internal void Prepare(ReadOnlySpan<float> image, Span<float> output, AugmentationOptions options, Random random, bool mirror)
    {
        Span<float> crop = output[..(Size * Size)];
        double angle = Signed(random) * options.Rotation * Math.PI / 180;
        double scale = Math.Exp(Signed(random) * Math.Log(1 + options.Scale));
        double shiftY = Signed(random) * options.Shift * (Height - Size) / 2.0;
        double shiftX = Signed(random) * options.Shift * (Width - Size) / 2.0;
        double gamma = Math.Exp(Signed(random) * options.Gamma);
        double noise = random.NextDouble() * options.Noise;
        bool erase = random.NextDouble() < options.Erase;
        if (options.Rotation == 0 && options.Scale == 0)
        {
            // Shifts by whole pixels keep the noise texture of the crops at scoring time.
            shiftY = Math.Round(shiftY + (((Height - Size) & 1) / 2.0)) - (((Height - Size) & 1) / 2.0);
            shiftX = Math.Round(shiftX + (((Width - Size) & 1) / 2.0)) - (((Width - Size) & 1) / 2.0);
        }

        float cos = (float)(Math.Cos(angle) / scale);
        float sin = (float)(Math.Sin(angle) / scale);
        float middle = (Size - 1) / 2f;
        float centreY = (float)(((Height - 1) / 2.0) + shiftY);
        float centreX = (float)(((Width - 1) / 2.0) + shiftX);
        float direction = mirror ? -1 : 1;
        for (int y = 0; y < Size; y++)
        {
            float dy = y - middle;
            float dx = -middle * direction;
            float sourceY = centreY + (cos * dy) + (sin * dx);
            float sourceX = centreX + (cos * dx) - (sin * dy);
            for (int x = 0; x < Size; x++)
            {
                crop[(y * Size) + x] = Sample(image, sourceY, sourceX);
                sourceY += sin * direction;
                sourceX += cos * direction;
            }
        }

        if (options.Gamma > 0)
        {
            for (int i = 0; i < crop.Length; i++)
                crop[i] = MathF.Pow(crop[i], (float)gamma);
        }

        var (mean, deviation) = Finish(output);
        if (noise > 0)
            AddNoise(output, (float)noise * deviation, random);
        if (erase)
            Blank(output, mean, random);
    }

    private float Sample(ReadOnlySpan<float> image, float y, float x)
    {
        y = Math.Clamp(y, 0, Height - 1);
        x = Math.Clamp(x, 0, Width - 1);
        int y0 = Math.Min((int)y, Height - 2);
        int x0 = Math.Min((int)x, Width - 2);
        float fy = y - y0;
        float fx = x - x0;
        int at = (y0 * Width) + x0;
        float above = image[at] + (fx * (image[at + 1] - image[at]));
        float below = image[at + Width] + (fx * (image[at + Width + 1] - image[at + Width]));
        return above + (fy * (below - above));
    }

    /// <summary>Turns the crop in the first plane into the channels.</summary>
    /// <returns>The mean and the deviation of the finished grey image.</returns>
    private (float Mean, float Deviation) Finish(Span<float> output)
    {
        int plane = Size * Size;
        Span<float> grey = output[..plane];
        if (Channels == 3 && !OneGrey)
        {
            grey.CopyTo(output[plane..]);
            LocalContrast.Normalise(grey, Size, Size);
            grey = output.Slice(plane, plane);
        }

        var (mean, deviation) = Statistics(grey);
        if (Standardizes)
            Scale(grey, (float)mean, (float)(1 / Math.Max(deviation, 1e-3))); // a blank image stays blank
        else
            Scale(grey, 0.5f, 2);
        if (Channels == 3)
        {
            if (OneGrey)
                grey.CopyTo(output[plane..]);
            grey.CopyTo(output[(2 * plane)..]);
        }

        return Standardizes ? (0, 1) : ((float)(2 * (mean - 0.5)), (float)(2 * deviation));
    }

    private static (double Mean, double Deviation) Statistics(ReadOnlySpan<float> values)
    {
        double sum = 0;
        double squares = 0;
        foreach (float value in values)
        {
            sum += value;
            squares += (double)value * value;
        }

        double mean = sum / values.Length;
        return (mean, Math.Sqrt(Math.Max((squares / values.Length) - (mean * mean), 0)));
    }

    private static void Scale(Span<float> values, float shift, float factor)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (values[i] - shift) * factor;
    }

    private void AddNoise(Span<float> output, float deviation, Random random)
    {
        int plane = Size * Size;
        for (int i = 0; i < plane; i++)
        {
            // The sum of three uniform numbers is close enough to normal, and three times faster.
            float value = deviation * 2 * ((random.NextSingle() + random.NextSingle() + random.NextSingle()) - 1.5f);
            for (int channel = 0; channel < Channels; channel++)
                output[(channel * plane) + i] += value;
        }
    }

    private void Blank(Span<float> output, float value, Random random)
    {
        int height = random.Next(Size / 10, (Size * 2 / 5) + 1);
        int width = random.Next(Size / 10, (Size * 2 / 5) + 1);
        int top = random.Next(Size - height + 1);
        int left = random.Next(Size - width + 1);
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int y = top; y < top + height; y++)
                output.Slice((channel * Size * Size) + (y * Size) + left, width).Fill(value);
        }
    }

    private static double Signed(Random random) => (2 * random.NextDouble()) - 1;
}
