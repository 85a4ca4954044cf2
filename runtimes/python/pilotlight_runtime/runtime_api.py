"""The client's side of the Runtime API: HTTP/1.1 over one kept connection, on a bare socket.

A response and the poll for the next event leave in one write: the server answers pipelined requests in
order, and so one round trip a call is saved.
"""
from _socket import AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket

PREFIX = b"/2018-06-01/runtime/"
RECEIVE_SIZE = 65536
MAX_HEAD_SIZE = 1 << 20
# A larger body may be refused before it was read, which closes the connection: it travels alone.
MAX_PIPELINED_SIZE = 1 << 18


class ProtocolError(OSError):
    """The server said something that is not HTTP, or hung up."""


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._host = host.strip("[]") or "127.0.0.1"
        self._port = int(port)
        self._family = AF_INET6 if ":" in self._host else AF_INET
        self._host_header = b" HTTP/1.1\r\nHost: " + address.encode("ascii") + b"\r\n"
        self._get_next = b"GET " + PREFIX + b"invocation/next" + self._host_header + b"\r\n"
        self._socket = None
        self._pending = b""

    def get(self, path):
        """The body of the answer to a plain GET."""
        self._send(b"GET " + path + self._host_header + b"\r\n")
        status, _, body = self._read_response()
        if status != 200:
            raise ProtocolError(f"The Runtime API answered {path!r} with {status}.")
        return body

    def next_event(self):
        """Waits for an event: (headers with lower-case names, body), all bytes."""
        failures = 0
        while True:
            try:
                self._send(self._get_next)
                return self._read_event()
            except OSError:
                self._close()
                failures += 1
                if failures == 3:
                    raise

    def answer(self, kind, request_id, body, headers):
        """Posts what became of an invocation (`response` or `error`), then waits for the next event."""
        post = self._post(b"invocation/" + request_id + b"/" + kind, body, headers)
        if len(body) > MAX_PIPELINED_SIZE:
            self._deliver(post)
            return self.next_event()
        for _ in range(2):
            try:
                self._send(post + self._get_next)
                self._read_response()
            except OSError:
                # The connection had been closed while the handler ran. Should the first post have
                # arrived after all, the second is refused, which harms nothing.
                self._close()
                continue
            try:
                if self._socket is not None:
                    return self._read_event()
            except OSError:
                self._close()
            break
        return self.next_event()

    def post_error(self, path, body, headers):
        """Posts an error outside an invocation: `init/error` or `restore/error`."""
        self._deliver(self._post(path, body, headers))

    def restore_next(self):
        self._send(b"GET " + PREFIX + b"restore/next" + self._host_header + b"\r\n")
        self._read_response()

    def _post(self, path, body, headers):
        return b"".join((
            b"POST ", PREFIX, path, self._host_header, headers,
            b"Content-Length: %d\r\n\r\n" % len(body), body))

    def _deliver(self, post):
        for _ in range(2):
            try:
                self._send(post)
            except OSError:
                # A refused body (413) ends the connection, but its answer may already be here.
                try:
                    self._read_response()
                    self._close()
                    return
                except OSError:
                    self._close()
                    continue
            try:
                self._read_response()
                return
            except OSError:
                self._close()

    def _send(self, data):
        if self._socket is None:
            connection = socket(self._family, SOCK_STREAM)
            connection.connect((self._host, self._port))
            connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            self._pending = b""
            self._socket = connection
        self._socket.sendall(data)

    def _close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read_event(self):
        status, headers, body = self._read_response()
        if status != 200 or b"lambda-runtime-aws-request-id" not in headers:
            raise ProtocolError(f"The Runtime API answered 'next' with {status}: {body[:500]!r}")
        return headers, body

    def _read_response(self):
        status = 100
        while status < 200:
            status, headers, start = self._read_head()
        data = self._pending
        length = headers.get(b"content-length")
        if b"transfer-encoding" in headers:
            self._pending = data[start:]
            body = self._read_chunks()
        elif length is not None:
            end = start + int(length)
            if end <= len(data):
                body = data[start:end]
                self._pending = data[end:]
            else:
                body = self._read_long(data[start:], end - start)
        elif status == 204 or status == 304:
            body = b""
            self._pending = data[start:]
        else:
            body = self._read_to_end(data[start:])
        if headers.get(b"connection", b"").lower() == b"close":
            self._close()
        return status, headers, body

    def _read_head(self):
        """The status, the headers, and where in the pending bytes the body starts."""
        data = self._pending
        end = data.find(b"\r\n\r\n")
        while end < 0:
            if len(data) > MAX_HEAD_SIZE:
                raise ProtocolError("The Runtime API's headers do not end.")
            data += self._receive()
            end = data.find(b"\r\n\r\n")
        lines = data[:end].split(b"\r\n")
        try:
            status = int(lines[0][9:12])
        except ValueError:
            raise ProtocolError(f"Not an HTTP status line: {lines[0][:100]!r}") from None
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        if status < 200:
            data = data[end + 4:]
        self._pending = data
        return status, headers, end + 4

    def _receive(self):
        data = self._socket.recv(RECEIVE_SIZE)
        if not data:
            raise ProtocolError("The Runtime API closed the connection.")
        return data

    def _read_long(self, begun, length):
        body = bytearray(length)
        filled = len(begun)
        body[:filled] = begun
        view = memoryview(body)
        while filled < length:
            count = self._socket.recv_into(view[filled:])
            if count == 0:
                raise ProtocolError("The Runtime API closed the connection inside a body.")
            filled += count
        self._pending = b""
        return bytes(body)

    def _read_to_end(self, begun):
        parts = [begun]
        while True:
            data = self._socket.recv(RECEIVE_SIZE)
            if not data:
                self._close()
                return b"".join(parts)
            parts.append(data)

    def _read_chunks(self):
        parts = []
        while True:
            try:
                size = int(self._read_line().partition(b";")[0], 16)
            except ValueError:
                raise ProtocolError("A chunk without a size.") from None
            if size < 0:
                raise ProtocolError("A chunk of negative size.")
            if size == 0:
                break
            data = self._pending
            if len(data) >= size:
                parts.append(data[:size])
                self._pending = data[size:]
            else:
                parts.append(self._read_long(data, size))
            if self._read_line():
                raise ProtocolError("A chunk longer than its size.")
        while self._read_line():
            pass
        return b"".join(parts)

    def _read_line(self):
        data = self._pending
        end = data.find(b"\r\n")
        while end < 0:
            if len(data) > MAX_HEAD_SIZE:
                raise ProtocolError("A line of the Runtime API does not end.")
            data += self._receive()
            end = data.find(b"\r\n")
        self._pending = data[end + 2:]
        return data[:end]
