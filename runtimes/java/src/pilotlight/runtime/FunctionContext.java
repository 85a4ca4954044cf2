package pilotlight.runtime;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import pilotlight.json.Binder;
import pilotlight.json.JsonException;
import pilotlight.runtime.RuntimeApi.Invocation;

/** The Context of one invocation, in the shape of whatever Context interface the function brought along. */
final class FunctionContext implements InvocationHandler {
    static final String CONTEXT = "com.amazonaws.services.lambda.runtime.Context";

    private static Object s_logger;

    private final Invocation _invocation;
    private final FunctionLogger _logger;
    private final Map<?, ?> _clientContext;
    private final Map<?, ?> _identity;

    private FunctionContext(Invocation invocation, FunctionLogger logger) {
        _invocation = invocation;
        _logger = logger;
        _clientContext = parse(invocation.clientContext, "Client Context");
        _identity = parse(invocation.cognitoIdentity, "Cognito Identity");
    }

    static Object create(Class<?> shape, Invocation invocation, FunctionLogger logger) {
        return proxy(shape, new FunctionContext(invocation, logger));
    }

    /** LambdaRuntime.getLogger(), through which logging libraries write, gets our logger as it gets AWS's. */
    static void adopt(ClassLoader loader, FunctionLogger logger) {
        try {
            Class<?> runtime = Class.forName("com.amazonaws.services.lambda.runtime.LambdaRuntime", true, loader);
            for (Field field : runtime.getDeclaredFields()) {
                boolean isLogger = Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())
                    && field.getType().getName().equals("com.amazonaws.services.lambda.runtime.LambdaLogger");
                if (!isLogger) continue;
                field.setAccessible(true);
                field.set(null, logger(field.getType(), logger));
            }
        } catch (ClassNotFoundException without) {
            // The function does not use AWS's interfaces.
        } catch (ReflectiveOperationException | LinkageError other) {
            System.err.println("LambdaRuntime keeps its own logger: " + other);
        }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "getAwsRequestId": return _invocation.id;
            case "getLogGroupName": return Function.LOG_GROUP;
            case "getLogStreamName": return Function.LOG_STREAM;
            case "getFunctionName": return Function.NAME;
            case "getFunctionVersion": return Function.VERSION;
            case "getInvokedFunctionArn": return _invocation.functionArn;
            case "getRemainingTimeInMillis": return (int) (_invocation.deadlineMs - System.currentTimeMillis());
            case "getMemoryLimitInMB": return Function.MEMORY_MB;
            case "getTenantId": return _invocation.tenantId;
            case "getXrayTraceId": return _invocation.traceId;
            case "getLogger": return logger(method.getReturnType(), _logger);
            case "getIdentity": return _identity == null ? null : proxy(method.getReturnType(), new Identity(_identity));
            case "getClientContext": return _clientContext == null ? null : proxy(method.getReturnType(), new ClientContext(_clientContext));
            default: return other(this, proxy, method, arguments);
        }
    }

    private static final class Identity implements InvocationHandler {
        private final Map<?, ?> _json;

        Identity(Map<?, ?> json) {
            _json = json;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (method.getName().equals("getIdentityId")) return text(_json.get("cognitoIdentityId"));
            if (method.getName().equals("getIdentityPoolId")) return text(_json.get("cognitoIdentityPoolId"));
            return other(this, proxy, method, arguments);
        }
    }

    private static final class ClientContext implements InvocationHandler {
        private final Map<?, ?> _json;

        ClientContext(Map<?, ?> json) {
            _json = json;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            switch (method.getName()) {
                case "getCustom": return texts(_json.get("custom"));
                case "getEnvironment": return texts(_json.get("env"));
                case "getClient": return client(method.getReturnType());
                default: return other(this, proxy, method, arguments);
            }
        }

        private Object client(Class<?> shape) {
            final Object client = _json.get("client");
            if (!(client instanceof Map)) return null;
            return proxy(shape, new InvocationHandler() {
                @Override
                public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
                    Map<?, ?> json = (Map<?, ?>) client;
                    switch (method.getName()) {
                        case "getInstallationId": return text(json.get("installation_id"));
                        case "getAppTitle": return text(json.get("app_title"));
                        case "getAppVersionName": return text(json.get("app_version_name"));
                        case "getAppVersionCode": return text(json.get("app_version_code"));
                        case "getAppPackageName": return text(json.get("app_package_name"));
                        default: return other(this, proxy, method, arguments);
                    }
                }
            });
        }
    }

    private static final class Logger implements InvocationHandler {
        private final FunctionLogger _logger;

        Logger(FunctionLogger logger) {
            _logger = logger;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (!method.getName().equals("log")) return other(this, proxy, method, arguments);
            String level = arguments.length > 1 && arguments[1] != null ? arguments[1].toString() : null;
            if (method.getParameterTypes()[0] == byte[].class) _logger.log((byte[]) arguments[0], level);
            else _logger.log((String) arguments[0], level);
            return null;
        }
    }

    private static Object logger(Class<?> shape, FunctionLogger logger) {
        if (s_logger == null || !shape.isInstance(s_logger)) s_logger = proxy(shape, new Logger(logger));
        return s_logger;
    }

    private static Object proxy(Class<?> shape, InvocationHandler handler) {
        return Proxy.newProxyInstance(shape.getClassLoader(), new Class<?>[] {shape}, handler);
    }

    /** The methods of Object, and what a newer interface may ask that we do not know: null, 0 or false. */
    private static Object other(InvocationHandler self, Object proxy, Method method, Object[] arguments) {
        if (method.getDeclaringClass() == Object.class) {
            if (method.getName().equals("equals")) return proxy == arguments[0];
            if (method.getName().equals("hashCode")) return System.identityHashCode(self);
            return method.getName().equals("toString") ? self.getClass().getSimpleName() + "@" + System.identityHashCode(self) : null;
        }
        Class<?> type = method.getReturnType();
        if (type == boolean.class) return false;
        if (type == int.class) return 0;
        if (type == long.class) return 0L;
        return null;
    }

    private static Map<?, ?> parse(String json, String what) {
        if (json == null || json.isEmpty()) return null;
        try {
            Object value = new Binder().bind(json.getBytes(java.nio.charset.StandardCharsets.UTF_8), Object.class);
            if (value instanceof Map) return (Map<?, ?>) value;
        } catch (JsonException malformed) {
            throw new IllegalArgumentException("Unable to parse " + what + " JSON: " + malformed.getMessage());
        }
        throw new IllegalArgumentException("Unable to parse " + what + " JSON: not an object");
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }

    private static Map<String, String> texts(Object json) {
        if (!(json instanceof Map)) return json == null ? null : Collections.<String, String>emptyMap();
        Map<String, String> texts = new LinkedHashMap<String, String>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) json).entrySet()) texts.put((String) entry.getKey(), text(entry.getValue()));
        return texts;
    }

    /** Read when first asked for: a start ahead of need does not have them before it is told. */
    private static final class Function {
        static final String NAME = System.getenv("AWS_LAMBDA_FUNCTION_NAME");
        static final String VERSION = System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
        static final String LOG_GROUP = System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
        static final String LOG_STREAM = System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
        static final int MEMORY_MB = memory();

        private static int memory() {
            String text = System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
            try {
                return text == null ? 0 : Integer.parseInt(text.trim());
            } catch (NumberFormatException malformed) {
                return 0;
            }
        }
    }
}
