package pilotlight.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Types that are one JSON string, number or literal: numbers, booleans, enums, times, and whatever is made from a String. */
final class Scalars {
    /** A power of ten this large is a trap for BigInteger, not a number that anyone sent. */
    private static final int MAX_SCALE = 10000;

    private Scalars() {
    }

    static boolean isScalar(Class<?> raw) {
        return readingOf(raw) != null;
    }

    static Binder.Reading readingOf(Class<?> raw) {
        if (raw == String.class || raw == CharSequence.class) return new Text();
        if (raw.isPrimitive() || raw == Number.class || Number.class.isAssignableFrom(raw) && Numbers.of(raw) != null
            || raw == Boolean.class || raw == Character.class || raw == AtomicBoolean.class) return new Plain(raw);
        if (raw.isEnum() || raw.getSuperclass() != null && raw.getSuperclass().isEnum()) return new EnumReading(raw);
        if (Times.reads(raw)) return new TimeReading(raw);
        if (raw.isArray() || raw.isInterface()) return null;
        boolean isPlatformType = raw.getName().startsWith("java.") || raw.getName().startsWith("org.joda.time.");
        return isPlatformType && FromText.of(raw) != null ? new FromTextReading(raw) : null;
    }

    /** A property name as the key of a map. */
    static Object key(String name, Class<?> raw) {
        if (raw == String.class || raw == Object.class) return name;
        JsonWriter quoted = new JsonWriter();
        quoted.string(name);
        Binder.Reading reading = readingOf(raw);
        FromText fromText = reading == null ? FromText.of(raw) : null;
        if (reading == null && fromText == null) throw new JsonException("Cannot find a Map key deserializer for type `" + raw.getName() + "`");
        return reading == null ? fromText.make(name) : reading.read(new JsonReader(quoted.toBytes()));
    }

    /** A scalar, or an array that holds just one: Jackson's UNWRAP_SINGLE_VALUE_ARRAYS. */
    private abstract static class Single extends Binder.Reading {
        private final Class<?> _raw;

        Single(Class<?> raw) {
            _raw = raw;
        }

        abstract Object of(String text, JsonReader.Token token);

        @Override
        Object read(JsonReader json) {
            JsonReader.Token token = json.peek();
            switch (token) {
                case STRING: return of(json.string(), token);
                case NUMBER: return of(json.numberText(), token);
                case TRUE: json.literal(); return of("true", token);
                case FALSE: json.literal(); return of("false", token);
                case NULL: json.literal(); return absent();
                case ARRAY: {
                    if (!json.firstElement()) return absent();
                    Object value = read(json);
                    if (json.nextElement()) throw mismatch("an array of several values");
                    return value;
                }
                default: throw mismatch("an object");
            }
        }

        JsonException mismatch(String what) {
            return new JsonException("Cannot deserialize value of type `" + _raw.getName() + "` from " + what);
        }

        /** Cuts a value that ends up in an error payload and a log. */
        String shown(String text) {
            return text.length() <= 200 ? '"' + text + '"' : '"' + text.substring(0, 200) + "...\"";
        }
    }

    private static final class Text extends Single {
        Text() {
            super(String.class);
        }

        @Override
        Object of(String text, JsonReader.Token token) {
            return text;
        }
    }

    private static final class Plain extends Single {
        private final Class<?> _raw;

        Plain(Class<?> raw) {
            super(raw);
            _raw = raw;
        }

        @Override
        Object of(String text, JsonReader.Token token) {
            String trimmed = token == JsonReader.Token.STRING ? text.trim() : text;
            if (_raw == char.class || _raw == Character.class) return character(text, token);
            if (trimmed.isEmpty()) return absent();
            if (_raw == boolean.class || _raw == Boolean.class) return truth(trimmed, token);
            if (_raw == AtomicBoolean.class) return new AtomicBoolean(truth(trimmed, token));
            if (token == JsonReader.Token.TRUE || token == JsonReader.Token.FALSE) throw mismatch("a boolean");
            try {
                return Numbers.of(_raw).make(trimmed, token == JsonReader.Token.STRING);
            } catch (ArithmeticException outOfRange) {
                throw mismatch("number " + shown(text) + ": out of range");
            } catch (NumberFormatException malformed) {
                throw mismatch("string " + shown(text) + ": not a valid number");
            }
        }

        private boolean truth(String text, JsonReader.Token token) {
            if (text.equals("true") || text.equals("True") || text.equals("TRUE")) return true;
            if (text.equals("false") || text.equals("False") || text.equals("FALSE")) return false;
            if (token == JsonReader.Token.NUMBER) return new BigDecimal(text).signum() != 0;
            throw mismatch("string " + shown(text) + ": only \"true\" or \"false\" recognized");
        }

        private Object character(String text, JsonReader.Token token) {
            if (token == JsonReader.Token.NUMBER) return (char) new BigDecimal(text).intValue();
            if (text.length() == 1) return text.charAt(0);
            if (text.isEmpty()) return absent();
            throw mismatch("string " + shown(text) + ": expected one character");
        }

        @Override
        Object absent() {
            if (!_raw.isPrimitive()) return null;
            if (_raw == boolean.class) return false;
            if (_raw == char.class) return '\0';
            return Numbers.of(_raw).make("0", false);
        }
    }

    /** One numeric type. Fractions given for a whole number are cut off, as Jackson does; what is out of range is refused. */
    private enum Numbers {
        INT, LONG, SHORT, BYTE, DOUBLE, FLOAT, BIG_INTEGER, BIG_DECIMAL, ATOMIC_INT, ATOMIC_LONG, ANY;

        private static final Map<Class<?>, Numbers> BY_TYPE = new HashMap<Class<?>, Numbers>();

        static {
            Object[] types = {
                int.class, INT, Integer.class, INT, long.class, LONG, Long.class, LONG, short.class, SHORT, Short.class, SHORT,
                byte.class, BYTE, Byte.class, BYTE, double.class, DOUBLE, Double.class, DOUBLE, float.class, FLOAT, Float.class, FLOAT,
                BigInteger.class, BIG_INTEGER, BigDecimal.class, BIG_DECIMAL, AtomicInteger.class, ATOMIC_INT, AtomicLong.class, ATOMIC_LONG,
                Number.class, ANY,
            };
            for (int i = 0; i < types.length; i += 2) BY_TYPE.put((Class<?>) types[i], (Numbers) types[i + 1]);
        }

        static Numbers of(Class<?> raw) {
            return BY_TYPE.get(raw);
        }

        Object make(String text, boolean isString) {
            if (text.length() > 1000) throw new NumberFormatException("longer than 1000 characters");
            switch (this) {
                case INT: return (int) between(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
                case SHORT: return (short) between(text, Short.MIN_VALUE, Short.MAX_VALUE);
                // Jackson takes the unsigned half of a byte too.
                case BYTE: return (byte) between(text, Byte.MIN_VALUE, 255);
                case LONG: return between(text, Long.MIN_VALUE, Long.MAX_VALUE);
                case ATOMIC_INT: return new AtomicInteger((int) between(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case ATOMIC_LONG: return new AtomicLong(between(text, Long.MIN_VALUE, Long.MAX_VALUE));
                case DOUBLE: return floating(text, isString);
                case FLOAT: return isString ? (float) floating(text, true) : Float.parseFloat(text);
                case BIG_INTEGER: return whole(text);
                case BIG_DECIMAL: return new BigDecimal(text);
                default: return isString ? new BigDecimal(text) : new JsonReader(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)).number();
            }
        }

        private static double floating(String text, boolean isString) {
            if (isString && (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity"))) return Double.parseDouble(text);
            // Double.parseDouble alone would take "1f" and hexadecimal.
            return isString ? new BigDecimal(text).doubleValue() : Double.parseDouble(text);
        }

        private static long between(String text, long least, long most) {
            if (text.length() <= 18 && isPlain(text)) {
                long value = Long.parseLong(text);
                if (value < least || value > most) throw new ArithmeticException();
                return value;
            }
            long value = whole(text).longValueExact();
            if (value < least || value > most) throw new ArithmeticException();
            return value;
        }

        private static boolean isPlain(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if ((c < '0' || c > '9') && !(i == 0 && c == '-' && text.length() > 1)) return false;
            }
            return true;
        }

        private static BigInteger whole(String text) {
            BigDecimal value = new BigDecimal(text);
            if (Math.abs((long) value.scale()) > MAX_SCALE) throw new ArithmeticException();
            return value.toBigInteger();
        }
    }

    private static final class EnumReading extends Single {
        private final Object[] _constants;

        EnumReading(Class<?> raw) {
            super(raw);
            _constants = raw.isEnum() ? raw.getEnumConstants() : raw.getSuperclass().getEnumConstants();
        }

        /** An unknown name is null: READ_UNKNOWN_ENUM_VALUES_AS_NULL. */
        @Override
        Object of(String text, JsonReader.Token token) {
            if (token == JsonReader.Token.NUMBER) {
                BigDecimal index = new BigDecimal(text);
                boolean isIndex = index.signum() >= 0 && index.compareTo(BigDecimal.valueOf(_constants.length)) < 0;
                return isIndex ? _constants[index.intValue()] : null;
            }
            for (Object constant : _constants) if (((Enum<?>) constant).name().equals(text.trim())) return constant;
            return null;
        }
    }

    private static final class TimeReading extends Single {
        private final Class<?> _raw;

        TimeReading(Class<?> raw) {
            super(raw);
            _raw = raw;
        }

        @Override
        Object read(JsonReader json) {
            return json.peek() == JsonReader.Token.ARRAY && Times.readsArrays(_raw) ? Times.ofArray(json, _raw) : super.read(json);
        }

        @Override
        Object of(String text, JsonReader.Token token) {
            if (token != JsonReader.Token.STRING && token != JsonReader.Token.NUMBER) throw mismatch("a boolean");
            if (text.trim().isEmpty()) return null;
            try {
                return token == JsonReader.Token.STRING ? Times.ofText(text.trim(), _raw) : Times.ofNumber(new BigDecimal(text), _raw);
            } catch (java.time.DateTimeException malformed) {
                throw mismatch(shown(text) + ": " + malformed.getMessage());
            } catch (ArithmeticException outOfRange) {
                throw mismatch(shown(text) + ": out of range");
            }
        }
    }

    private static final class FromTextReading extends Single {
        private final FromText _make;

        FromTextReading(Class<?> raw) {
            super(raw);
            _make = FromText.of(raw);
        }

        @Override
        Object of(String text, JsonReader.Token token) {
            return text.isEmpty() ? null : _make.make(text);
        }
    }

    /** A type's own way to be made from a String: UUID.fromString, URI(String), DateTime.parse, Charset.forName. */
    static final class FromText {
        private static final String[] FACTORIES = {"fromString", "parse", "valueOf", "of", "forName", "getInstance", "create", "forLanguageTag", "compile", "getTimeZone"};

        private final Method _factory;
        private final Constructor<?> _constructor;

        private FromText(Method factory, Constructor<?> constructor) {
            _factory = factory;
            _constructor = constructor;
        }

        static FromText of(Class<?> raw) {
            for (String name : FACTORIES) {
                for (Class<?> parameter : new Class<?>[] {String.class, CharSequence.class}) {
                    try {
                        Method factory = raw.getMethod(name, parameter);
                        if (Modifier.isStatic(factory.getModifiers()) && raw.isAssignableFrom(factory.getReturnType())) return new FromText(factory, null);
                    } catch (NoSuchMethodException next) {
                        continue;
                    }
                }
            }
            if (Modifier.isAbstract(raw.getModifiers())) return null;
            try {
                return new FromText(null, raw.getConstructor(String.class));
            } catch (NoSuchMethodException none) {
                return null;
            }
        }

        Object make(String text) {
            try {
                return _factory != null ? _factory.invoke(null, text) : _constructor.newInstance(text);
            } catch (InvocationTargetException refused) {
                throw new JsonException("Cannot deserialize from String: " + refused.getCause(), refused.getCause());
            } catch (ReflectiveOperationException closed) {
                throw new JsonException("Cannot deserialize from String: " + closed, closed);
            }
        }
    }
}
