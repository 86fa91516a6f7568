using System.Reflection;

namespace CxrAnnotate.Tests;

/// <summary>The assemblies of the library.</summary>
internal static class LibraryAssemblies
{
    /// <summary>The assembly above all others: catalog, stages, training.</summary>
    internal static Assembly Top { get; } = typeof(ChestXrayCatalog).Assembly;

    /// <summary>Those that it references.</summary>
    internal static IReadOnlyList<Assembly> Below { get; } =
    [
        .. Top.GetReferencedAssemblies()
            .Where(reference => reference.Name!.StartsWith("CxrAnnotate.", StringComparison.Ordinal))
            .Select(Assembly.Load),
    ];

    /// <summary>The public types of all of them.</summary>
    internal static IReadOnlyList<Type> PublicTypes { get; } =
    [
        .. Below.Prepend(Top).SelectMany(assembly => assembly.GetExportedTypes()),
    ];
}
