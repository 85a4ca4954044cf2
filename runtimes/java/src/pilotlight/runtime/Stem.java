package pilotlight.runtime;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import pilotlight.json.Binder;

/**
 * A start ahead of need: does once what every function's start does, then waits to be told which function this is. Until then nothing may
 * ask for a variable: the class library takes its copy of them when it is first asked.
 */
final class Stem {
    private static final String TELEMETRY = "_LAMBDA_TELEMETRY_LOG_FD";

    private Stem() {
    }

    static void await(RuntimeApi api, File folder) throws IOException {
        System.load(new File(folder, "libpilotlight-stem.so").getPath());
        api.connect();
        WarmUp.run(new File(folder, "warm.jar"));
        Map<?, ?> assignment = (Map<?, ?>) new Binder().bind(api.get("/_pilotlight/assignment"), Object.class);
        Map<?, ?> told = (Map<?, ?>) assignment.get("variables");
        Map<Object, Object> variables = new LinkedHashMap<Object, Object>(told);
        // As the bootstrap does at a plain start: the descriptor's number is out of the function's sight.
        variables.remove(TELEMETRY);
        become(variables);
        // Names, because values pass through an encoding.
        if (System.getenv().keySet().equals(variables.keySet())) return;
        // Somebody has asked too early, in a class library that we do not know: a plain start, in the same process.
        become(told);
        check(execute(bytes(new File(folder, "bootstrap").getPath())), "bootstrap");
    }

    private static void become(Map<?, ?> variables) throws IOException {
        byte[][] texts = new byte[variables.size() * 2][];
        int at = 0;
        for (Map.Entry<?, ?> variable : variables.entrySet()) {
            texts[at++] = bytes(variable.getKey());
            texts[at++] = bytes(variable.getValue());
        }
        check(setVariables(texts), "variables");
        // The folder in which this process started lies below the function's code now.
        check(changeFolder(bytes(variables.get("LAMBDA_TASK_ROOT"))), "folder");
    }

    private static void check(int errno, String what) throws IOException {
        if (errno != 0) throw new IOException("cannot take over the function's " + what + ": error " + errno);
    }

    private static byte[] bytes(Object text) {
        byte[] bytes = ((String) text).getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    private static native int setVariables(byte[][] namesAndValues);

    private static native int changeFolder(byte[] path);

    private static native int execute(byte[] program);
}
