"""Starts a runtime client as the platform does, in a folder of its own, and reads what it logs."""
import os
import re
import shutil
import struct
import subprocess
import tempfile
import threading
import time

from server import RuntimeServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAIT_SECONDS = 30

# Whether clients are started ahead of need, as the platform's stems are, and learn of their function only then.
from_stems = False
# Variables that an interpreter reads when it starts: a function that sets one gets a start of its own.
READ_AT_START = ("PYTHON", "NODE_", "RUBY", "GEM_", "BUNDLE_", "LD_", "LANG", "LC_", "TZ", "UV_", "AWS_LAMBDA_EXEC_WRAPPER")
# What a stem knows: nothing of any function.
OF_EVERY_STEM = (
    "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_RUNTIME_API", "_LAMBDA_TELEMETRY_LOG_FD", "TZ", "LANG", "PATH", "AWS_XRAY_CONTEXT_MISSING")


class Language:
    """How one language's client is built and started. `argv` may use {runtime} and {task}."""

    def __init__(self, name, runtime, argv, variables=None, needs=None, functions=None):
        self.name = name
        self.runtime = runtime
        self.argv = argv
        self.variables = variables or {}
        self.needs = needs or argv[0]
        # The functions that the cases for every language use: name -> (files, handler).
        self.functions = functions or {}
        self.folder = None

    def function(self, name):
        return self.functions[name]

    def missing(self):
        return None if shutil.which(self.needs) else f"{self.needs} is not on this machine"

    def build(self, output):
        self.folder = output
        built = subprocess.run(
            [os.path.join(ROOT, "runtimes", self.name, "build"), output], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if built.returncode != 0:
            raise RuntimeError(f"runtimes/{self.name}/build left with {built.returncode}: {built.stderr.strip()}")


class Frame:
    def __init__(self, type, microseconds, text):
        self.type = type
        self.microseconds = microseconds
        self.text = text

    @property
    def level(self):
        return self.type >> 2 & 7

    @property
    def is_json(self):
        return self.type & 3 == 2

    def __repr__(self):
        return f"{self.type:08X} {self.text!r}"


class Client:
    """A running client and the Runtime API it talks to; use as a context manager."""

    def __init__(self, language, files, handler, variables=None, framed=True, statuses=None):
        self.language = language
        self.server = RuntimeServer(statuses)
        self.task = tempfile.mkdtemp(prefix="pilotlight-task-")
        is_stem = from_stems and not any(name.startswith(READ_AT_START) and name != "NODE_ENV" for name in variables or {})
        if not is_stem:
            self._write(files)
        self._frames_read, frames_write = os.pipe()
        environment = {
            "_HANDLER": handler,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_" + language.runtime,
            "AWS_LAMBDA_FUNCTION_NAME": "tested", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tested",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
            "AWS_LAMBDA_RUNTIME_API": self.server.address,
            "LAMBDA_TASK_ROOT": self.task, "LAMBDA_RUNTIME_DIR": language.folder,
            "TZ": ":UTC", "LANG": "en_US.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        }
        known = {"runtime": language.folder, "task": self.task}
        for name, value in {**language.variables, **(variables or {})}.items():
            environment[name] = value.format(**known) if name in language.variables else value
        if framed:
            environment["_LAMBDA_TELEMETRY_LOG_FD"] = str(frames_write)
        self.started_at = time.monotonic()
        started_with, folder = environment, self.task
        if is_stem:
            started_with = {name: value for name, value in environment.items() if name in OF_EVERY_STEM or name in language.variables}
            started_with["PILOTLIGHT_STEM"] = "1"
            folder = "/"

            def assign():
                # The function's code is mounted when it is known: a client must not remember what was not there.
                self._write(files)
                return {"variables": environment}
            self.server.assign = assign
        self.process = subprocess.Popen(
            [part.format(**known) for part in language.argv], cwd=folder, env=started_with,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=(frames_write,) if framed else ())
        os.close(frames_write)
        self.stdout, self.stderr, self._frame_bytes = bytearray(), bytearray(), bytearray()
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in (
                (self.process.stdout.fileno(), self.stdout), (self.process.stderr.fileno(), self.stderr),
                (self._frames_read, self._frame_bytes))]
        for reader in self._readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _write(self, files):
        for path, text in files.items():
            full = os.path.join(self.task, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())

    @staticmethod
    def _read(descriptor, into):
        while True:
            try:
                data = os.read(descriptor, 1 << 16)
            except OSError:
                return
            if not data:
                return
            into += data

    def invoke(self, body, **options):
        """Sends one event; what was posted for it."""
        event = self.server.send(body, **options)
        return self.posted(), event

    def posted(self):
        import queue
        try:
            return self.server.posts.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise AssertionError("nothing was posted\n" + self.told()) from None

    def ready(self):
        if not self.server.polled.wait(WAIT_SECONDS):
            raise AssertionError("never polled for an event\n" + self.told())
        return self

    def exit_status(self):
        """Waits for the process's own end."""
        try:
            status = self.process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError("did not exit\n" + self.told()) from None
        for reader in self._readers:
            reader.join(WAIT_SECONDS)
        return status

    def stop(self):
        """Ends the process and hands back all it wrote."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(WAIT_SECONDS)
        self.server.close()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        try:
            os.close(self._frames_read)
        except OSError:
            pass
        shutil.rmtree(self.task, ignore_errors=True)
        return self

    def told(self):
        return f"stdout: {self.output}\nstderr: {self.stderr.decode('utf-8', 'replace')}\nframes: {self.frames}"

    @property
    def output(self):
        return self.stdout.decode("utf-8", "replace")

    @property
    def frames(self):
        found, data = [], bytes(self._frame_bytes)
        while len(data) >= 16:
            type, length, microseconds = struct.unpack(">IIQ", data[:16])
            assert type >> 16 == 0xA55A, f"not a frame: {data[:64]!r}"
            found.append(Frame(type, microseconds, data[16:16 + length].decode("utf-8")))
            data = data[16 + length:]
        return found

    def wait_for(self, condition, what):
        """Waits until output that is still under way shows what is looked for."""
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come\n" + self.told())
            time.sleep(0.005)


def matches(pattern, text):
    assert re.fullmatch(pattern, text, re.DOTALL), f"{text!r} does not match {pattern!r}"


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}\n     got {actual!r}"
