namespace CxrAnnotate;

/// <summary>An image that is decoded from top to bottom, as grey values in [0, 1].</summary>
internal interface IGreyRows
{
    int Width { get; }

    int Height { get; }

    /// <summary>Reads the next rows.</summary>
    /// <param name="first">The first row: the one after the last row read.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="grey">Receives count * Width values, row-major.</param>
    void Read(int first, int count, Span<float> grey);
}
