using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>What an image network is made for.</summary>
/// <param name="Architecture">Which network it is.</param>
/// <param name="Channels">Input channels: 1 or 3.</param>
/// <param name="Classes">Number of labels K.</param>
/// <param name="BatchNormalization">Whether the optional batch normalisation is there.</param>
/// <param name="Dropout">What is applied before the head (between the blocks of Network in Network); null is no dropout.</param>
/// <param name="Random">What initial weights are drawn from.</param>
internal sealed record NetworkSettings(
    CnnArchitecture Architecture,
    int Channels,
    int Classes,
    bool BatchNormalization,
    SeededDropout? Dropout,
    Generator Random
);
