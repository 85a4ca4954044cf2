using System.Runtime.Loader;
using Answer = System.Func<string, object?[], object?>;

namespace Pilotlight.RuntimeSupport;

/// <summary>
/// Implementations of the interfaces of the function's own Amazon.Lambda.Core, in whatever version it has. Every member asks one delegate.
/// </summary>
static class Shape
{
    static readonly Dictionary<Type, Func<Answer, object>> s_made = [];

    /// <summary>A function that makes instances which answer through the delegate it is given.</summary>
    public static Func<Answer, object> Of(Type shape, Func<string, bool> isKnown)
    {
        lock (s_made)
        {
            if (!s_made.TryGetValue(shape, out var make)) s_made.Add(shape, make = Known(shape) ?? MadeShape.Of(shape, isKnown));
            return make;
        }
    }

    /// <summary>The implementation made ahead of time, where it fits the function's version of the interface; null where it does not.</summary>
    static Func<Answer, object>? Known(Type shape)
    {
        if (shape.FullName is not (HandlerLoader.ContextType or "Amazon.Lambda.Core.ILambdaLogger")) return null;
        try
        {
            var path = Path.Combine(Path.GetDirectoryName(typeof(Shape).Assembly.Location)!, "Pilotlight.RuntimeSupport.Known.dll");
            var type = AssemblyLoadContext.Default.LoadFromAssemblyPath(path).GetType($"Pilotlight.RuntimeSupport.Known.{shape.Name.Replace("ILambda", "")}")!;
            if (!shape.IsAssignableFrom(type)) return null;
            var constructor = type.GetConstructor([typeof(Answer)])!;
            return answer => constructor.Invoke([answer]);
        }
        // The interface has a member that ours does not, or lacks a type that ours names.
        catch (Exception unfit) when (unfit is TypeLoadException or IOException or BadImageFormatException)
        {
            return null;
        }
    }
}
