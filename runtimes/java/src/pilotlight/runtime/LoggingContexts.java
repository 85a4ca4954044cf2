package pilotlight.runtime;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

/** Puts AWSRequestId into log4j's thread context when the function logs through AWS's log4j appender, as AWS's runtime does. */
final class LoggingContexts {
    private static final String[][] CONTEXTS = {{"org.apache.logging.log4j.ThreadContext", "java.lang.String"}, {"org.apache.log4j.MDC", "java.lang.Object"}};

    private final ClassLoader _loader;
    private final Method _isUsed;
    private List<Method> _puts;

    private LoggingContexts(ClassLoader loader, Method isUsed) {
        _loader = loader;
        _isUsed = isUsed;
    }

    static LoggingContexts of(ClassLoader loader) {
        try {
            Class<?> flags = Class.forName("com.amazonaws.services.lambda.runtime.LambdaRuntimeInternal", true, loader);
            return new LoggingContexts(loader, flags.getMethod("getUseLog4jAppender"));
        } catch (ReflectiveOperationException | LinkageError without) {
            return new LoggingContexts(loader, null);
        }
    }

    void put(String requestId) {
        if (_isUsed == null) return;
        try {
            // The appender sets the flag when it is made, which may be within the first invocation.
            if (!Boolean.TRUE.equals(_isUsed.invoke(null))) return;
            if (_puts == null) _puts = find();
            for (Method put : _puts) put.invoke(null, "AWSRequestId", requestId);
        } catch (ReflectiveOperationException unusable) {
            _puts = new ArrayList<Method>();
        }
    }

    private List<Method> find() {
        List<Method> puts = new ArrayList<Method>();
        for (String[] context : CONTEXTS) {
            try {
                puts.add(Class.forName(context[0], true, _loader).getMethod("put", String.class, Class.forName(context[1])));
            } catch (ReflectiveOperationException | LinkageError without) {
                continue;
            }
        }
        return puts;
    }
}
