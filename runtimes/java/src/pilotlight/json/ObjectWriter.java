package pilotlight.json;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Writes what a handler returned as JSON. Nulls inside objects are left out, as AWS configures Jackson. Not thread-safe. */
public final class ObjectWriter {
    private final Map<Class<?>, List<Beans.Property>> _properties = new HashMap<Class<?>, List<Beans.Property>>();

    public byte[] toBytes(Object value) {
        JsonWriter json = new JsonWriter();
        write(json, value, 0);
        return json.toBytes();
    }

    private void write(JsonWriter json, Object value, int depth) {
        if (depth > JsonReader.MAX_DEPTH) throw new JsonException("Infinite recursion, or nested deeper than " + JsonReader.MAX_DEPTH + " levels");
        if (value == null) json.raw("null");
        else if (value instanceof CharSequence || value instanceof Character) json.string(value.toString());
        else if (value instanceof Number) writeNumber(json, (Number) value);
        else if (value instanceof Boolean || value instanceof java.util.concurrent.atomic.AtomicBoolean) json.raw(value.toString());
        else if (value instanceof Enum) json.string(((Enum<?>) value).name());
        else if (value instanceof Map) writeMap(json, (Map<?, ?>) value, depth);
        else if (value instanceof Map.Entry) writeEntry(json, (Map.Entry<?, ?>) value, depth);
        else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) writeElements(json, ((Iterable<?>) value).iterator(), depth);
        else if (value instanceof Iterator) writeElements(json, (Iterator<?>) value, depth);
        else if (value.getClass().isArray()) writeArray(json, value, depth);
        else if (value instanceof ByteBuffer) writeBuffer(json, (ByteBuffer) value);
        else if (isOptional(value)) write(json, content(value), depth + 1);
        else if (Times.writes(value)) Times.write(json, value);
        else if (isText(value)) json.string(text(value));
        else writeBean(json, value, depth);
    }

    private void writeNumber(JsonWriter json, Number value) {
        boolean isFloating = value instanceof Double || value instanceof Float;
        if (isFloating && (Double.isNaN(value.doubleValue()) || Double.isInfinite(value.doubleValue()))) json.string(value.toString());
        else if (isFloating || value.getClass().getName().startsWith("java.")) json.raw(value.toString());
        else json.string(value.toString()); // a number type of the function's own: its text need not be a JSON number
    }

    private void writeMap(JsonWriter json, Map<?, ?> map, int depth) {
        json.beginObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() == null) throw new JsonException("Null key for a Map not allowed in JSON");
            if (isLeftOut(entry.getValue())) continue;
            Object key = entry.getKey();
            json.name(key instanceof Enum ? ((Enum<?>) key).name() : key.toString());
            write(json, entry.getValue(), depth + 1);
        }
        json.endObject();
    }

    private void writeEntry(JsonWriter json, Map.Entry<?, ?> entry, int depth) {
        json.beginObject().name(String.valueOf(entry.getKey()));
        write(json, entry.getValue(), depth + 1);
        json.endObject();
    }

    private void writeElements(JsonWriter json, Iterator<?> elements, int depth) {
        json.beginArray();
        while (elements.hasNext()) write(json, elements.next(), depth + 1);
        json.endArray();
    }

    private void writeArray(JsonWriter json, Object array, int depth) {
        if (array instanceof byte[]) {
            json.string(Base64.getEncoder().encodeToString((byte[]) array));
        } else if (array instanceof char[]) {
            json.string(new String((char[]) array));
        } else {
            json.beginArray();
            for (int i = 0; i < Array.getLength(array); i++) write(json, Array.get(array, i), depth + 1);
            json.endArray();
        }
    }

    private void writeBuffer(JsonWriter json, ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        json.string(Base64.getEncoder().encodeToString(bytes));
    }

    private void writeBean(JsonWriter json, Object bean, int depth) {
        List<Beans.Property> properties = _properties.get(bean.getClass());
        if (properties == null) {
            properties = Beans.properties(bean.getClass());
            _properties.put(bean.getClass(), properties);
        }
        json.beginObject();
        for (Beans.Property property : properties) {
            Object value;
            try {
                value = property.get(bean);
            } catch (IllegalAccessException closed) {
                throw new JsonException(closed.toString(), closed);
            }
            if (value == bean) throw new JsonException("Direct self-reference leading to cycle (through reference chain: " + bean.getClass().getName() + "[\"" + property.name + "\"])");
            if (isLeftOut(value)) continue;
            json.name(property.name);
            write(json, value, depth + 1);
        }
        json.endObject();
    }

    private static boolean isLeftOut(Object value) {
        return value == null;
    }

    private static boolean isOptional(Object value) {
        return value instanceof Optional || value instanceof OptionalInt || value instanceof OptionalLong || value instanceof OptionalDouble;
    }

    private static Object content(Object value) {
        if (value instanceof Optional) return ((Optional<?>) value).orElse(null);
        if (value instanceof OptionalInt) return ((OptionalInt) value).isPresent() ? (Object) ((OptionalInt) value).getAsInt() : null;
        if (value instanceof OptionalLong) return ((OptionalLong) value).isPresent() ? (Object) ((OptionalLong) value).getAsLong() : null;
        return ((OptionalDouble) value).isPresent() ? (Object) ((OptionalDouble) value).getAsDouble() : null;
    }

    /** Classes of the JDK whose text is their value. */
    private static boolean isText(Object value) {
        return value instanceof java.util.UUID || value instanceof java.net.URI || value instanceof java.net.URL || value instanceof java.util.Locale
            || value instanceof java.util.Currency || value instanceof java.io.File || value instanceof java.util.regex.Pattern || value instanceof Class
            || value instanceof java.nio.charset.Charset || value instanceof java.util.TimeZone || value instanceof java.net.InetAddress
            || value instanceof java.nio.file.Path || value.getClass().getName().startsWith("org.joda.time.");
    }

    private static String text(Object value) {
        if (value instanceof Class) return ((Class<?>) value).getName();
        if (value instanceof java.util.TimeZone) return ((java.util.TimeZone) value).getID();
        if (value instanceof java.net.InetAddress) return ((java.net.InetAddress) value).getHostAddress();
        return value.toString();
    }
}
