package pilotlight.runtime;

import java.io.PrintWriter;
import java.io.StringWriter;
import pilotlight.json.JsonWriter;

/** What went wrong in the function, or in loading it: an error payload for the caller, and text for the log. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String OURS = "pilotlight.";
    private static final int DEEPEST_CAUSE = 16;
    private static final int LONGEST_TRACE = 262144;

    private final String _type;
    private final String _trace;
    private final boolean _isFatal;
    private final transient Throwable _thrown;

    private Failure(String message, String type, String trace, boolean isFatal, Throwable thrown) {
        super(message, null, false, false);
        _type = type;
        _trace = trace;
        _isFatal = isFatal;
        _thrown = thrown;
    }

    /** A fault in how the function is declared: a message and nothing else, reported at each invocation. */
    static Failure said(String message) {
        return new Failure(message, null, null, false, null);
    }

    static Failure declared(Throwable reason) {
        return new Failure(message(reason), reason.getClass().getName(), trace(reason), false, null);
    }

    static Failure classNotFound(Throwable thrown, String className) {
        return new Failure("Class not found: " + className, thrown.getClass().getName(), trace(thrown), false, null);
    }

    /** The code cannot be loaded: reported as the failure of the init phase. */
    static Failure loading(Throwable thrown, String className) {
        String detail = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
        return new Failure("Error loading class " + className + detail, thrown.getClass().getName(), trace(thrown), true, null);
    }

    static Failure constructing(Throwable thrown) {
        return new Failure(message(thrown), thrown.getClass().getName(), trace(thrown), true, null);
    }

    static Failure thrown(Throwable thrown, boolean isFatal) {
        return new Failure(message(thrown), thrown.getClass().getName(), trace(thrown), isFatal, thrown);
    }

    boolean isFatal() {
        return _isFatal;
    }

    /** The value of Lambda-Runtime-Function-Error-Type. */
    String kind() {
        return _thrown == null ? "Runtime.BadFunctionCode" : "Runtime.UserException";
    }

    byte[] payload() {
        JsonWriter json = new JsonWriter();
        if (_thrown != null) {
            write(json, _thrown, 0);
        } else {
            json.beginObject().name("errorMessage").string(getMessage());
            if (_type != null) json.name("errorType").string(_type);
            json.endObject();
        }
        return json.toBytes();
    }

    String logText() {
        return _type == null ? getMessage() + "\n" : getMessage() + ": " + _type + "\n" + _trace + "\n";
    }

    private static void write(JsonWriter json, Throwable thrown, int depth) {
        json.beginObject();
        json.name("errorMessage").string(message(thrown));
        json.name("errorType").string(thrown.getClass().getName());
        json.name("stackTrace").beginArray();
        for (StackTraceElement frame : thrown.getStackTrace()) json.string(frame.toString());
        json.endArray();
        Throwable cause = thrown.getCause();
        if (cause != null && cause != thrown && depth < DEEPEST_CAUSE) {
            json.name("cause");
            write(json, cause, depth + 1);
        }
        json.endObject();
    }

    private static String message(Throwable thrown) {
        String message = thrown.getLocalizedMessage();
        return message == null ? thrown.getClass().getName() : message;
    }

    private static String trace(Throwable thrown) {
        trim(thrown, 0);
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.getBuffer().length() <= LONGEST_TRACE ? text.toString() : text.getBuffer().substring(0, LONGEST_TRACE) + " Truncated";
    }

    /** Cuts our frames, and the reflection between them and the function's code, off the end of a trace. */
    private static void trim(Throwable thrown, int depth) {
        StackTraceElement[] frames = thrown.getStackTrace();
        for (int i = 0; i < frames.length; i++) {
            if (!frames[i].getClassName().startsWith(OURS)) continue;
            int end = i;
            while (end > 0 && isReflection(frames[end - 1].getClassName())) end--;
            StackTraceElement[] kept = new StackTraceElement[end];
            System.arraycopy(frames, 0, kept, 0, end);
            thrown.setStackTrace(kept);
            break;
        }
        if (depth >= DEEPEST_CAUSE) return;
        if (thrown.getCause() != null) trim(thrown.getCause(), depth + 1);
        for (Throwable suppressed : thrown.getSuppressed()) trim(suppressed, depth + 1);
    }

    private static boolean isReflection(String className) {
        return className.startsWith("java.lang.reflect.") || className.startsWith("jdk.internal.reflect.")
            || className.startsWith("java.lang.invoke.") || className.startsWith("sun.reflect.");
    }
}
