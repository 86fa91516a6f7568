using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Messages to the log of an <see cref="MLContext"/> (its <see cref="MLContext.Log"/> event).</summary>
internal static class StageLog
{
    internal static void Info(MLContext context, string stage, string message)
    {
        using IChannel channel = ((IChannelProvider)context).Start(stage);
        channel.Info(MessageSensitivity.None, message);
    }

    internal static void Warn(MLContext context, string stage, string message)
    {
        using IChannel channel = ((IChannelProvider)context).Start(stage);
        channel.Warning(MessageSensitivity.None, message);
    }
}
