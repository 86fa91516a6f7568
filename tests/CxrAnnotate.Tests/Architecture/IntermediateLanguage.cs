using System.Reflection;
using System.Reflection.Emit;

namespace CxrAnnotate.Tests;

/// <summary>The members that a method's compiled body names, in their order.</summary>
internal static class IntermediateLanguage
{
    private static readonly OpCode[] _single = new OpCode[256];
    private static readonly OpCode[] _double = new OpCode[256];

    static IntermediateLanguage()
    {
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? _single : _double)[code.Value & 0xFF] = code;
        }
    }

    internal static List<(OpCode Code, MemberInfo Member)> Read(MethodBase method)
    {
        var members = new List<(OpCode, MemberInfo)>();
        byte[] body = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[]? ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int at = 0; at < body.Length;)
        {
            OpCode code = body[at] == 0xFE ? _double[body[at + 1]] : _single[body[at]];
            at += code.Size;
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(body, at));
                    break;
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineType:
                    members.Add((code, method.Module.ResolveMember(BitConverter.ToInt32(body, at), ofType, ofMethod)!));
                    at += 4;
                    break;
                default:
                    at += 4;
                    break;
            }
        }

        return members;
    }

    /// <summary>Every method and constructor of an assembly.</summary>
    internal static IEnumerable<MethodBase> Methods(Assembly assembly)
    {
        const BindingFlags Own =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        return assembly.GetTypes().SelectMany(type => type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)));
    }

    /// <summary>The method as it is declared, whatever its type arguments are here.</summary>
    internal static MethodBase Declared(MethodBase method)
    {
        Type? type = method.DeclaringType;
        return
            method is { IsGenericMethod: true, IsGenericMethodDefinition: false } || type is { IsGenericType: true, IsGenericTypeDefinition: false }
            ? method.Module.ResolveMethod(method.MetadataToken)!
            : method;
    }
}
