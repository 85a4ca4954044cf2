package pilotlight.json;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a class shows of itself as JSON: getters and public fields, in the order of its fields. */
final class Beans {
    private Beans() {
    }

    /** The JavaBeans rule, which AWS switches on in Jackson: "URL" stays, "Name" becomes "name". */
    static String decapitalize(String name) {
        if (name.length() > 1 && Character.isUpperCase(name.charAt(0)) && Character.isUpperCase(name.charAt(1))) return name;
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    static List<Property> properties(Class<?> raw) {
        boolean isRecord = BeanReading.isRecord(raw);
        // Null keeps a private field's place in the order until its getter is found.
        Map<String, Property> found = new LinkedHashMap<String, Property>();
        addFields(raw, found);
        for (Method method : raw.getMethods()) {
            String name = propertyName(method, isRecord, found);
            if (name == null) continue;
            Property known = found.get(name);
            if (known != null && known.getter != null && !isBetter(method, known.getter)) continue;
            if (isOpen(method)) found.put(name, new Property(name, method, null));
        }
        List<Property> properties = new ArrayList<Property>();
        for (Property property : found.values()) if (property != null) properties.add(property);
        return properties;
    }

    private static void addFields(Class<?> raw, Map<String, Property> found) {
        if (raw == null || raw == Object.class) return;
        addFields(raw.getSuperclass(), found);
        for (Field field : raw.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || field.isSynthetic()) continue;
            boolean isShown = Modifier.isPublic(modifiers) && isOpen(field);
            found.put(field.getName(), isShown ? new Property(field.getName(), null, field) : null);
        }
    }

    private static String propertyName(Method method, boolean isRecord, Map<String, Property> fields) {
        String name = method.getName();
        Class<?> type = method.getReturnType();
        boolean isRead = method.getParameterTypes().length == 0 && type != void.class && !Modifier.isStatic(method.getModifiers());
        if (!isRead || method.isBridge() || method.getDeclaringClass() == Object.class) return null;
        if (isRecord && fields.containsKey(name)) return name;
        if (name.length() > 3 && name.startsWith("get")) return decapitalize(name.substring(3));
        boolean isTruth = type == boolean.class || type == Boolean.class;
        return isTruth && name.length() > 2 && name.startsWith("is") ? decapitalize(name.substring(2)) : null;
    }

    /** getX before isX; the most derived declaration before the one it overrides. */
    private static boolean isBetter(Method candidate, Method known) {
        if (candidate.getName().equals(known.getName())) return known.getDeclaringClass().isAssignableFrom(candidate.getDeclaringClass());
        return candidate.getName().startsWith("get");
    }

    private static boolean isOpen(java.lang.reflect.AccessibleObject member) {
        try {
            member.setAccessible(true);
            return true;
        } catch (RuntimeException closed) {
            return member instanceof Method && Modifier.isPublic(((Method) member).getDeclaringClass().getModifiers());
        }
    }

    static final class Property {
        final String name;
        private final Method getter;
        private final Field field;

        Property(String name, Method getter, Field field) {
            this.name = name;
            this.getter = getter;
            this.field = field;
        }

        Object get(Object bean) throws IllegalAccessException {
            try {
                return getter != null ? getter.invoke(bean) : field.get(bean);
            } catch (InvocationTargetException thrown) {
                throw new JsonException(thrown.getCause() + " (through reference chain: " + bean.getClass().getName() + "[\"" + name + "\"])", thrown.getCause());
            }
        }
    }
}
