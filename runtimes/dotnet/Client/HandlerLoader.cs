using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Pilotlight.RuntimeSupport;

/// <summary>From a handler string to a <see cref="Handler"/>. What AWS's own loader refuses is refused here, in its words.</summary>
static class HandlerLoader
{
    public const string ContextType = "Amazon.Lambda.Core.ILambdaContext";

    const BindingFlags Any = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static Handler Load(string handler, FunctionLog log)
    {
        var name = HandlerName.Parse(handler);
        LambdaLoggerFields.Watch(log);
        var assembly = LoadAssembly(name.Assembly);
        var type = assembly.GetType(name.Type) ?? throw LambdaValidationException.NoType(name.Type, name.Assembly);
        var method = FindByName(type, name.Method) ?? FindBySignature(type, name.Method)
            ?? throw LambdaValidationException.NoMethod(name.Method, name.Type, name.Assembly);
        Validate(method);
        var instance = Instance(type, method);
        return new Handler(name, method, instance, Serializer.Find(method, assembly), log);
    }

    static Assembly LoadAssembly(string name)
    {
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName(name));
        }
        catch (FileNotFoundException missing)
        {
            throw LambdaValidationException.NoAssembly(missing.FileName);
        }
        catch (Exception)
        {
            throw LambdaValidationException.UnloadableAssembly(name);
        }
    }

    static MethodInfo? FindByName(Type? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            // Loops, not LINQ, on the way to the first event: loading it costs a millisecond.
            MethodInfo? found = null;
            foreach (var method in type.GetMethods(Any))
            {
                if (method.Name != name) continue;
                if (found is not null) throw Overloads(name, type);
                found = method;
            }
            if (found is not null) return found;
        }
        return null;
    }

    static LambdaValidationException Overloads(string name, Type type) =>
        LambdaValidationException.Overloads(name, type.FullName, type.GetMethods(Any).Where(method => method.Name == name).Select(method => method.ToString()!));

    /// <summary>A method by its whole signature, as MethodInfo.ToString() writes it: "System.String Handle(System.IO.Stream)".</summary>
    static MethodInfo? FindBySignature(Type? type, string signature)
    {
        for (; type is not null && signature.Contains(' '); type = type.BaseType)
        {
            if (type.GetMethods(Any).FirstOrDefault(method => method.ToString() == signature) is { } found) return found;
        }
        return null;
    }

    static void Validate(MethodInfo method)
    {
        var signature = method.ToString();
        if (method.IsAbstract) throw LambdaValidationException.AbstractMethod(signature);
        if (method.IsGenericMethod) throw LambdaValidationException.GenericMethod(signature);
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute), false)) throw LambdaValidationException.AsyncVoid(signature);
        var parameters = method.GetParameters();
        if (parameters.Length > 0 && parameters[^1].IsDefined(typeof(ParamArrayAttribute), false)) throw LambdaValidationException.ParamsMethod(signature);
        if ((method.CallingConvention & CallingConventions.VarArgs) == CallingConventions.VarArgs) throw LambdaValidationException.VarArgs(signature);
    }

    static object? Instance(Type type, MethodInfo method)
    {
        if (type.IsGenericType) throw LambdaValidationException.GenericType(type.FullName);
        if (!method.IsStatic && type.IsAbstract) throw LambdaValidationException.AbstractType(method.ToString(), type.FullName);
        if (!type.IsClass && (!type.IsValueType || type.IsPrimitive || type.IsEnum)) throw LambdaValidationException.NoClassOrStruct(type.FullName);
        if (!method.IsStatic) return Activator.CreateInstance(type, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions, null, null, null);
        // A static constructor belongs to the init phase.
        RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        return null;
    }
}
