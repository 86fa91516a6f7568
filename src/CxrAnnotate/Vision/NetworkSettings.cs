using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The parameters of an image network.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Channels">Input channels: 1 or 3.</param>
/// <param name="Classes">Number of labels K.</param>
/// <param name="BatchNormalization">Whether to use the optional batch normalisation.</param>
/// <param name="Dropout">Applied before the head (between the blocks of Network in Network); null for no dropout.</param>
/// <param name="Random">The generator of the initial weights.</param>
internal sealed record NetworkSettings(
    CnnArchitecture Architecture,
    int Channels,
    int Classes,
    bool BatchNormalization,
    SeededDropout? Dropout,
    Generator Random
);
