using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text;
using TorchSharp;

namespace CxrAnnotate.Tests;

/// <summary>
/// Finds the members of TorchSharp that let the garbage collector free what libtorch or .NET is reading just then (docs/adr/0009), in the compiled
/// code of the TorchSharp that is loaded.
/// <list type="bullet">
/// <item>What creates a <see cref="Scalar"/>: an object for a number, of which only the native handle is passed on.</item>
/// <item>What reads a tensor's memory by its address (the native THSTensor_data): the tensor may be gone before the last byte is read.</item>
/// <item>What calls such a member, or constructs a type that overrides a method by one.</item>
/// </list>
/// </summary>
internal sealed class TorchHazards
{
    private const string Number =
        "makes a number that the collector may free while libtorch reads it (docs/adr/0009): use HeldScalar, TensorValues.Number or WeightOptimizer";
    private const string Memory = "reads memory that the collector may free meanwhile (docs/adr/0009): use TensorValues";

    private readonly Dictionary<MethodBase, string> _reasons = [];

    internal TorchHazards(Assembly torchSharp)
    {
        MethodBase[] methods = [.. IntermediateLanguage.Methods(torchSharp)];
        ILookup<Type, MethodBase> byType = methods.ToLookup(m => m.DeclaringType!);
        var callers = new Dictionary<MethodBase, List<MethodBase>>();
        foreach (MethodBase method in methods)
        {
            foreach (MethodBase called in Uses(method, byType))
            {
                if (!callers.TryGetValue(called, out List<MethodBase>? of))
                    callers[called] = of = [];
                of.Add(method);
            }
        }

        Spread(methods.Where(MakesScalar), Number, callers);
        Spread(methods.Where(m => m.Name == "THSTensor_data"), Memory, callers);
    }

    /// <summary>Whether a member is one of them, and why.</summary>
    internal string? ReasonAgainst(MethodBase method) => _reasons.GetValueOrDefault(IntermediateLanguage.Declared(method));

    /// <summary>The lines of the list of banned symbols: all that code outside TorchSharp can name, in the form of documentation comments.</summary>
    internal IEnumerable<string> BannedSymbols() =>
        _reasons
            .Where(p => IsVisible(p.Key))
            .Select(p =>
                Property(p.Key) is { } property
                    ? $"P:{Name(property.DeclaringType!)}.{property.Name}{Parameters(property.GetIndexParameters())};{p.Value}"
                    : $"M:{Name(p.Key.DeclaringType!)}.{p.Key.Name.Replace('.', '#')}{Arity(p.Key)}"
                        + $"{Parameters(p.Key.GetParameters())}{Result(p.Key)};{p.Value}"
            )
            .Distinct()
            .Order(StringComparer.Ordinal);

    private void Spread(IEnumerable<MethodBase> roots, string reason, Dictionary<MethodBase, List<MethodBase>> callers)
    {
        var open = new Stack<MethodBase>(roots);
        while (open.TryPop(out MethodBase? method))
        {
            if (!_reasons.TryAdd(method, reason))
                continue;
            foreach (MethodBase caller in callers.GetValueOrDefault(method) ?? [])
                open.Push(caller);
        }
    }

    private static bool MakesScalar(MethodBase method) => method is MethodInfo { ReturnType: var type } && type == typeof(Scalar);

    /// <summary>
    /// What a method calls, hands on as a delegate, or brings about: the body of an iterator, and the overrides of a type that it constructs.
    /// </summary>
    private static IEnumerable<MethodBase> Uses(MethodBase method, ILookup<Type, MethodBase> byType)
    {
        foreach (var (code, member) in IntermediateLanguage.Read(method))
        {
            if (member is not MethodBase named)
                continue;
            MethodBase used = IntermediateLanguage.Declared(named);
            yield return used;
            if (code != OpCodes.Newobj)
                continue;
            bool generated = used.DeclaringType!.IsDefined(typeof(CompilerGeneratedAttribute));
            for (
                Type? type = used.DeclaringType;
                type is not null;
                type = type.BaseType is { IsGenericType: true } generic ? generic.GetGenericTypeDefinition() : type.BaseType
            )
            {
                foreach (MethodBase own in byType[type])
                {
                    if (own is MethodInfo { IsVirtual: true } && (generated ? own.Name == "MoveNext" : ((MethodInfo)own).GetBaseDefinition() != own))
                        yield return own;
                }
            }
        }
    }

    private static bool IsVisible(MethodBase method)
    {
        if (!(method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly))
            return false;
        for (Type? type = method.DeclaringType; type is not null; type = type.DeclaringType)
        {
            if (!(type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem))
                return false;
        }

        return true;
    }

    private static PropertyInfo? Property(MethodBase method) =>
        !method.IsSpecialName
            ? null
            : method
                .DeclaringType!.GetProperties(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly
                )
                .FirstOrDefault(p => p.GetMethod == method || p.SetMethod == method);

    private static string Arity(MethodBase method) => method.IsGenericMethodDefinition ? $"``{method.GetGenericArguments().Length}" : "";

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => Name(p.ParameterType)))})";

    private static string Result(MethodBase method) =>
        method is MethodInfo { Name: "op_Implicit" or "op_Explicit" } conversion ? $"~{Name(conversion.ReturnType)}" : "";

    /// <summary>A type as documentation comments name it.</summary>
    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!) + "@";
        if (type.IsPointer)
            return Name(type.GetElementType()!) + "*";
        if (type.IsArray)
            return Name(type.GetElementType()!)
                + (type.GetArrayRank() == 1 ? "[]" : $"[{string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()))}]");
        if (type.IsGenericParameter)
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        string name = definition.FullName!.Replace('+', '.');
        if (!type.IsGenericType || type.IsGenericTypeDefinition)
            return name;
        // Arguments stand at the part of the name that they belong to.
        var text = new StringBuilder();
        int taken = 0;
        foreach (string part in name.Split('.'))
        {
            int tick = part.IndexOf('`', StringComparison.Ordinal);
            int count = tick < 0 ? 0 : int.Parse(part[(tick + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            text.Append(text.Length > 0 ? "." : "").Append(tick < 0 ? part : part[..tick]);
            if (count > 0)
                text.Append('{').AppendJoin(',', type.GetGenericArguments().Skip(taken).Take(count).Select(Name)).Append('}');
            taken += count;
        }

        return text.ToString();
    }
}
