namespace CxrAnnotate;

/// <summary>The coding parameters of a JPEG-LS scan (ITU-T T.87, C.2.4.1.1); 0 is the default of each.</summary>
/// <param name="Highest">MAXVAL, the highest value of a sample.</param>
/// <param name="First">T1, where gradients of the first class begin.</param>
/// <param name="Second">T2.</param>
/// <param name="Third">T3.</param>
/// <param name="Reset">The number of samples after which the statistics of a context are halved.</param>
internal readonly record struct JpegLsPreset(int Highest, int First, int Second, int Third, int Reset)
{
    /// <summary>With the defaults for a sample of these values; null if the parameters contradict each other.</summary>
    internal JpegLsPreset? Complete(int highest, int near)
    {
        int max = Highest == 0 ? highest : Highest;
        if (max > highest || near > Math.Min(byte.MaxValue, max / 2))
            return null;
        int first,
            second,
            third;
        if (max >= 128)
        {
            int factor = (Math.Min(max, 4095) + 128) / 256;
            first = Clamp(factor + 2 + (3 * near), near + 1);
            second = Clamp((4 * factor) + 3 + (5 * near), first);
            third = Clamp((17 * factor) + 4 + (7 * near), second);
        }
        else
        {
            int factor = 256 / (max + 1);
            first = Clamp(Math.Max(2, (3 / factor) + (3 * near)), near + 1);
            second = Clamp(Math.Max(3, (7 / factor) + (5 * near)), first);
            third = Clamp(Math.Max(4, (21 / factor) + (7 * near)), second);
        }

        var whole = new JpegLsPreset(
            max,
            First == 0 ? first : First,
            Second == 0 ? second : Second,
            Third == 0 ? third : Third,
            Reset == 0 ? 64 : Reset
        );
        bool valid =
            near + 1 <= whole.First
            && whole.First <= whole.Second
            && whole.Second <= whole.Third
            && whole.Third <= max
            && whole.Reset >= 3
            && whole.Reset <= Math.Max(byte.MaxValue, max);
        return valid ? whole : null;

        int Clamp(int value, int least) => value > max || value < least ? least : value;
    }
}
