using System.Reflection;
using System.Reflection.Emit;
using Answer = System.Func<string, object?[], object?>;

namespace Pilotlight.RuntimeSupport;

/// <summary>The base of the types that <see cref="MadeShape"/> makes. Public because the made types live in an assembly of their own.</summary>
public abstract class Shaped
{
    readonly Func<string, object?[], object?> _answer;

    protected Shaped(Func<string, object?[], object?> answer) => _answer = answer;

    /// <summary>Called by the made members.</summary>
    protected object? Ask(string member, object?[] arguments) => _answer(member, arguments);

    /// <summary>The answer as the member's type; a member that we do not know answers with that type's default.</summary>
    protected static T As<T>(object? answer) => answer is T value ? value : default!;
}

/// <summary>
/// Makes a type for an interface while the function starts. Members with a default implementation keep it unless they are known, so an interface
/// newer than this client still works.
/// </summary>
static class MadeShape
{
    static readonly Lazy<ModuleBuilder> s_module = new(() =>
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Pilotlight.Shapes"), AssemblyBuilderAccess.Run).DefineDynamicModule("Shapes"));

    static readonly MethodInfo s_ask = typeof(Shaped).GetMethod("Ask", BindingFlags.NonPublic | BindingFlags.Instance)!;
    static readonly MethodInfo s_as = typeof(Shaped).GetMethod("As", BindingFlags.NonPublic | BindingFlags.Static)!;

    public static Func<Answer, object> Of(Type shape, Func<string, bool> isKnown)
    {
        var type = s_module.Value.DefineType($"{shape.FullName} of Pilotlight", TypeAttributes.Class | TypeAttributes.Sealed, typeof(Shaped), [shape]);
        DefineConstructor(type);
        DefineMembers(type, shape, isKnown);
        foreach (var inherited in shape.GetInterfaces()) DefineMembers(type, inherited, isKnown);
        var constructor = type.CreateType().GetConstructor([typeof(Answer)])!;
        return answer => constructor.Invoke([answer]);
    }

    static void DefineMembers(TypeBuilder type, Type shape, Func<string, bool> isKnown)
    {
        foreach (var method in shape.GetMethods())
        {
            var isOurs = method.IsVirtual && !method.IsStatic && !method.IsGenericMethod && (method.IsAbstract || isKnown(MemberName(method)));
            if (isOurs) DefineMember(type, method);
        }
    }

    static string MemberName(MethodInfo method) => method.IsSpecialName && method.Name.StartsWith("get_") ? method.Name[4..] : method.Name;

    static void DefineConstructor(TypeBuilder type)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(Answer)]).GetILGenerator();
        constructor.Emit(OpCodes.Ldarg_0);
        constructor.Emit(OpCodes.Ldarg_1);
        constructor.Emit(OpCodes.Call, typeof(Shaped).GetConstructor(BindingFlags.NonPublic | BindingFlags.Instance, [typeof(Answer)])!);
        constructor.Emit(OpCodes.Ret);
    }

    static void DefineMember(TypeBuilder type, MethodInfo method)
    {
        var parameters = Array.ConvertAll(method.GetParameters(), parameter => parameter.ParameterType);
        var made = type.DefineMethod(method.Name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType, parameters);
        var body = made.GetILGenerator();
        body.Emit(OpCodes.Ldarg_0);
        body.Emit(OpCodes.Ldstr, MemberName(method));
        body.Emit(OpCodes.Ldc_I4, parameters.Length);
        body.Emit(OpCodes.Newarr, typeof(object));
        for (var i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].IsByRef || parameters[i].IsByRefLike) continue; // stays null
            body.Emit(OpCodes.Dup);
            body.Emit(OpCodes.Ldc_I4, i);
            body.Emit(OpCodes.Ldarg, i + 1);
            if (parameters[i].IsValueType) body.Emit(OpCodes.Box, parameters[i]);
            body.Emit(OpCodes.Stelem_Ref);
        }
        body.Emit(OpCodes.Call, s_ask);
        if (method.ReturnType == typeof(void)) body.Emit(OpCodes.Pop);
        else body.Emit(OpCodes.Call, s_as.MakeGenericMethod(method.ReturnType));
        body.Emit(OpCodes.Ret);
        type.DefineMethodOverride(made, method);
    }
}
