package pilotlight.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Reads an object into a bean (setters, public fields) or a record. Unknown properties are skipped. */
final class BeanReading extends Binder.Reading {
    private static final String[] EVENT_PACKAGES = {"com.amazonaws.services.lambda.runtime.events.", "com.amazonaws.services.s3.event."};

    private final Binder _binder;
    private final Class<?> _raw;
    private final Map<String, Property> _exact = new HashMap<String, Property>();
    private final Map<String, Property> _anyCase = new HashMap<String, Property>();
    private final boolean _isEvent;
    private Constructor<?> _canonical;
    private Type[] _components;

    BeanReading(Binder binder, Type type) {
        _binder = binder;
        _raw = Types.raw(type);
        _isEvent = isEvent(_raw);
        Map<TypeVariable<?>, Type> variables = Types.variables(type);
        if (isRecord(_raw)) {
            findComponents(variables);
        } else {
            findFields(variables);
            findSetters(variables);
        }
        for (Map.Entry<String, Property> property : _exact.entrySet()) {
            String folded = property.getKey().toLowerCase(Locale.ROOT);
            if (!_anyCase.containsKey(folded)) _anyCase.put(folded, property.getValue());
        }
    }

    @Override
    Object read(JsonReader json) {
        switch (json.peek()) {
            case OBJECT: return _canonical != null ? readRecord(json) : readBean(json);
            case STRING: return ofText(json.string());
            case ARRAY: return single(json);
            default: throw mismatch("a " + json.peek().name().toLowerCase(Locale.ROOT) + " value");
        }
    }

    private Object readBean(JsonReader json) {
        Object bean = construct(_raw);
        for (String name = json.firstName(); name != null; name = json.nextName()) {
            Property property = find(name);
            if (property == null) json.skip();
            else property.set(bean, value(json, property, name));
        }
        return bean;
    }

    private Object readRecord(JsonReader json) {
        Object[] arguments = new Object[_components.length];
        for (int i = 0; i < arguments.length; i++) {
            if (Types.raw(_components[i]).isPrimitive()) arguments[i] = _binder.read(new JsonReader("null".getBytes()), _components[i]);
        }
        for (String name = json.firstName(); name != null; name = json.nextName()) {
            Property property = find(name);
            if (property == null) json.skip();
            else arguments[property.index] = value(json, property, name);
        }
        try {
            return _canonical.newInstance(arguments);
        } catch (InvocationTargetException refused) {
            throw new JsonException("Cannot construct instance of `" + _raw.getName() + "`: " + refused.getCause(), refused.getCause());
        } catch (ReflectiveOperationException closed) {
            throw new JsonException("Cannot construct instance of `" + _raw.getName() + "`: " + closed, closed);
        }
    }

    private Object value(JsonReader json, Property property, String name) {
        try {
            // AWS's event classes carry times as seconds where a bean would carry milliseconds.
            if (_isEvent && property.type == java.util.Date.class && json.peek() == JsonReader.Token.NUMBER)
                return new java.util.Date(new java.math.BigDecimal(json.numberText()).movePointRight(3).longValue());
            return _binder.read(json, property.type);
        } catch (JsonException inner) {
            if (inner.getMessage().length() > 2000) throw inner;
            throw new JsonException(inner.getMessage() + " (through reference chain: " + _raw.getName() + "[\"" + name + "\"])", inner.getCause());
        }
    }

    private Property find(String name) {
        Property property = _exact.get(name);
        if (property == null) property = _anyCase.get(name.toLowerCase(Locale.ROOT));
        if (property == null && _isEvent && name.indexOf('-') >= 0) property = _anyCase.get(name.replace("-", "").toLowerCase(Locale.ROOT));
        return property;
    }

    /** "" is null, as AWS configures Jackson; other text needs the type's own constructor or factory. */
    private Object ofText(String text) {
        if (text.isEmpty()) return null;
        Scalars.FromText make = Scalars.FromText.of(_raw);
        if (make == null) throw mismatch("a string value: no String-argument constructor or factory method");
        return make.make(text);
    }

    private Object single(JsonReader json) {
        if (!json.firstElement()) return null;
        Object value = _binder.read(json, _raw);
        if (json.nextElement()) throw mismatch("an array of several values");
        return value;
    }

    private JsonException mismatch(String what) {
        return new JsonException("Cannot deserialize instance of `" + _raw.getName() + "` from " + what);
    }

    private void findFields(Map<TypeVariable<?>, Type> variables) {
        for (Class<?> at = _raw; at != null && at != Object.class; at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                boolean isOpen = Modifier.isPublic(modifiers) || _isEvent;
                if (!isOpen || Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || _exact.containsKey(field.getName())) continue;
                if (!open(field)) continue;
                Property property = new Property(Types.fill(field.getGenericType(), variables));
                property.field = field;
                _exact.put(field.getName(), property);
            }
        }
    }

    private void findSetters(Map<TypeVariable<?>, Type> variables) {
        for (Method method : _raw.getMethods()) {
            String name = method.getName();
            boolean isSetter = name.length() > 3 && name.startsWith("set") && method.getParameterTypes().length == 1;
            if (!isSetter || Modifier.isStatic(method.getModifiers()) || method.isBridge() || !open(method)) continue;
            Property property = new Property(Types.fill(method.getGenericParameterTypes()[0], variables));
            property.setter = method;
            String propertyName = Beans.decapitalize(name.substring(3));
            Property known = _exact.get(propertyName);
            if (known != null && known.setter != null && !isBetter(method, known.setter)) continue;
            _exact.put(propertyName, property);
        }
    }

    /** Of overloaded setters, the one whose type the getter has; else a String, number or boolean before others. */
    private boolean isBetter(Method candidate, Method known) {
        Class<?> type = candidate.getParameterTypes()[0];
        if (known.getParameterTypes()[0] == type) return known.getDeclaringClass().isAssignableFrom(candidate.getDeclaringClass());
        try {
            return _raw.getMethod("get" + candidate.getName().substring(3)).getReturnType() == type;
        } catch (NoSuchMethodException none) {
            return Scalars.isScalar(type) && !Scalars.isScalar(known.getParameterTypes()[0]);
        }
    }

    private void findComponents(Map<TypeVariable<?>, Type> variables) {
        try {
            Object[] components = (Object[]) Class.class.getMethod("getRecordComponents").invoke(_raw);
            Class<?>[] types = new Class<?>[components.length];
            _components = new Type[components.length];
            for (int i = 0; i < components.length; i++) {
                Class<?> component = components[i].getClass();
                types[i] = (Class<?>) component.getMethod("getType").invoke(components[i]);
                _components[i] = Types.fill((Type) component.getMethod("getGenericType").invoke(components[i]), variables);
                Property property = new Property(_components[i]);
                property.index = i;
                _exact.put((String) component.getMethod("getName").invoke(components[i]), property);
            }
            _canonical = _raw.getDeclaredConstructor(types);
            _canonical.setAccessible(true);
        } catch (ReflectiveOperationException impossible) {
            throw new JsonException("Cannot read the record `" + _raw.getName() + "`", impossible);
        }
    }

    static boolean isRecord(Class<?> raw) {
        return raw.getSuperclass() != null && raw.getSuperclass().getName().equals("java.lang.Record");
    }

    static Object construct(Class<?> raw) {
        if (raw.isInterface() || Modifier.isAbstract(raw.getModifiers()))
            throw new JsonException("Cannot construct instance of `" + raw.getName() + "`: abstract types cannot be instantiated");
        try {
            Constructor<?> constructor = raw.getDeclaredConstructor();
            if (!Modifier.isPublic(constructor.getModifiers()) || !Modifier.isPublic(raw.getModifiers())) constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (NoSuchMethodException none) {
            if (isEvent(raw)) return withoutConstructor(raw);
            throw new JsonException("Cannot construct instance of `" + raw.getName() + "` (no Creators, like default constructor, exist)");
        } catch (InvocationTargetException refused) {
            throw new JsonException("Cannot construct instance of `" + raw.getName() + "`: " + refused.getCause(), refused.getCause());
        } catch (ReflectiveOperationException closed) {
            throw new JsonException("Cannot construct instance of `" + raw.getName() + "`: " + closed, closed);
        }
    }

    /** Some of AWS's event classes have only constructors with every value; AWS binds them with rules of its own, we by their fields. */
    private static Object withoutConstructor(Class<?> raw) {
        try {
            Class<?> factoryType = Class.forName("sun.reflect.ReflectionFactory");
            Object factory = factoryType.getMethod("getReflectionFactory").invoke(null);
            Constructor<?> constructor = (Constructor<?>) factoryType
                .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(factory, raw, Object.class.getConstructor());
            return constructor.newInstance();
        } catch (ReflectiveOperationException absent) {
            throw new JsonException("Cannot construct instance of `" + raw.getName() + "` (no default constructor)", absent);
        }
    }

    private static boolean isEvent(Class<?> raw) {
        for (String prefix : EVENT_PACKAGES) if (raw.getName().startsWith(prefix)) return true;
        return false;
    }

    private static boolean open(java.lang.reflect.AccessibleObject member) {
        try {
            member.setAccessible(true);
            return true;
        } catch (RuntimeException closed) {
            return false; // a member of the JDK
        }
    }

    private static final class Property {
        final Type type;
        Field field;
        Method setter;
        int index;

        Property(Type type) {
            this.type = type;
        }

        void set(Object bean, Object value) {
            try {
                if (setter != null) setter.invoke(bean, value);
                else field.set(bean, value);
            } catch (InvocationTargetException refused) {
                throw new JsonException(String.valueOf(refused.getCause()), refused.getCause());
            } catch (IllegalAccessException closed) {
                throw new JsonException(closed.toString(), closed);
            }
        }
    }
}
