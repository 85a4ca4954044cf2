import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Run at build time: serves a few events to a runtime that is about to write its class archive, then closes the connection. */
public final class Training {
    private static final String[] EVENTS = {
        "{\"name\":\"a\",\"more\":{\"items\":[1,\"two\",null,true,2.5],\"text\":\"\\u00e9\\n\"}}", "{\"name\":\"fail\"}", "{}",
    };

    public static final class Event {
        private String name;
        private Map<String, Object> more;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public Map<String, Object> getMore() {
            return more;
        }

        public void setMore(Map<String, Object> more) {
            this.more = more;
        }
    }

    public static Event handle(Event event) {
        System.out.println(event.getName());
        if ("fail".equals(event.getName())) throw new IllegalStateException("as asked");
        return event;
    }

    public static void main(String[] command) throws Exception {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.put("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + listener.getLocalPort());
        environment.put("_HANDLER", "Training::handle");
        environment.put("LAMBDA_TASK_ROOT", new File(".").getCanonicalPath());
        Process process = builder.inheritIO().start();
        listener.setSoTimeout(30000);
        serve(listener.accept());
        listener.close();
        process.waitFor();
    }

    private static void serve(Socket socket) throws Exception {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        int event = 0;
        while (true) {
            String head = head(in);
            if (head.startsWith("GET")) {
                if (event == EVENTS.length) break;
                String body = EVENTS[event++];
                send(socket, "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " + event + "\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n"
                    + "Lambda-Runtime-Trace-Id: Root=1-0-0\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            } else {
                int at = head.indexOf("Content-Length: ") + 16;
                for (int left = Integer.parseInt(head.substring(at, head.indexOf('\r', at))); left > 0; left--) in.read();
                send(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            }
        }
        socket.close();
    }

    private static void send(Socket socket, String text) throws Exception {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String head(InputStream in) throws Exception {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString("ISO-8859-1").endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) throw new java.io.EOFException("the runtime ended early");
            head.write(b);
        }
        return head.toString("ISO-8859-1");
    }
}
