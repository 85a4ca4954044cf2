package pilotlight.runtime;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Speaks HTTP/1.1 to the Runtime API on one kept connection; a response and the poll for the next event leave in one write. */
final class RuntimeApi {
    private static final String BASE = "/2018-06-01/runtime/";
    private static final int LARGEST_BODY = 64 << 20;
    private static final int LARGEST_HEAD = 1 << 20;
    private static final int WRITTEN_AT_ONCE = 64 << 10;

    private final String _authority;
    private final String _host;
    private final int _port;
    private final byte[] _getNext;
    // A socket and not a channel: an interrupt by the function's code would close a channel.
    private Socket _socket;
    private InputStream _in;
    private OutputStream _out;
    private byte[] _buffer = new byte[16 << 10];
    private int _from;
    private int _to;

    /** One event with what the Runtime API says about it. */
    static final class Invocation {
        String id = "";
        String functionArn = "";
        String traceId;
        String clientContext;
        String cognitoIdentity;
        String tenantId;
        long deadlineMs;
        byte[] payload;
    }

    private static final class Response {
        final Invocation headers = new Invocation();
        int status;
        boolean isLast;
    }

    RuntimeApi(String authority) {
        if (authority == null) throw new IllegalStateException("AWS_LAMBDA_RUNTIME_API is not set");
        int colon = authority.lastIndexOf(':');
        _authority = authority;
        _host = colon < 0 ? authority : authority.substring(0, colon);
        _port = colon < 0 ? 80 : Integer.parseInt(authority.substring(colon + 1));
        _getNext = ascii("GET " + BASE + "invocation/next HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    }

    /** Connects on a thread of its own: a new JVM takes 10 ms to open its first socket, in which the function can be loaded. */
    void connectAhead() {
        final Thread connecting = new Thread("connect") {
            @Override
            public void run() {
                try {
                    connect();
                } catch (IOException refused) {
                    // The first request tries again, and reports it.
                }
            }
        };
        connecting.setDaemon(true);
        connecting.start();
    }

    /** The body of the answer to a plain GET. */
    byte[] get(String path) throws IOException {
        connect();
        send(ascii("GET " + path + " HTTP/1.1\r\nHost: " + _authority + "\r\n\r\n"), null, 0, null);
        Response response = read();
        if (response.status != 200) throw new IOException("status " + response.status + " for " + path);
        if (response.isLast) close();
        return response.headers.payload;
    }

    Invocation next() throws IOException {
        connect();
        send(_getNext, null, 0, null);
        return readNext();
    }

    Invocation respondAndNext(String id, byte[] body, int length) throws IOException {
        return postAndNext("invocation/" + id + "/response", "", body, length);
    }

    Invocation errorAndNext(String id, byte[] body, String kind) throws IOException {
        return postAndNext("invocation/" + id + "/error", "Lambda-Runtime-Function-Error-Type: " + kind + "\r\n", body, body.length);
    }

    void error(String id, byte[] body, String kind) throws IOException {
        post("invocation/" + id + "/error", body, kind);
    }

    void initError(byte[] body, String kind) throws IOException {
        post("init/error", body, kind);
    }

    private void post(String path, byte[] body, String kind) throws IOException {
        connect();
        byte[] head = head(path, "Lambda-Runtime-Function-Error-Type: " + kind + "\r\n", body.length);
        send(head, body, body.length, null);
        read();
        close();
    }

    private Invocation postAndNext(String path, String headers, byte[] body, int length) throws IOException {
        byte[] head = head(path, headers, length);
        Response answer = null;
        for (int attempt = 0; answer == null; attempt++) {
            try {
                connect();
                send(head, body, length, _getNext);
                answer = read();
            } catch (IOException lost) {
                close();
                // The connection may have been closed while the function was frozen; a second failure is the platform's end.
                if (attempt > 0) throw lost;
            }
        }
        if (answer.status >= 300) System.err.println("The Runtime API answered " + answer.status + " to " + path);
        if (!answer.isLast) return readNext();
        close();
        return next();
    }

    private Invocation readNext() throws IOException {
        Response response = read();
        if (response.status != 200) throw new IOException("status " + response.status + " for the next invocation");
        if (response.isLast) close();
        return response.headers;
    }

    private byte[] head(String path, String headers, int length) {
        return ascii("POST " + BASE + path + " HTTP/1.1\r\nHost: " + _authority + "\r\nContent-Type: application/json\r\n"
            + headers + "Content-Length: " + length + "\r\n\r\n");
    }

    synchronized void connect() throws IOException {
        if (_socket != null) return;
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getByName(_host), _port));
        _in = socket.getInputStream();
        _out = socket.getOutputStream();
        _from = _to = 0;
        _socket = socket;
    }

    private synchronized void close() {
        try {
            if (_socket != null) _socket.close();
        } catch (IOException ignored) {
            // Closed either way.
        }
        _socket = null;
    }

    private void send(byte[] head, byte[] body, int bodyLength, byte[] then) throws IOException {
        int thenLength = then == null ? 0 : then.length;
        int total = head.length + bodyLength + thenLength;
        if (total > WRITTEN_AT_ONCE) {
            _out.write(head);
            _out.write(body, 0, bodyLength);
            if (then != null) _out.write(then);
            return;
        }
        byte[] all = Arrays.copyOf(head, total);
        if (body != null) System.arraycopy(body, 0, all, head.length, bodyLength);
        if (then != null) System.arraycopy(then, 0, all, head.length + bodyLength, thenLength);
        _out.write(all);
    }

    private Response read() throws IOException {
        Response response = new Response();
        do {
            response.status = statusOf(line());
        } while (response.status == 100 && skipHeaders());
        long length = -1;
        boolean isChunked = false;
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) throw new IOException("malformed header");
            String name = line.substring(0, colon);
            String value = line.substring(colon + 1).trim();
            if (name.equalsIgnoreCase("Content-Length")) length = lengthOf(value, 10);
            else if (name.equalsIgnoreCase("Transfer-Encoding")) isChunked = value.equalsIgnoreCase("chunked");
            else if (name.equalsIgnoreCase("Connection")) response.isLast = value.equalsIgnoreCase("close");
            else note(response.headers, name, value);
        }
        response.headers.payload = isChunked ? chunks() : body(response, length);
        return response;
    }

    private static void note(Invocation headers, String name, String value) throws IOException {
        if (!name.regionMatches(true, 0, "Lambda-Runtime-", 0, 15)) return;
        if (name.equalsIgnoreCase("Lambda-Runtime-Aws-Request-Id")) headers.id = value;
        else if (name.equalsIgnoreCase("Lambda-Runtime-Deadline-Ms")) headers.deadlineMs = deadline(value);
        else if (name.equalsIgnoreCase("Lambda-Runtime-Invoked-Function-Arn")) headers.functionArn = value;
        else if (name.equalsIgnoreCase("Lambda-Runtime-Trace-Id")) headers.traceId = value;
        else if (name.equalsIgnoreCase("Lambda-Runtime-Client-Context")) headers.clientContext = value;
        else if (name.equalsIgnoreCase("Lambda-Runtime-Cognito-Identity")) headers.cognitoIdentity = value;
        else if (name.equalsIgnoreCase("Lambda-Runtime-Aws-Tenant-Id")) headers.tenantId = value;
    }

    private boolean skipHeaders() throws IOException {
        while (!line().isEmpty()) continue;
        return true;
    }

    private byte[] body(Response response, long length) throws IOException {
        if (length >= 0) return exactly((int) length);
        if (response.status == 204 || response.status == 304) return new byte[0];
        response.isLast = true;
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        while (_from < _to || fill()) {
            all.write(_buffer, _from, _to - _from);
            _from = _to;
            if (all.size() > LARGEST_BODY) throw new IOException("body too large");
        }
        return all.toByteArray();
    }

    private byte[] chunks() throws IOException {
        byte[] all = new byte[0];
        while (true) {
            String line = line();
            int extension = line.indexOf(';');
            int size = (int) lengthOf((extension < 0 ? line : line.substring(0, extension)).trim(), 16);
            if (size == 0) break;
            if (all.length + (long) size > LARGEST_BODY) throw new IOException("body too large");
            byte[] chunk = exactly(size);
            int end = all.length;
            all = Arrays.copyOf(all, end + size);
            System.arraycopy(chunk, 0, all, end, size);
            if (!line().isEmpty()) throw new IOException("malformed chunk");
        }
        skipHeaders(); // trailers
        return all;
    }

    private byte[] exactly(int length) throws IOException {
        byte[] body = new byte[length];
        int have = Math.min(length, _to - _from);
        System.arraycopy(_buffer, _from, body, 0, have);
        _from += have;
        while (have < length) {
            int read = _in.read(body, have, length - have);
            if (read < 0) throw new EOFException("connection closed within a body");
            have += read;
        }
        return body;
    }

    /** One line of a head, in UTF-8 (a client context may hold any letter). */
    private String line() throws IOException {
        int scanned = _from;
        while (true) {
            for (int i = scanned; i < _to; i++) {
                if (_buffer[i] != '\n') continue;
                int end = i > _from && _buffer[i - 1] == '\r' ? i - 1 : i;
                String line = new String(_buffer, _from, end - _from, StandardCharsets.UTF_8);
                _from = i + 1;
                return line;
            }
            int pending = _to - _from;
            if (pending > LARGEST_HEAD) throw new IOException("header too large");
            if (!fill()) throw new EOFException("connection closed");
            scanned = _from + pending;
        }
    }

    private boolean fill() throws IOException {
        if (_from == _to) {
            _from = _to = 0;
        } else if (_to == _buffer.length) {
            int pending = _to - _from;
            byte[] target = pending > _buffer.length / 2 ? new byte[_buffer.length * 2] : _buffer;
            System.arraycopy(_buffer, _from, target, 0, pending);
            _buffer = target;
            _from = 0;
            _to = pending;
        }
        int read = _in.read(_buffer, _to, _buffer.length - _to);
        if (read <= 0) return false;
        _to += read;
        return true;
    }

    private static int statusOf(String line) throws IOException {
        boolean isStatus = line.startsWith("HTTP/1.") && line.length() >= 12 && line.charAt(8) == ' ';
        if (!isStatus) throw new IOException("malformed status line");
        return (int) lengthOf(line.substring(9, 12), 10);
    }

    private static long lengthOf(String text, int radix) throws IOException {
        try {
            long value = Long.parseLong(text, radix);
            if (value >= 0 && value <= LARGEST_BODY) return value;
        } catch (NumberFormatException malformed) {
            // Falls through to the refusal.
        }
        throw new IOException("malformed or too large a number in a response");
    }

    private static long deadline(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException malformed) {
            throw new IOException("malformed deadline");
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
