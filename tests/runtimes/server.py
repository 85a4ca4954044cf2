"""A Runtime API on loopback, as a runtime client meets it: events go out by `next`, posts are kept.

It reads requests as Kestrel does, in order, pipelined or not, and can serve an event in awkward pieces.
"""
import json
import queue
import socket
import threading
import time
import uuid


WAKE = object()


class Post:
    """What a client posted, with what it carried."""

    def __init__(self, path, headers, body, trailers, chunks):
        self.path = path
        self.headers = headers
        self.body = body
        self.trailers = trailers
        self.chunks = chunks

    @property
    def kind(self):
        return self.path.rsplit("/", 1)[1]

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.path} {self.headers} {self.body[:2000]!r} {self.trailers}"


class Event:
    def __init__(self, body, headers=(), request_id=None, seconds=30, shape="whole"):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.request_id = request_id or str(uuid.uuid4())
        self.shape = shape
        self.headers = {
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:tested",
            "Content-Type": "application/json",
            **dict(headers),
        }

    def bytes(self):
        chunked = self.shape in ("chunked", "dribbled-chunks")
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(self.body)}"
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        if self.shape == "lower-case":
            lines, length = [line.split(":", 1)[0].lower() + ":" + line.split(": ", 1)[1] for line in lines], length.lower()
        head = "\r\n".join(["HTTP/1.1 200 OK", *lines, length]).encode("utf-8") + b"\r\n\r\n"
        if not chunked:
            return head + self.body
        step = max(1, len(self.body) // 3)
        pieces = [self.body[at:at + step] for at in range(0, len(self.body), step)]
        return head + b"".join(b"%X\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class RuntimeServer:
    def __init__(self, statuses=None):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self.posts = queue.Queue()
        self.polled = threading.Event()
        self.polls = 0
        self.polled_at = None
        self.connections = 0
        self.pipelined = 0
        # Statuses for posts to come, by kind: {"response": [413]}; 202 without.
        self.statuses = statuses or {}
        # Whether the next post is met by hanging up.
        self.hang_up_on_post = 0
        # Sent instead of events, as they are.
        self.answer_raw = None
        self.restore = threading.Event()
        self.restore_polls = 0
        # Makes what a client that was started ahead of need is told, once.
        self.assign = None
        self.asked = threading.Event()
        self._events = queue.Queue()
        self._open = []
        self._gone = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def send(self, *arguments, **options):
        event = Event(*arguments, **options)
        self._events.put(event)
        return event

    def close(self):
        try:
            # Wakes the thread in accept, which would otherwise take one more client.
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._events.put(None)
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def hang_up(self):
        """Closes the connections at hand, as a server does that finds them idle."""
        for connection in self._open:
            self._gone.add(connection)
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            # For the thread that waits on its behalf; no other may take it for an event.
            self._events.put(WAKE)
        self._open.clear()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            reader = Reader(connection)
            while self._answer(connection, reader):
                pass
        except OSError:
            pass

    def _answer(self, connection, reader):
        head = reader.until(b"\r\n\r\n")
        if head is None:
            return False
        lines = head.decode("utf-8").split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if method == "GET" and path == "/2018-06-01/runtime/invocation/next":
            return self._serve_next(connection)
        if method == "GET" and path == "/_pilotlight/assignment" and self.assign is not None:
            assign, self.assign = self.assign, None
            self.asked.set()
            body = json.dumps(assign()).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            return True
        if method == "GET" and path == "/2018-06-01/runtime/restore/next":
            self.restore_polls += 1
            self.restore.wait(30)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return True
        if method != "POST":
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        if self.hang_up_on_post:
            self.hang_up_on_post -= 1
            connection.shutdown(socket.SHUT_RDWR)
            return False
        trailers, chunks = {}, None
        if headers.get("transfer-encoding", "").lower() == "chunked":
            chunks, trailers = reader.chunks()
            body = b"".join(chunks)
        else:
            body = reader.exactly(int(headers.get("content-length", "0")))
        if reader.pending.startswith(b"GET "):
            self.pipelined += 1
        post = Post(path, headers, body, trailers, chunks)
        statuses = self.statuses.get(post.kind)
        status = statuses.pop(0) if statuses else 202
        text = b'{"status":"OK"}\n' if status == 202 else b'{"errorMessage":"refused","errorType":"Refused"}\n'
        connection.sendall(
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
            b"Server: Kestrel\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text))
        self.posts.put(post)
        return True

    def _serve_next(self, connection):
        self.polls += 1
        self.polled_at = self.polled_at or time.monotonic()
        self.polled.set()
        while True:
            event = self._events.get()
            if connection in self._gone:
                if event is not WAKE:
                    self._events.put(event)
                return False
            if event is not WAKE:
                break
            self._events.put(event)
            time.sleep(0.001)
        if event is None:
            return False
        data = event.bytes()
        if self.answer_raw is not None:
            connection.sendall(self.answer_raw)
            connection.shutdown(socket.SHUT_RDWR)
            return False
        if event.shape in ("dribbled", "dribbled-chunks"):
            for at in range(0, len(data), 7):
                connection.sendall(data[at:at + 7])
        elif event.shape == "continued":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" + data)
        else:
            connection.sendall(data)
        return True


class Reader:
    def __init__(self, connection):
        self._connection = connection
        self.pending = b""

    def _more(self):
        data = self._connection.recv(1 << 20)
        self.pending += data
        return bool(data)

    def until(self, mark):
        while mark not in self.pending:
            if not self._more():
                return None
        found, _, self.pending = self.pending.partition(mark)
        return found

    def exactly(self, count):
        parts, missing = [self.pending[:count]], count - len(self.pending)
        self.pending = self.pending[count:]
        while missing > 0:
            data = self._connection.recv(min(missing, 1 << 20))
            if not data:
                raise ConnectionError("the client hung up inside a body")
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def chunks(self):
        found = []
        while True:
            size = self.until(b"\r\n")
            if size is None:
                raise ConnectionError("the client hung up inside a chunked body")
            size = int(size, 16)
            if size == 0:
                break
            found.append(self.exactly(size))
            self.exactly(2)
        trailers = {}
        while True:
            line = self.until(b"\r\n")
            if not line:
                return found, trailers
            name, _, value = line.decode("utf-8").partition(":")
            trailers[name.lower()] = value.strip()
