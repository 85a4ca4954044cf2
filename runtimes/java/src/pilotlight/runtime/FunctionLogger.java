package pilotlight.runtime;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import pilotlight.json.JsonWriter;

/** Where a function's logger writes: frames on the platform's descriptor when there is one, lines on standard output when not. */
final class FunctionLogger {
    private static final String[] LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    private static final int FRAME_TEXT = 0xA55A0003;
    private static final int FRAME_JSON = 0xA55A0002;

    private final OutputStream _frames;
    private final PrintStream _lines = System.out;
    private final boolean _isJson;
    private final int _leastLevel;
    private volatile String _requestId;
    private volatile String _tenantId;

    private FunctionLogger(OutputStream frames, boolean isJson, int leastLevel) {
        _frames = frames;
        _isJson = isJson;
        _leastLevel = leastLevel;
    }

    static FunctionLogger open() {
        boolean isJson = "JSON".equalsIgnoreCase(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
        String level = System.getenv("AWS_LAMBDA_LOG_LEVEL");
        return new FunctionLogger(frames(), isJson, level == null ? 0 : levelNumber(level));
    }

    /** One that writes nothing. */
    static FunctionLogger silent() {
        return new FunctionLogger(new OutputStream() {
            @Override
            public void write(int value) {
            }

            @Override
            public void write(byte[] values, int from, int length) {
            }
        }, false, 0);
    }

    void begin(String requestId, String tenantId) {
        _requestId = requestId;
        _tenantId = tenantId;
    }

    /** Logs text at a level of LogLevel by name; "UNDEFINED" or null has no level and is never filtered. */
    void log(String message, String level) {
        int number = level == null ? 0 : levelNumber(level);
        if (number > 0 && number < _leastLevel) return;
        String text = message == null ? "null" : message;
        if (_isJson) write(json(text, number).getBytes(StandardCharsets.UTF_8), number, FRAME_JSON);
        else write((number == 0 ? text : "[" + LEVELS[number - 1] + "] " + text).getBytes(StandardCharsets.UTF_8), number, FRAME_TEXT);
    }

    /** Bytes are the function's own format, and pass as they are. */
    void log(byte[] message, String level) {
        int number = level == null ? 0 : levelNumber(level);
        if (number > 0 && number < _leastLevel || message == null) return;
        write(message, number, _isJson ? FRAME_JSON : FRAME_TEXT);
    }

    void failure(Failure failure) {
        log(failure.logText(), _isJson ? "ERROR" : null);
    }

    private String json(String message, int level) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("timestamp").string(timestamp(System.currentTimeMillis()));
        json.name("message").string(message);
        json.name("level").string(level == 0 ? "UNDEFINED" : LEVELS[level - 1]);
        if (_requestId != null) json.name("AWSRequestId").string(_requestId);
        if (_tenantId != null) json.name("tenantId").string(_tenantId);
        return json.endObject() + "\n";
    }

    private synchronized void write(byte[] message, int level, int frame) {
        try {
            if (_frames != null) _frames.write(framed(message, level, frame));
            else writeLine(message);
        } catch (IOException gone) {
            System.err.println("The log descriptor is gone: " + gone);
        }
    }

    private void writeLine(byte[] message) {
        boolean hasNewline = message.length > 0 && message[message.length - 1] == '\n';
        byte[] line = hasNewline ? message : java.util.Arrays.copyOf(message, message.length + 1);
        if (!hasNewline) line[message.length] = '\n';
        _lines.write(line, 0, line.length);
        _lines.flush();
    }

    private static byte[] framed(byte[] message, int level, int frame) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + message.length);
        java.time.Instant now = java.time.Instant.now();
        bytes.putInt(frame | level << 2).putInt(message.length);
        bytes.putLong(now.getEpochSecond() * 1000000 + now.getNano() / 1000).put(message);
        return bytes.array();
    }

    private static int levelNumber(String level) {
        for (int i = 0; i < LEVELS.length; i++) if (LEVELS[i].equalsIgnoreCase(level)) return i + 1;
        return 0;
    }

    /** yyyy-MM-ddTHH:mm:ss.SSSZ without a formatter, which would cost more than the rest of the line. */
    static String timestamp(long epochMs) {
        String text = java.time.Instant.ofEpochMilli(epochMs).toString();
        int dot = text.indexOf('.');
        return dot > 0 ? text.substring(0, dot + 4) + "Z" : text.substring(0, text.length() - 1) + ".000Z";
    }

    /** The number comes as a property, because the bootstrap takes the variable out of the function's sight. */
    private static OutputStream frames() {
        String number = System.clearProperty("pilotlight.logfd");
        if (number == null) return null;
        try {
            return new FileOutputStream(descriptor(Integer.parseInt(number)));
        } catch (ReflectiveOperationException | RuntimeException closed) {
            System.err.println("Logging to standard output, because descriptor " + number + " cannot be used: " + closed);
            return null;
        }
    }

    /**
     * Java has no public way from a number to a descriptor. Opening java.io to us at start would cost each start 5 to 10 ms, so up to
     * Java 23 Unsafe writes the field; later it warns on standard error, and the bootstrap opens the package instead.
     */
    private static FileDescriptor descriptor(int number) throws ReflectiveOperationException {
        if (System.getProperty("pilotlight.opened") != null) {
            Constructor<FileDescriptor> byNumber = FileDescriptor.class.getDeclaredConstructor(int.class);
            byNumber.setAccessible(true);
            return byNumber.newInstance(number);
        }
        Class<?> unsafeType = Class.forName("sun.misc.Unsafe");
        Field instance = unsafeType.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        Object unsafe = instance.get(null);
        Object offset = unsafeType.getMethod("objectFieldOffset", Field.class).invoke(unsafe, FileDescriptor.class.getDeclaredField("fd"));
        FileDescriptor descriptor = new FileDescriptor();
        unsafeType.getMethod("putInt", Object.class, long.class, int.class).invoke(unsafe, descriptor, offset, number);
        return descriptor;
    }
}
