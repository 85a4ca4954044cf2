using System.Reflection;

namespace Pilotlight.RuntimeSupport;

/// <summary>The serializer that [LambdaSerializer] names, known by its shape: T Deserialize&lt;T&gt;(Stream), void Serialize&lt;T&gt;(T, Stream).</summary>
sealed class Serializer
{
    public const string AttributeType = "Amazon.Lambda.Core.LambdaSerializerAttribute";
    public const string InterfaceType = "Amazon.Lambda.Core.ILambdaSerializer";

    readonly object _instance;
    readonly MethodInfo _deserialize;
    readonly MethodInfo _serialize;

    Serializer(object instance, Type shape)
    {
        _instance = instance;
        Validate(shape);
        _deserialize = shape.GetMethod("Deserialize")!;
        _serialize = shape.GetMethod("Serialize")!;
    }

    /// <summary>The method's own serializer, else the assembly's, else null.</summary>
    public static Serializer? Find(MethodInfo method, Assembly assembly)
    {
        foreach (var attribute in Attribute.GetCustomAttributes(method)) if (IsSerializerAttribute(attribute)) return Create(attribute);
        foreach (var attribute in Attribute.GetCustomAttributes(assembly)) if (IsSerializerAttribute(attribute)) return Create(attribute);
        return null;
    }

    public Func<Stream, object?> Reader(Type type)
    {
        var method = _deserialize.MakeGenericMethod(type);
        return payload => method.Invoke(_instance, BindingFlags.DoNotWrapExceptions, null, [payload], null);
    }

    public Action<object?, Stream> Writer(Type type)
    {
        var method = _serialize.MakeGenericMethod(type);
        return (value, output) => method.Invoke(_instance, BindingFlags.DoNotWrapExceptions, null, [value, output], null);
    }

    static bool IsSerializerAttribute(Attribute attribute)
    {
        for (var type = attribute.GetType(); type is not null; type = type.BaseType)
        {
            if (type.FullName == AttributeType) return true;
        }
        return false;
    }

    static Serializer Create(Attribute attribute)
    {
        var attributeType = attribute.GetType();
        var property = attributeType.GetProperty("SerializerType") ?? throw LambdaValidationException.NoSerializerProperty(attributeType.FullName);
        if (!typeof(Type).IsAssignableFrom(property.PropertyType)) throw LambdaValidationException.WrongSerializerProperty(attributeType.FullName);
        var type = property.GetValue(attribute) as Type ?? throw LambdaValidationException.SerializerNotSet(attributeType.FullName);
        var constructor = type.GetConstructor(Type.EmptyTypes) ?? throw LambdaValidationException.SerializerWithoutConstructor(type.FullName);
        var shape = type.GetInterface(InterfaceType) ?? throw LambdaValidationException.NoSerializerInterface(type.FullName);
        return new Serializer(constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, null, null), shape);
    }

    static void Validate(Type shape)
    {
        if (DeserializeMismatch(shape.GetMethod("Deserialize")) is { } reading) throw LambdaValidationException.SerializerShape(shape.FullName, reading);
        if (SerializeMismatch(shape.GetMethod("Serialize")) is { } writing) throw LambdaValidationException.SerializerShape(shape.FullName, writing);
    }

    // The missing quotes at the start of these texts are AWS's.
    static string? DeserializeMismatch(MethodInfo? method)
    {
        if (method is null) return "Deserialize' method not found.";
        if (!method.IsGenericMethod) return "Deserialize' method is not generic, expected to be generic.";
        var parameters = method.GetParameters();
        if (parameters.Length != 1) return $"Deserialize' method has '{parameters.Length}' parameters, expected '1'.";
        if (parameters[0].ParameterType != typeof(Stream))
            return $"Deserialize' method has parameter of type '{parameters[0].ParameterType.FullName}', expected type '{typeof(Stream).FullName}'.";
        var generics = method.GetGenericArguments();
        if (generics.Length != 1) return $"Deserialize' method has '{generics.Length}' generic arguments, expected '1'.";
        return generics[0] == method.ReturnType ? null : $"Deserialize' method has return type of '{method.ReturnType.FullName}', expected 'T'.";
    }

    static string? SerializeMismatch(MethodInfo? method)
    {
        if (method is null) return "Serialize' method not found.";
        if (!method.IsGenericMethod) return "Serialize' method is not generic, expected to be generic.";
        if (method.ReturnType != typeof(void)) return $"Serialize' method has return type of '{method.ReturnType.FullName}', expected 'void'.";
        var parameters = method.GetParameters();
        if (parameters.Length != 2) return $"Serialize' method has '{parameters.Length}' parameters, expected '2'.";
        var generics = method.GetGenericArguments();
        if (generics.Length != 1) return $"Serialize' method has '{generics.Length}' generic arguments, expected '1'.";
        if (parameters[0].ParameterType != generics[0])
            return $"Serialize' method's first parameter is of type '{parameters[0].ParameterType.FullName}', expected 'T'.";
        return parameters[1].ParameterType == typeof(Stream)
            ? null
            : $"Serialize' method's second parameter is of type '{parameters[1].ParameterType.FullName}', expected '{typeof(Stream).FullName}'.";
    }
}
