package pilotlight.runtime;

import java.net.URLClassLoader;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import pilotlight.json.Types;
import pilotlight.runtime.RuntimeApi.Invocation;

/** From a handler string ("pkg.Class::method" or "pkg.Class") to a Handler. AWS's interfaces are recognised by their names. */
final class HandlerLoader {
    private static final String REQUEST_HANDLER = "com.amazonaws.services.lambda.runtime.RequestHandler";
    private static final String STREAM_HANDLER = "com.amazonaws.services.lambda.runtime.RequestStreamHandler";

    private static final String WITHOUT_TYPES = " does not implement RequestHandler with concrete type parameters";

    private HandlerLoader() {
    }

    /** Faults in the declaration become a handler that reports them at each invocation, as AWS does; a class that fails to load throws. */
    static Handler load(String handler, URLClassLoader loader, FunctionLogger logger) {
        int colons = handler == null ? -1 : handler.lastIndexOf("::");
        String className = colons < 0 ? handler : handler.substring(0, colons);
        String methodName = colons < 0 ? null : handler.substring(colons + 2);
        try {
            if (className == null || className.isEmpty() || methodName != null && methodName.isEmpty())
                throw Failure.said("Invalid handler: `" + handler + "'");
            Class<?> type = find(className, loader);
            return methodName == null ? ofInterface(type, loader, logger) : ofMethod(type, methodName, loader, logger);
        } catch (Failure failure) {
            if (failure.isFatal()) throw failure;
            return failing(failure);
        }
    }

    private static Class<?> find(String className, URLClassLoader loader) {
        try {
            return Class.forName(className, true, loader);
        } catch (ClassNotFoundException missing) {
            throw Failure.classNotFound(missing, className);
        } catch (Throwable broken) {
            throw Failure.loading(broken, className);
        }
    }

    private static Handler ofInterface(Class<?> type, URLClassLoader loader, FunctionLogger logger) {
        Class<?> shape = interfaceNamed(type, STREAM_HANDLER);
        if (shape != null) {
            Method method = method(shape, "handleRequest");
            return new MethodHandler(method, instance(type), method.getGenericParameterTypes(), void.class, loader, logger);
        }
        shape = interfaceNamed(type, REQUEST_HANDLER);
        if (shape == null) throw Failure.said("Class does not implement an appropriate handler interface: " + type.getName());
        Type declared = Types.supertype(type, shape);
        if (!(declared instanceof ParameterizedType)) throw Failure.said("Class " + type.getName() + WITHOUT_TYPES);
        for (TypeVariable<?> open : type.getTypeParameters()) {
            if (open.getBounds()[0] == Object.class)
                throw Failure.said("Class " + type.getName() + WITHOUT_TYPES + ": parameter " + open + " has no upper bound.");
        }
        Type[] types = ((ParameterizedType) declared).getActualTypeArguments();
        Method method = method(shape, "handleRequest");
        Type[] parameters = {types[0], method.getParameterTypes()[1]};
        return new MethodHandler(method, instance(type), parameters, types[1], loader, logger);
    }

    private static Handler ofMethod(Class<?> type, String name, URLClassLoader loader, FunctionLogger logger) {
        List<Method> overloads = new ArrayList<Method>();
        try {
            for (Method method : type.getMethods()) if (method.getName().equals(name)) overloads.add(method);
        } catch (NoClassDefFoundError broken) {
            throw Failure.loading(broken, type.getName());
        }
        Collections.sort(overloads, PREFERRED_FIRST);
        for (Method method : overloads) {
            Type[] parameters = method.getGenericParameterTypes();
            if (!isSupported(parameters)) continue;
            Object instance = Modifier.isStatic(method.getModifiers()) ? null : instance(type);
            Map<TypeVariable<?>, Type> variables = Types.variables(type);
            Type[] filled = new Type[parameters.length];
            for (int i = 0; i < parameters.length; i++) filled[i] = Types.fill(parameters[i], variables);
            return new MethodHandler(method, instance, filled, method.getGenericReturnType(), loader, logger);
        }
        throw Failure.said("No public method named " + name + " with appropriate method signature found on class " + type.getName());
    }

    /** Bridge methods last; more parameters first, where a trailing Context counts double. */
    private static final Comparator<Method> PREFERRED_FIRST = new Comparator<Method>() {
        @Override
        public int compare(Method left, Method right) {
            if (left.isBridge() != right.isBridge()) return left.isBridge() ? 1 : -1;
            return weight(right) - weight(left);
        }

        private int weight(Method method) {
            Class<?>[] parameters = method.getParameterTypes();
            int last = parameters.length - 1;
            return parameters.length + (last >= 0 && isContext(parameters[last]) ? 1 : 0);
        }
    };

    private static boolean isSupported(Type[] parameters) {
        Type first = parameters.length > 0 ? parameters[0] : null;
        Type second = parameters.length > 1 ? parameters[1] : null;
        switch (parameters.length) {
            case 0: case 1: return true;
            case 2: return isContext(second) ? !isContext(first) : first == InputStream.class && second == OutputStream.class;
            case 3: return first == InputStream.class && second == OutputStream.class && isContext(parameters[2]);
            default: return false;
        }
    }

    static boolean isContext(Type type) {
        return type instanceof Class && ((Class<?>) type).getName().equals(FunctionContext.CONTEXT);
    }

    private static Object instance(Class<?> type) {
        Constructor<?> constructor;
        try {
            constructor = type.getConstructor();
        } catch (NoSuchMethodException none) {
            boolean isInner = type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers());
            Exception reason = new Exception("Class " + type.getName()
                + (isInner ? " cannot be instantiated because it is a non-static inner class" : " has no public zero-argument constructor"));
            throw Failure.declared(reason);
        }
        try {
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (InvocationTargetException thrown) {
            throw Failure.constructing(thrown.getCause() == null ? thrown : thrown.getCause());
        } catch (ReflectiveOperationException closed) {
            throw Failure.declared(closed);
        }
    }

    private static Handler failing(final Failure failure) {
        return new Handler() {
            @Override
            public void handle(Invocation invocation, Main.Output output) {
                throw failure;
            }
        };
    }

    private static Class<?> interfaceNamed(Class<?> type, String name) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (Class<?> candidate : at.getInterfaces()) {
                if (candidate.getName().equals(name)) return candidate;
                Class<?> parent = interfaceNamed(candidate, name);
                if (parent != null) return parent;
            }
        }
        return null;
    }

    private static Method method(Class<?> shape, String name) {
        for (Method method : shape.getMethods()) if (method.getName().equals(name)) return method;
        throw Failure.said("Interface " + shape.getName() + " has no method " + name);
    }
}
