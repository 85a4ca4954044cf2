"""What went wrong: as the caller is told, as the log says it, and as X-Ray wants it. Loaded when needed."""
import json
import os
import time
import traceback

from .log_sink import JSON, TEXT, frame_type

NO_BREAK_SPACE = "\u00a0"
# Servers bound the size of all headers together; beyond this the cause is not worth the risk.
MAX_CAUSE_SIZE = 8192
_OWN_FOLDER = os.path.dirname(__file__) + os.sep


class Fault(Exception):
    """An error the runtime found itself, with the type that AWS gives it."""

    def __init__(self, error_type, message, stack_trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = list(stack_trace)


class Report:
    """One error, told once to the log and once to the platform."""

    def __init__(self, error, request_id, header_type=None):
        if isinstance(error, Fault):
            self.type = error.error_type
            self.stack_trace = error.stack_trace
            cause_type, frames = "LambdaValidationError", []
        else:
            self.type = cause_type = type(error).__name__
            frames = user_frames(error)
            self.stack_trace = traceback.format_list(frames)
        self.message = message_of(error)
        self.told = {
            "errorMessage": self.message, "errorType": self.type,
            "requestId": request_id, "stackTrace": self.stack_trace}
        self.body = json.dumps(self.told).encode("ascii")
        self.headers = b"".join((
            b"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ",
            (header_type or self.type).encode("ascii", "replace"), b"\r\n",
            cause_header(cause_type, self.message, frames)))

    def log(self, sink):
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
            record = {
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "log_level": "ERROR", **self.told}
            sink.write(json.dumps(record, ensure_ascii=False), frame_type(JSON, "ERROR"))
            return
        head = "[ERROR] " + self.type
        if self.message:
            head += ": " + self.message
        lines = [head, "Traceback (most recent call last):"]
        for entry in self.stack_trace:
            lines.extend(keep_indentation(line) for line in entry.splitlines())
        sink.write("\n".join(lines), frame_type(TEXT, "ERROR"))


def message_of(error):
    try:
        return str(error)
    except Exception:
        return ""


def user_frames(error):
    """The frames below the runtime's own, as (file, line, function, source): no carets, as on AWS."""
    frames = [
        (frame.filename, frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)]
    while frames and frames[0][0].startswith(_OWN_FOLDER):
        del frames[0]
    return frames


def keep_indentation(line):
    # Consoles trim plain spaces at the start of a line.
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text


def cause_header(error_type, message, frames):
    while True:
        cause = json.dumps({
            "working_directory": working_directory(),
            "exceptions": [{
                "message": message, "type": error_type,
                "stack": [{"label": frame[2], "path": frame[0], "line": frame[1]} for frame in frames]}],
            "paths": sorted({frame[0] for frame in frames})})
        if len(cause) <= MAX_CAUSE_SIZE:
            return b"Lambda-Runtime-Function-XRay-Error-Cause: " + cause.encode("ascii") + b"\r\n"
        if not frames:
            return b""
        # The end of a stack tells more than its beginning.
        frames = frames[len(frames) // 2 + 1:]


def working_directory():
    try:
        return os.getcwd()
    except OSError:
        return ""
