package pilotlight.runtime;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.net.URLClassLoader;
import java.util.Iterator;
import java.util.ServiceLoader;
import pilotlight.json.Binder;
import pilotlight.json.ObjectWriter;

/** JSON to the handler's types and back: with our binder, or with the CustomPojoSerializer that the function registers. */
final class Payloads {
    private static final String CUSTOM = "com.amazonaws.services.lambda.runtime.CustomPojoSerializer";

    private final Binder _binder = new Binder();
    private final ObjectWriter _writer = new ObjectWriter();
    private final Object _custom;
    private final Method _fromJson;
    private final Method _toJson;

    Payloads(URLClassLoader loader) {
        Object custom = null;
        Method fromJson = null;
        Method toJson = null;
        // Only a registered service is worth the search for the interface.
        if (loader.findResource("META-INF/services/" + CUSTOM) != null) {
            try {
                Class<?> shape = Class.forName(CUSTOM, true, loader);
                fromJson = shape.getMethod("fromJson", InputStream.class, Type.class);
                toJson = shape.getMethod("toJson", Object.class, OutputStream.class, Type.class);
                custom = only(ServiceLoader.load(shape, loader).iterator());
            } catch (ReflectiveOperationException other) {
                throw Failure.loading(other, CUSTOM);
            } catch (java.util.ServiceConfigurationError broken) {
                throw Failure.loading(broken, CUSTOM);
            }
        }
        _custom = custom;
        _fromJson = fromJson;
        _toJson = toJson;
    }

    Object read(byte[] payload, Type type) throws Throwable {
        return _custom == null ? _binder.bind(payload, type) : call(_fromJson, new ByteArrayInputStream(payload), type);
    }

    void write(Object value, Type type, OutputStream output) throws Throwable {
        if (_custom == null) output.write(_writer.toBytes(value));
        else call(_toJson, value, output, type);
    }

    private Object call(Method method, Object... arguments) throws Throwable {
        try {
            return method.invoke(_custom, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static Object only(Iterator<?> found) {
        if (!found.hasNext()) return null;
        Object first = found.next();
        if (found.hasNext()) throw Failure.said("Too many serializers provided inside META-INF/services/" + CUSTOM);
        return first;
    }
}
