package pilotlight.json;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Generic types with their variables filled in. */
public final class Types {
    private Types() {
    }

    public static Class<?> raw(Type type) {
        if (type instanceof Class) return (Class<?>) type;
        if (type instanceof ParameterizedType) return (Class<?>) ((ParameterizedType) type).getRawType();
        if (type instanceof GenericArrayType) return Array.newInstance(raw(((GenericArrayType) type).getGenericComponentType()), 0).getClass();
        if (type instanceof WildcardType) return raw(((WildcardType) type).getUpperBounds()[0]);
        if (type instanceof TypeVariable) return raw(((TypeVariable<?>) type).getBounds()[0]);
        return Object.class;
    }

    /** The arguments that type gives to generic, its super class or interface; null when it is no such thing. */
    public static Type[] arguments(Type type, Class<?> generic) {
        Type found = supertype(type, generic);
        if (found == null) return null;
        if (found instanceof ParameterizedType) return ((ParameterizedType) found).getActualTypeArguments();
        Type[] unknown = new Type[generic.getTypeParameters().length];
        Arrays.fill(unknown, Object.class);
        return unknown;
    }

    /** The variables of type, of its super classes and interfaces, each with what type makes of it. */
    public static Map<TypeVariable<?>, Type> variables(Type type) {
        Map<TypeVariable<?>, Type> known = new HashMap<TypeVariable<?>, Type>();
        collect(type, known);
        return known;
    }

    public static Type fill(Type type, Map<TypeVariable<?>, Type> known) {
        if (type instanceof Class) return type;
        if (type instanceof TypeVariable) {
            Type filled = known.get(type);
            if (filled != null) return filled;
            // A variable bounded by itself (T extends Comparable<T>) must not be followed.
            return raw(type);
        }
        if (type instanceof WildcardType) return fill(((WildcardType) type).getUpperBounds()[0], known);
        if (type instanceof GenericArrayType)
            return Array.newInstance(raw(fill(((GenericArrayType) type).getGenericComponentType(), known)), 0).getClass();
        ParameterizedType generic = (ParameterizedType) type;
        Type[] arguments = generic.getActualTypeArguments();
        Type[] filled = new Type[arguments.length];
        for (int i = 0; i < arguments.length; i++) filled[i] = fill(arguments[i], known);
        return new Filled((Class<?>) generic.getRawType(), filled);
    }

    /** What type makes of generic, its super class or interface: with arguments, or raw; null when it is no such thing. */
    public static Type supertype(Type type, Class<?> generic) {
        Class<?> raw = raw(type);
        if (raw == generic) return type;
        if (!generic.isAssignableFrom(raw)) return null;
        Map<TypeVariable<?>, Type> known = variables(type);
        for (Type parent : parents(raw)) {
            if (!generic.isAssignableFrom(raw(parent))) continue;
            Type found = supertype(fill(parent, known), generic);
            if (found != null) return found;
        }
        return null;
    }

    private static void collect(Type type, Map<TypeVariable<?>, Type> known) {
        Class<?> raw = raw(type);
        if (type instanceof ParameterizedType) {
            TypeVariable<?>[] variables = raw.getTypeParameters();
            Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
            for (int i = 0; i < variables.length; i++) known.put(variables[i], fill(arguments[i], known));
        }
        for (Type parent : parents(raw)) collect(parent, known);
    }

    private static Type[] parents(Class<?> raw) {
        Type[] interfaces = raw.getGenericInterfaces();
        Type parent = raw.getGenericSuperclass();
        if (parent == null) return interfaces;
        Type[] all = Arrays.copyOf(interfaces, interfaces.length + 1);
        all[interfaces.length] = parent;
        return all;
    }

    private static final class Filled implements ParameterizedType {
        private final Class<?> _raw;
        private final Type[] _arguments;

        Filled(Class<?> raw, Type[] arguments) {
            _raw = raw;
            _arguments = arguments;
        }

        @Override
        public Type[] getActualTypeArguments() {
            return _arguments.clone();
        }

        @Override
        public Type getRawType() {
            return _raw;
        }

        @Override
        public Type getOwnerType() {
            return _raw.getDeclaringClass();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof ParameterizedType && _raw == ((ParameterizedType) other).getRawType()
                && Arrays.equals(_arguments, ((ParameterizedType) other).getActualTypeArguments());
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(_arguments) ^ _raw.hashCode();
        }

        @Override
        public String toString() {
            return _raw.getName() + Arrays.toString(_arguments);
        }
    }
}
