using System.Reflection;

namespace Pilotlight.RuntimeSupport;

/// <summary>
/// The static LambdaLogger of Amazon.Lambda.Core writes through private fields that AWS's runtime fills, under names that the library promises to
/// keep. They are filled when the function's copy of it is loaded.
/// </summary>
static class LambdaLoggerFields
{
    const string CoreAssembly = "Amazon.Lambda.Core";

    public static void Watch(FunctionLog log)
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Fill(loaded.LoadedAssembly, log);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies()) Fill(assembly, log);
    }

    static void Fill(Assembly assembly, FunctionLog log)
    {
        if (assembly.GetName().Name != CoreAssembly || assembly.GetType("Amazon.Lambda.Core.LambdaLogger") is not { } type) return;
        Set(type, "_loggingAction", (Action<string>)(message => log.Write(null, null, message, [])));
        Set(type, "_loggingWithLevelAction", (Action<string, string, object[]>)((level, message, arguments) => log.Write(level, null, message, arguments ?? [])));
        Set(type, "_loggingWithLevelAndExceptionAction",
            (Action<string, Exception, string, object[]>)((level, exception, message, arguments) => log.Write(level, exception, message, arguments ?? [])));
    }

    // Older versions have fewer fields.
    static void Set(Type type, string name, Delegate action)
    {
        var field = type.GetField(name, BindingFlags.NonPublic | BindingFlags.Static);
        if (field is not null && field.FieldType.IsInstanceOfType(action)) field.SetValue(null, action);
    }
}
