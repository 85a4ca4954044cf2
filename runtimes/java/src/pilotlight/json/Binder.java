package pilotlight.json;

import java.lang.reflect.Array;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Binds JSON to the type that a handler asks for, with the coercions of the Jackson that AWS uses. Not thread-safe. */
public final class Binder {
    private final Map<Type, Reading> _readings = new HashMap<Type, Reading>();

    /** Reads the whole of a payload as type. */
    public Object bind(byte[] payload, Type type) {
        JsonReader json = new JsonReader(payload);
        Object value = read(json, type);
        if (!json.isAtEnd()) throw json.error("unexpected data after the value");
        return value;
    }

    Object read(JsonReader json, Type type) {
        Reading reading = _readings.get(type);
        if (reading == null) {
            reading = readingOf(type);
            _readings.put(type, reading);
        }
        if (json.peek() == JsonReader.Token.NULL) {
            json.literal();
            return reading.absent();
        }
        return reading.read(json);
    }

    /** How one type is read; found once per type. */
    abstract static class Reading {
        abstract Object read(JsonReader json);

        /** What a JSON null becomes. */
        Object absent() {
            return null;
        }
    }

    private Reading readingOf(Type type) {
        Class<?> raw = Types.raw(type);
        if (raw == Object.class) return new Untyped();
        Reading scalar = Scalars.readingOf(raw);
        if (scalar != null) return scalar;
        if (raw == byte[].class || raw == ByteBuffer.class) return new Binary(raw);
        if (raw.isArray()) return new ArrayReading(raw.getComponentType());
        if (Map.class.isAssignableFrom(raw)) return new MapReading(raw, Types.arguments(type, Map.class));
        if (Iterable.class.isAssignableFrom(raw) && raw.isAssignableFrom(ArrayList.class)) return new ListReading(ArrayList.class, element(type, Iterable.class));
        if (Collection.class.isAssignableFrom(raw)) return new ListReading(raw, element(type, Collection.class));
        if (raw == Optional.class) return new OptionalReading(element(type, Optional.class));
        if (raw == OptionalInt.class || raw == OptionalLong.class || raw == OptionalDouble.class) return new PrimitiveOptional(raw);
        if (raw == Map.Entry.class) return new EntryReading(Types.arguments(type, Map.Entry.class));
        return new BeanReading(this, type);
    }

    private static Type element(Type type, Class<?> generic) {
        return Types.arguments(type, generic)[0];
    }

    private final class Untyped extends Reading {
        @Override
        Object read(JsonReader json) {
            switch (json.peek()) {
                case OBJECT: {
                    Map<String, Object> map = new LinkedHashMap<String, Object>();
                    for (String name = json.firstName(); name != null; name = json.nextName()) map.put(name, Binder.this.read(json, Object.class));
                    return map;
                }
                case ARRAY: {
                    List<Object> list = new ArrayList<Object>();
                    for (boolean more = json.firstElement(); more; more = json.nextElement()) list.add(Binder.this.read(json, Object.class));
                    return list;
                }
                case STRING: return json.string();
                case NUMBER: return json.number();
                case TRUE: json.literal(); return Boolean.TRUE;
                default: json.literal(); return Boolean.FALSE;
            }
        }
    }

    private static final class Binary extends Reading {
        private final Class<?> _raw;

        Binary(Class<?> raw) {
            _raw = raw;
        }

        @Override
        Object read(JsonReader json) {
            if (json.peek() != JsonReader.Token.STRING) throw json.error("expected a base64 string");
            byte[] bytes;
            try {
                String text = json.string();
                // The MIME decoder skips line ends, but whatever else is no base64 too.
                boolean hasLines = text.indexOf('\n') >= 0;
                bytes = (hasLines ? Base64.getMimeDecoder() : Base64.getDecoder()).decode(text);
            } catch (IllegalArgumentException malformed) {
                throw new JsonException("Cannot access contents of byte[]: not base64", malformed);
            }
            return _raw == byte[].class ? bytes : ByteBuffer.wrap(bytes);
        }
    }

    private final class ArrayReading extends Reading {
        private final Class<?> _component;

        ArrayReading(Class<?> component) {
            _component = component;
        }

        @Override
        Object read(JsonReader json) {
            if (_component == char.class && json.peek() == JsonReader.Token.STRING) return json.string().toCharArray();
            List<Object> list = new ArrayList<Object>();
            readElements(json, _component, list);
            Object array = Array.newInstance(_component, list.size());
            for (int i = 0; i < list.size(); i++) Array.set(array, i, list.get(i));
            return array;
        }
    }

    private final class ListReading extends Reading {
        private final Class<?> _raw;
        private final Type _element;

        ListReading(Class<?> raw, Type element) {
            _raw = raw;
            _element = element;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        Object read(JsonReader json) {
            Collection<Object> list = (Collection<Object>) newCollection();
            readElements(json, _element, list);
            return list;
        }

        @SuppressWarnings("rawtypes")
        private Collection newCollection() {
            if (_raw.isAssignableFrom(ArrayList.class)) return new ArrayList<Object>();
            if (_raw.isAssignableFrom(LinkedHashSet.class)) return new LinkedHashSet<Object>();
            if (_raw.isAssignableFrom(TreeSet.class)) return new TreeSet<Object>();
            if (_raw.isAssignableFrom(ArrayDeque.class)) return new ArrayDeque<Object>();
            return (Collection) BeanReading.construct(_raw);
        }
    }

    private void readElements(JsonReader json, Type element, Collection<Object> into) {
        if (json.peek() != JsonReader.Token.ARRAY) {
            if (json.peek() == JsonReader.Token.OBJECT && Types.raw(element) != Object.class && Scalars.isScalar(Types.raw(element)))
                throw json.error("Cannot deserialize an array from an object");
            into.add(read(json, element));
            return;
        }
        for (boolean more = json.firstElement(); more; more = json.nextElement()) into.add(read(json, element));
    }

    private final class MapReading extends Reading {
        private final Class<?> _raw;
        private final Class<?> _key;
        private final Type _value;

        MapReading(Class<?> raw, Type[] arguments) {
            _raw = raw;
            _key = Types.raw(arguments[0]);
            _value = arguments[1];
        }

        @Override
        @SuppressWarnings("unchecked")
        Object read(JsonReader json) {
            if (json.peek() == JsonReader.Token.STRING && json.string().isEmpty()) return null;
            if (json.peek() != JsonReader.Token.OBJECT) throw json.error("Cannot deserialize instance of `" + _raw.getName() + "`: expected an object");
            Map<Object, Object> map = newMap();
            for (String name = json.firstName(); name != null; name = json.nextName()) map.put(Scalars.key(name, _key), Binder.this.read(json, _value));
            return map;
        }

        @SuppressWarnings({"unchecked", "rawtypes"})
        private Map<Object, Object> newMap() {
            if (_raw.isAssignableFrom(LinkedHashMap.class)) return new LinkedHashMap<Object, Object>();
            if (_raw.isAssignableFrom(TreeMap.class)) return new TreeMap<Object, Object>();
            if (_raw == ConcurrentMap.class) return new ConcurrentHashMap<Object, Object>();
            if (_raw == java.util.EnumMap.class) return new java.util.EnumMap(_key);
            return (Map<Object, Object>) BeanReading.construct(_raw);
        }
    }

    private final class EntryReading extends Reading {
        private final Type[] _arguments;

        EntryReading(Type[] arguments) {
            _arguments = arguments;
        }

        @Override
        Object read(JsonReader json) {
            Map.Entry<Object, Object> entry = null;
            for (String name = json.firstName(); name != null; name = json.nextName()) {
                Object key = Scalars.key(name, Types.raw(_arguments[0]));
                entry = new java.util.AbstractMap.SimpleEntry<Object, Object>(key, Binder.this.read(json, _arguments[1]));
            }
            return entry;
        }
    }

    private final class OptionalReading extends Reading {
        private final Type _value;

        OptionalReading(Type value) {
            _value = value;
        }

        @Override
        Object read(JsonReader json) {
            return Optional.ofNullable(Binder.this.read(json, _value));
        }

        @Override
        Object absent() {
            return Optional.empty();
        }
    }

    private final class PrimitiveOptional extends Reading {
        private final Class<?> _raw;

        PrimitiveOptional(Class<?> raw) {
            _raw = raw;
        }

        @Override
        Object read(JsonReader json) {
            if (_raw == OptionalInt.class) return OptionalInt.of((Integer) Binder.this.read(json, int.class));
            if (_raw == OptionalLong.class) return OptionalLong.of((Long) Binder.this.read(json, long.class));
            return OptionalDouble.of((Double) Binder.this.read(json, double.class));
        }

        @Override
        Object absent() {
            if (_raw == OptionalInt.class) return OptionalInt.empty();
            return _raw == OptionalLong.class ? (Object) OptionalLong.empty() : OptionalDouble.empty();
        }
    }
}
