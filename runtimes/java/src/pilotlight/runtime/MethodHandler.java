package pilotlight.runtime;

import java.net.URLClassLoader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import pilotlight.runtime.RuntimeApi.Invocation;

/** Calls one method of the function: gives it what its parameters ask for, and writes what it returns. */
final class MethodHandler implements Handler {
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final Method _method;
    private final Object _instance;
    private final Type[] _parameters;
    private final Type _result;
    private final boolean _writesOutput;
    private final FunctionLogger _logger;
    private final Payloads _payloads;
    private final LoggingContexts _loggingContexts;

    MethodHandler(Method method, Object instance, Type[] parameters, Type result, URLClassLoader loader, FunctionLogger logger) {
        _method = method;
        _instance = instance;
        _parameters = parameters;
        _result = result;
        _logger = logger;
        _payloads = new Payloads(loader);
        _loggingContexts = LoggingContexts.of(loader);
        boolean writesOutput = false;
        for (Type parameter : parameters) writesOutput |= parameter == OutputStream.class;
        _writesOutput = writesOutput;
        // A public method of a class that is not public.
        method.setAccessible(true);
    }

    @Override
    public void handle(Invocation invocation, Main.Output output) throws Throwable {
        _loggingContexts.put(invocation.id);
        Object[] arguments = new Object[_parameters.length];
        for (int i = 0; i < arguments.length; i++) arguments[i] = argument(_parameters[i], invocation, output);
        Object result;
        try {
            result = _method.invoke(_instance, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() == null ? thrown : thrown.getCause();
        }
        if (_writesOutput) return;
        if (_result == void.class || _result == Void.class || result == null) output.write(NULL);
        else write(result, output);
    }

    private Object argument(Type type, Invocation invocation, OutputStream output) {
        if (type == InputStream.class) return new ByteArrayInputStream(invocation.payload);
        if (type == OutputStream.class) return output;
        if (HandlerLoader.isContext(type)) return FunctionContext.create((Class<?>) type, invocation, _logger);
        try {
            return _payloads.read(invocation.payload, type);
        } catch (Throwable unfit) {
            throw new RuntimeException("An error occurred during JSON parsing", unfit);
        }
    }

    private void write(Object result, OutputStream output) {
        try {
            _payloads.write(result, _result, output);
        } catch (Throwable unfit) {
            throw new RuntimeException("An error occurred during JSON serialization of response", unfit);
        }
    }
}
