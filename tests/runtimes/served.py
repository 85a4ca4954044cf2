"""Serves the Runtime API to one real client process: give it events, get back what it posts. Used by java_test.py and dotnet_test.py."""
import fcntl
import json
import os
import queue
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid


# Whether clients are started ahead of need, as the platform's stems are, and learn of their function only then.
started_ahead = False
# Variables that a runtime reads when it starts: a function that sets one gets a start of its own.
READ_AT_START = ('JAVA_', 'JDK_', '_JAVA', 'DOTNET_', 'LANG', 'LC_', 'TZ', 'LD_', 'AWS_LAMBDA_EXEC_WRAPPER', 'LAMBDA_DOTNET')
OF_EVERY_STEM = (
    'PATH', 'TZ', 'LANG', 'HOME', 'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', '_LAMBDA_TELEMETRY_LOG_FD', 'AWS_EXECUTION_ENV',
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE')


class Client:
    """A runtime client in its own process, and the Runtime API that it talks to."""

    def __init__(self, argv, task_root, runtime_dir, handler, env=None, framed=False, style=None, machine=None):
        self.posts = queue.Queue()
        self.events = queue.Queue()
        self.polled = threading.Event()
        self.style = style or {}
        self.requests = []
        self._listener = socket.create_server(('127.0.0.1', 0))
        port = self._listener.getsockname()[1]
        environment = {
            'PATH': os.environ['PATH'], 'TZ': ':UTC', 'LANG': 'en_US.UTF-8', 'HOME': '/tmp',
            'AWS_LAMBDA_RUNTIME_API': f'127.0.0.1:{port}', '_HANDLER': handler,
            'LAMBDA_TASK_ROOT': str(task_root), 'LAMBDA_RUNTIME_DIR': str(runtime_dir),
            'AWS_LAMBDA_FUNCTION_NAME': 'tested', 'AWS_LAMBDA_FUNCTION_VERSION': '$LATEST',
            'AWS_LAMBDA_FUNCTION_MEMORY_SIZE': '512', 'AWS_LAMBDA_LOG_GROUP_NAME': '/aws/lambda/tested',
            'AWS_LAMBDA_LOG_STREAM_NAME': '2025/01/01/[$LATEST]0', **(machine or {}), **(env or {}),
        }
        self._output = tempfile.TemporaryFile()
        passed = ()
        self._frames = None
        if framed:
            self._frames, pipe = os.pipe()
            write_end = fcntl.fcntl(pipe, fcntl.F_DUPFD, 62)  # AWS's number or the next, above those that shells keep for themselves
            os.close(pipe)
            passed = (write_end,)
            environment['_LAMBDA_TELEMETRY_LOG_FD'] = str(write_end)
        self.assignment = None
        # Whoever measures holds the assignment back.
        self.assigned = threading.Event()
        self.assigned.set()
        started_with = environment
        # `machine` stands for what is the same for every function here.
        self.is_ahead = started_ahead and machine is not None and not any(name.startswith(READ_AT_START) for name in env or {})
        if self.is_ahead:
            started_with = {name: value for name, value in environment.items() if name in OF_EVERY_STEM}
            started_with.update(machine, PILOTLIGHT_STEM='1')
            self.assignment = {'variables': environment}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(argv, cwd=task_root, env=started_with, stdin=subprocess.DEVNULL,
                                        stdout=self._output, stderr=subprocess.STDOUT, pass_fds=passed)
        if framed:
            os.close(write_end)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.events.put(None)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._listener.close()
        self._output.close()
        if self._frames is not None:
            os.close(self._frames)

    def post(self, event, headers=None, request_id=None, deadline_ms=None):
        """Hands out one event; post() and answer() are apart so that a test may look at the process in between."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.events.put((body, request_id or str(uuid.uuid4()), {
            'Lambda-Runtime-Deadline-Ms': str(deadline_ms or int(time.time() * 1000) + 30000),
            'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:000000000000:function:tested',
            **(headers or {})}))

    def answer(self, timeout=60):
        """The next (kind, body, headers) that the client posts; kind is response, error or init."""
        return self.posts.get(timeout=timeout)

    def invoke(self, event, **options):
        self.post(event, **options)
        return self.answer()

    def call(self, event, **options):
        """The decoded response; anything else fails the test."""
        kind, body, _ = self.invoke(event, **options)
        assert kind == 'response', body.decode(errors='replace')
        return json.loads(body)

    def fail(self, event, **options):
        kind, body, _ = self.invoke(event, **options)
        assert kind == 'error', body.decode(errors='replace')
        return json.loads(body)

    def output(self):
        # Where the file is read and where the client goes on to write are one place: it must not move.
        descriptor = self._output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors='replace')

    def frames(self):
        """What the client wrote to the log descriptor until it ended: (type, microseconds, message)."""
        data = b''
        while chunk := os.read(self._frames, 65536):
            data += chunk
        found = []
        while data:
            kind, length = int.from_bytes(data[:4], 'big'), int.from_bytes(data[4:8], 'big')
            found.append((kind, int.from_bytes(data[8:16], 'big'), data[16:16 + length].decode()))
            data = data[16 + length:]
        return found

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._serve_requests(connection)
        except OSError:
            pass  # the client is gone, which the test sees from its process
        finally:
            connection.close()

    def _serve_requests(self, connection):
        stream = connection.makefile('rb')
        while True:
            line = stream.readline()
            if not line:
                return
            method, path, _ = line.decode().split(' ')
            headers = {}
            while (header := stream.readline().rstrip(b'\r\n')):
                name, value = header.decode().split(':', 1)
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get('content-length', 0)))
            self.requests.append((method, path))
            if path == '/_pilotlight/assignment':
                self.assigned.wait()
                text = json.dumps(self.assignment, ensure_ascii=False).encode()
                status = '200 OK' if self.assignment else '404 Not Found'
                self.assignment = None
                connection.sendall(f'HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n'.encode() + text)
                continue
            if method == 'GET':
                self.polled.set()
                if 'raw' in self.style:
                    connection.sendall(self.style['raw'])
                    return
                event = self.events.get()
                if event is None:
                    return connection.close()
                self._send_event(connection, *event)
                continue
            kind = re.fullmatch(r'/2018-06-01/runtime/(?:invocation/[^/]+/(response|error)|(init)/error)', path)
            status = self.style.get('status', '202 Accepted')
            text = b'{"status":"OK"}\n'
            connection.sendall(f'HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n'.encode() + text)
            self.posts.put((kind[1] or kind[2], body, headers))

    def _send_event(self, connection, body, request_id, headers):
        upper = self.style.get('upper')
        names = {'Lambda-Runtime-Aws-Request-Id': request_id, 'Content-Type': 'application/json', **headers}
        head = 'HTTP/1.1 200 OK\r\n' + ''.join(f'{n.upper() if upper else n}: {v}\r\n' for n, v in names.items())
        if self.style.get('chunked'):
            head += 'TRANSFER-ENCODING: chunked\r\n\r\n' if upper else 'Transfer-Encoding: chunked\r\n\r\n'
            step = max(1, len(body) // 3)
            pieces = [body[i:i + step] for i in range(0, len(body), step)]
            data = head.encode() + b''.join(b'%x;x=y\r\n%s\r\n' % (len(p), p) for p in pieces) + b'0\r\nTrailer: t\r\n\r\n'
        else:
            data = head.encode() + f'Content-Length: {len(body)}\r\n\r\n'.encode() + body
        step = self.style.get('step', len(data))
        for i in range(0, len(data), step):
            connection.sendall(data[i:i + step])
        if self.style.get('close'):
            connection.shutdown(socket.SHUT_WR)
            connection.close()


OK = b'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\n'
# Answers to a poll that no client may take for an event.
BROKEN = (
    b'', b'\x00\xff\r\n\r\n', b'HTTP/1.1 abc\r\n\r\n', b'HTTP/1.1\r\n\r\n', b'SSH-2.0-x\r\n', b'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n',
    OK, OK + b'Content-Length: -1\r\n\r\n', OK + b'Content-Length: 99999999999999999999\r\n\r\n', OK + b'Content-Length: x\r\n\r\n',
    OK + b'Content-Length: 10\r\n\r\n{}', OK + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n', OK + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{}',
    OK + b'Transfer-Encoding: chunked\r\n\r\n-1\r\n', OK + b'Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n', OK + b'X: ' + b'y' * (2 << 20))


def run(module):
    """Runs every function of a module that is named as a sentence about what holds, both ways to start, and prints what does not."""
    global started_ahead
    import sys
    import traceback
    only = sys.argv[1:]
    passed, failed, skipped = 0, [], 0
    for started_ahead, name, test in [(ahead, *item) for ahead in (False, True) for item in vars(module).items()]:
        if not callable(test) or not name[0].isupper() or '_' not in name or only and not any(o in name for o in only):
            continue
        try:
            test()
            passed += 1
        except Skip as reason:
            skipped += 1
            print(f'skipped {name}: {reason}')
        except Exception:
            failed.append(name)
            print(f"FAILED {name}{' (started ahead)' if started_ahead else ''}")
            traceback.print_exc()
    print(f'{passed} passed, {len(failed)} failed, {skipped} skipped')
    sys.exit(1 if failed else 0)


class Skip(Exception):
    pass


def measure(start, events=2000):
    """(milliseconds from exec to the first next, microseconds of a warm echo), both medians."""
    import statistics
    starts, loops = [], []
    for _ in range(11):
        with start() as client:
            client.polled.wait(30)
            starts.append((time.perf_counter() - client.started) * 1000)
            client.call({'a': 1})
            client.call({'a': 1})
            if not loops:
                for _ in range(events):
                    before = time.perf_counter()
                    client.invoke(b'{"a":1}')
                    loops.append((time.perf_counter() - before) * 1e6)
    return statistics.median(starts), statistics.median(loops[events // 2:])
