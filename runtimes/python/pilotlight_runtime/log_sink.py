"""Where log events go: a framed descriptor, so that an event may span lines, or standard output."""
import os
import sys
from time import time_ns

TEXT = 0xA55A0003
JSON = 0xA55A0002
LEVELS = {"TRACE": 1, "DEBUG": 2, "INFO": 3, "WARN": 4, "ERROR": 5, "FATAL": 6}


def open_sink():
    # Gone before user code runs: the descriptor is ours alone.
    descriptor = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", "")
    if not descriptor.isdigit():
        return OutputSink()
    os.set_inheritable(int(descriptor), False)
    return FramedSink(int(descriptor))


def frame_type(format, level=None):
    return format | LEVELS.get(level, 0) << 2


class OutputSink:
    def write(self, message, type=TEXT):
        sys.stdout.write(message if message.endswith("\n") else message + "\n")


class FramedSink:
    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._gate = None

    def write(self, message, type=TEXT):
        body = message.encode("utf-8", "replace")
        frame = b"".join((
            type.to_bytes(4, "big"), len(body).to_bytes(4, "big"),
            (time_ns() // 1000).to_bytes(8, "big"), body))
        if self._gate is None:
            from _thread import allocate_lock
            self._gate = allocate_lock()
        # Two threads' frames must not mix, and a pipe may take less than it was given.
        with self._gate:
            while frame:
                frame = frame[os.write(self._descriptor, frame):]
