package pilotlight.runtime;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Loads the function's classes: its root, its lib/*.jar, and the jars of its layers. It sees the JDK, and nothing of ours. */
final class FunctionClassLoader {
    private FunctionClassLoader() {
    }

    static URLClassLoader create() {
        File root = new File(System.getenv("LAMBDA_TASK_ROOT"));
        File layers = new File(System.getProperty("pilotlight.layers", "/opt"), "java/lib");
        try {
            List<URL> urls = new ArrayList<URL>();
            urls.add(root.toURI().toURL());
            addJars(new File(root, "lib"), urls);
            addJars(layers, urls);
            return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getSystemClassLoader().getParent());
        } catch (MalformedURLException impossible) {
            throw Failure.said("Cannot read " + root + ": " + impossible.getMessage());
        }
    }

    private static void addJars(File folder, List<URL> urls) throws MalformedURLException {
        String[] names = folder.list();
        if (names == null) return;
        Arrays.sort(names);
        for (String name : names) if (name.endsWith(".jar")) urls.add(new File(folder, name).toURI().toURL());
    }
}
