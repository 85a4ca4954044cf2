using System.Reflection;

namespace Pilotlight.RuntimeSupport;

/// <summary>Calls the function's method: an event in, response bytes out, whatever the method takes and returns.</summary>
sealed class Handler
{
    readonly MethodInfo _method;
    readonly object? _instance;
    readonly FunctionContext? _context;
    readonly Func<Stream, object?>? _read;
    readonly Action<object?, Stream>? _write;
    readonly MethodInfo? _asTask;
    readonly MethodInfo? _result;

    public Handler(HandlerName name, MethodInfo method, object? instance, Serializer? serializer, FunctionLog log)
    {
        _method = method;
        _instance = instance;
        var parameters = Array.ConvertAll(method.GetParameters(), parameter => parameter.ParameterType);
        if (parameters.Length > 2) throw LambdaValidationException.TooManyParameters(method.Name, name.Type);
        if (parameters.Length == 2 && !IsContext(parameters[1])) throw LambdaValidationException.SecondParameterIsNoContext(method.Name, name.Type);
        if (parameters.Length > 0 && IsContext(parameters[^1])) _context = new FunctionContext(parameters[^1], log);
        if (parameters.Length == 2 || parameters.Length == 1 && _context is null) _read = Reader(parameters[0], name, serializer);

        var (asTask, result, type) = Unwrap(method.ReturnType);
        (_asTask, _result) = (asTask, result);
        if (type != typeof(void)) _write = Writer(type, name, serializer);
    }

    public void Handle(Invocation invocation, MemoryStream output)
    {
        object?[] arguments = (_read, _context) switch
        {
            (null, null) => [],
            (null, _) => [_context.For(invocation)],
            (_, null) => [_read(Open(invocation))],
            _ => [_read(Open(invocation)), _context.For(invocation)],
        };
        var returned = _method.Invoke(_instance, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        if (_asTask is not null) returned = _asTask.Invoke(returned, BindingFlags.DoNotWrapExceptions, null, null, null);
        // Nothing else wants this thread, and a synchronous wait saves the hops of an asynchronous one.
        if (returned is Task task && (_result is not null || _write is null)) task.GetAwaiter().GetResult();
        if (_write is not null) _write(_result is null ? returned : _result.Invoke(returned, BindingFlags.DoNotWrapExceptions, null, null, null), output);
    }

    static MemoryStream Open(Invocation invocation) => new(invocation.Payload, 0, invocation.Payload.Length, writable: false, publiclyVisible: true);

    static bool IsContext(Type type) => type.FullName == HandlerLoader.ContextType;

    static Func<Stream, object?> Reader(Type type, HandlerName name, Serializer? serializer)
    {
        if (type.IsAssignableFrom(typeof(MemoryStream)) && typeof(Stream).IsAssignableFrom(type)) return payload => payload;
        return serializer?.Reader(type) ?? throw LambdaValidationException.NoSerializer(name.Assembly, name.Method, "deserialize input", type);
    }

    static Action<object?, Stream> Writer(Type type, HandlerName name, Serializer? serializer)
    {
        if (typeof(Stream).IsAssignableFrom(type)) return Copy;
        return serializer?.Writer(type) ?? throw LambdaValidationException.NoSerializer(name.Assembly, name.Method, "serialize output", type);
    }

    static void Copy(object? returned, Stream output)
    {
        if (returned is not Stream stream) return;
        using (stream) stream.CopyTo(output); // from where the function left its position, as at AWS
    }

    /// <summary>What it takes to get from a return type to the type that is serialized; void when nothing is.</summary>
    static (MethodInfo? AsTask, MethodInfo? Result, Type Type) Unwrap(Type returned)
    {
        if (returned == typeof(ValueTask)) return (returned.GetMethod("AsTask"), null, typeof(void));
        if (returned.IsConstructedGenericType && returned.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            var asTask = returned.GetMethod("AsTask")!;
            return (asTask, asTask.ReturnType.GetProperty("Result")!.GetMethod, returned.GenericTypeArguments[0]);
        }
        for (var type = returned; type is not null; type = type.BaseType)
        {
            if (type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
                return (null, type.GetProperty("Result")!.GetMethod, type.GenericTypeArguments[0]);
            if (type == typeof(Task)) return (null, null, typeof(void));
        }
        return (null, null, returned);
    }
}
