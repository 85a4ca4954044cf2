"""Medians of the two times a client decides: from exec to its first `next`, and one warm call, echoed.

    /usr/bin/python3 tests/runtimes/measure.py [LANGUAGE...] [--starts N] [--calls N]
"""
import argparse
import os
import socket
import statistics
import subprocess
import tempfile
import time

from client import ROOT
from languages import LANGUAGES

ECHO = {
    "python": ("f.py", "def handler(event, context):\n    return event\n", "f.handler"),
    "nodejs": ("f.js", "exports.handler = async (event) => event;\n", "f.handler"),
    "ruby": ("f.rb", "def handler(event:, context:)\n  event\nend\n", "f.handler"),
}
BODY = b'{"key1":"value1","key2":"value2","key3":"value3"}'


def start(language, task, handler, listener, extra=()):
    runtime = language.folder
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": ":UTC", "LANG": "en_US.UTF-8", "_HANDLER": handler,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % listener.getsockname()[1],
        "LAMBDA_TASK_ROOT": task, "LAMBDA_RUNTIME_DIR": runtime,
        "AWS_EXECUTION_ENV": "AWS_Lambda_" + language.runtime, "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        **{name: value.format(runtime=runtime, task=task) for name, value in language.variables.items()},
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [part.format(runtime=runtime, task=task) for part in language.argv], cwd=task, env=environment)
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = connection.recv(65536)
    elapsed = time.perf_counter() - began
    assert b"/invocation/next" in data, data
    return process, connection, elapsed


def stop(process, connection):
    process.kill()
    process.wait()
    connection.close()


def resident(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def processor_microseconds(process):
    with open(f"/proc/{process.pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1000


def call(connection, number):
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        "Server: Kestrel\r\nContent-Length: %d\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012x\r\n"
        "Lambda-Runtime-Deadline-Ms: 1999999999999\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:measured\r\n"
        "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n"
        "\r\n" % (len(BODY), number)).encode() + BODY
    began = time.perf_counter()
    connection.sendall(head)
    data = connection.recv(65536)
    elapsed = time.perf_counter() - began
    while b"/invocation/next" not in data:
        data += connection.recv(65536)
    connection.sendall(
        b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        b"Server: Kestrel\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")
    return elapsed


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("languages", nargs="*", default=[])
    arguments.add_argument("--starts", type=int, default=21)
    arguments.add_argument("--calls", type=int, default=3000)
    options = arguments.parse_args()
    print(f"{'language':<10} {'exec to next ms':>16} {'echo us p50':>12} {'p99':>8} {'processor us':>13} {'resident MiB':>13}")
    for name in options.languages or LANGUAGES:
        language = LANGUAGES[name]
        if name not in ECHO or language.missing():
            continue
        with tempfile.TemporaryDirectory(prefix="pilotlight-measure-") as folder:
            task = os.path.join(folder, "task")
            language.build(os.path.join(ROOT, "artifacts", "runtimes", name))
            os.mkdir(task)
            file, text, handler = ECHO[name]
            with open(os.path.join(task, file), "w", encoding="utf-8") as source:
                source.write(text)
            listener = socket.create_server(("127.0.0.1", 0))
            starts = []
            for _ in range(options.starts):
                process, connection, elapsed = start(language, task, handler, listener)
                starts.append(elapsed * 1000)
                stop(process, connection)
            process, connection, _ = start(language, task, handler, listener)
            memory = resident(process)
            before = processor_microseconds(process)
            times = sorted(call(connection, number) * 1e6 for number in range(options.calls))
            # Of the main thread, which is all but Node's garbage collector.
            spent = (processor_microseconds(process) - before) / options.calls
            stop(process, connection)
            listener.close()
            print(
                f"{name:<10} {statistics.median(starts):>16.1f} {times[len(times) // 2]:>12.0f} "
                f"{times[len(times) * 99 // 100]:>8.0f} {spent:>13.0f} {memory:>13.1f}")


if __name__ == "__main__":
    main()
