package pilotlight.runtime;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import pilotlight.runtime.RuntimeApi.Invocation;

/** Takes functions of our own through all that a function's start and its events go through, so that what it needs is loaded and compiled. */
final class WarmUp {
    private static final String[] HANDLERS = {"pilotlight.warm.Function", "pilotlight.warm.Function::handle"};
    private static final byte[] EVENT = "{\"name\":\"a\",\"more\":{\"items\":[1,\"two\",null,true,2.5],\"text\":\"\\u00e9\\n\"}}".getBytes(StandardCharsets.US_ASCII);
    private static final int EVENTS = 25;

    private WarmUp() {
    }

    static void run(File jar) throws IOException {
        ClassLoader platform = ClassLoader.getSystemClassLoader().getParent();
        URLClassLoader loader = new URLClassLoader(new URL[] {jar.toURI().toURL()}, platform);
        try {
            FunctionLogger logger = FunctionLogger.silent();
            FunctionContext.adopt(loader, logger);
            Main.Output output = new Main.Output();
            for (String name : HANDLERS) {
                Handler handler = HandlerLoader.load(name, loader, logger);
                for (int i = 0; i < EVENTS; i++) {
                    output.clear();
                    Failure failure = Main.invoke(handler, invocation(), output, logger);
                    if (failure != null) throw failure;
                }
            }
        } finally {
            loader.close();
            System.gc();
        }
    }

    private static Invocation invocation() {
        Invocation invocation = new Invocation();
        invocation.id = "00000000-0000-0000-0000-000000000000";
        invocation.deadlineMs = System.currentTimeMillis() + 1000;
        invocation.payload = EVENT;
        return invocation;
    }
}
