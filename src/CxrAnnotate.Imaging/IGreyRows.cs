namespace CxrAnnotate;

/// <summary>An image that is decoded from the top down, as grey values in [0, 1].</summary>
internal interface IGreyRows
{
    int Width { get; }

    int Height { get; }

    /// <summary>The next rows, in order.</summary>
    /// <param name="first">The first row: the one after the last that was read.</param>
    /// <param name="count">How many.</param>
    /// <param name="grey">Takes count * Width values, row-major.</param>
    void Read(int first, int count, Span<float> grey);
}
