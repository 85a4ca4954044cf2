package pilotlight.runtime;

import java.net.URLClassLoader;
import java.io.File;
import java.io.IOException;
import java.io.IOError;
import pilotlight.runtime.RuntimeApi.Invocation;

/** The Java runtime of Pilotlight: loads the handler, then takes one event after the other from the Runtime API. */
public final class Main {
    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";

    private Main() {
    }

    public static void main(String[] args) {
        // Properties, because a start ahead of need must not ask for variables yet.
        String waitsAt = System.clearProperty("pilotlight.stem");
        String folder = System.clearProperty("pilotlight.folder");
        RuntimeApi api = new RuntimeApi(waitsAt == null ? System.getenv("AWS_LAMBDA_RUNTIME_API") : waitsAt);
        try {
            if (waitsAt == null) api.connectAhead();
            else Stem.await(api, new File(folder));
            FunctionLogger logger = FunctionLogger.open();
            Handler handler = load(api, logger);
            serve(api, handler, logger);
        } catch (IOException gone) {
            System.err.println("The Runtime API is gone: " + gone);
            System.exit(1);
        }
    }

    private static Handler load(RuntimeApi api, FunctionLogger logger) throws IOException {
        try {
            URLClassLoader loader = FunctionClassLoader.create();
            Thread.currentThread().setContextClassLoader(loader);
            FunctionContext.adopt(loader, logger);
            return HandlerLoader.load(System.getenv("_HANDLER"), loader, logger);
        } catch (Failure failure) {
            logger.failure(failure);
            flush();
            api.initError(failure.payload(), failure.kind());
            System.exit(1);
            throw failure;
        }
    }

    private static void serve(RuntimeApi api, Handler handler, FunctionLogger logger) throws IOException {
        Output output = new Output();
        Invocation invocation = api.next();
        while (true) {
            output.clear();
            Failure failure = invoke(handler, invocation, output, logger);
            // What the code left behind must not leak into the next invocation, nor break our socket.
            Thread.interrupted();
            if (failure == null) {
                flush();
                invocation = api.respondAndNext(invocation.id, output.bytes(), output.length());
                continue;
            }
            logger.failure(failure);
            flush();
            if (failure.isFatal()) {
                api.error(invocation.id, failure.payload(), failure.kind());
                System.exit(1);
            }
            invocation = api.errorAndNext(invocation.id, failure.payload(), failure.kind());
        }
    }

    static Failure invoke(Handler handler, Invocation invocation, Output output, FunctionLogger logger) {
        if (invocation.traceId != null) System.setProperty(TRACE_PROPERTY, invocation.traceId);
        else System.clearProperty(TRACE_PROPERTY);
        logger.begin(invocation.id, invocation.tenantId);
        try {
            handler.handle(invocation, output);
            return null;
        } catch (Failure failure) {
            return failure;
        } catch (Throwable thrown) {
            return Failure.thrown(thrown, thrown instanceof VirtualMachineError || thrown instanceof IOError);
        }
    }

    private static void flush() {
        System.out.flush();
        System.err.flush();
    }

    /** A response under construction, whose bytes can be sent without a copy. */
    static final class Output extends java.io.ByteArrayOutputStream {
        Output() {
            super(1024);
        }

        byte[] bytes() {
            return buf;
        }

        int length() {
            return count;
        }

        /** Like reset, and lets go of a buffer that one large response has grown. */
        void clear() {
            count = 0;
            if (buf.length > 1 << 20) buf = new byte[1024];
        }
    }
}
