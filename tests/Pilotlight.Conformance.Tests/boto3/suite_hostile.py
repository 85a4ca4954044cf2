"""Functions that misbehave: each ends as the spec says, and the platform goes on serving others throughout."""
import json
import threading

from harness import LOGS, Function, client, eventually, main, role

ECHO = "def handler(event, context):\n    return event\n"


class Neighbour:
    """Another function that is called all the while and must never fail."""

    def __enter__(self):
        self.function = Function(ECHO)
        self.function.__enter__()
        self.calls = 0
        self.failures = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while not self.stop.wait(0.02):
            answer = self.function.invoke(b"1")
            if answer["Payload"] != b"1":
                self.failures.append(answer)
            self.calls += 1

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.function.__exit__()
        assert not self.failures and self.calls > 0, (self.calls, self.failures[:3])


def test_two_hundred_parallel_invocations_of_a_sleeping_function():
    with Function("import time\ndef handler(e, c):\n    time.sleep(1)\n    return e\n", Timeout=60) as function:
        answers = [None] * 200

        def call(i):
            answers[i] = function.invoke(json.dumps(i))["Payload"]
        threads = [threading.Thread(target=call, args=(i,)) for i in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [str(i).encode() for i in range(200)], [a for a in answers if not a or not a.isdigit()][:3]


def test_a_function_that_forks_without_end():
    code = (
        "import os, time\n"
        "def handler(e, c):\n"
        "    made = 0\n"
        "    while True:\n"
        "        try:\n"
        "            if os.fork() == 0:\n"
        "                time.sleep(60)\n"
        "                os._exit(0)\n"
        "            made += 1\n"
        "        except OSError as error:\n"
        "            return [error.errno, made]\n")
    with Neighbour(), Function(code, Timeout=30, MemorySize=1024) as function:
        errno, made = json.loads(function.invoke()["Payload"])
        assert errno == 11 and made <= 1024, (errno, made)


def test_a_function_that_fills_memory():
    with Neighbour(), Function("def handler(e, c):\n    return len(b'x' * (1 << 30))\n", Timeout=30) as function:
        answer = function.invoke(LogType="Tail")
        error = json.loads(answer["Payload"])
        assert error["errorType"] == "Runtime.ExitError" and error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed"), error
        import base64
        report = base64.b64decode(answer["LogResult"]).decode()
        assert "Max Memory Used: 128 MB" in report and "Status: error\tError Type: Runtime.ExitError" in report, report


def test_a_function_that_fills_tmp():
    code = (
        "import os\n"
        "def handler(e, c):\n"
        "    file = os.open('/tmp/full', os.O_CREAT | os.O_WRONLY)\n"
        "    try:\n"
        "        while True:\n"
        "            os.write(file, b'x' * (1 << 20))\n"
        "    except OSError as error:\n"
        "        answer = [error.errno, os.path.getsize('/tmp/full') >> 20]\n"
        "    os.close(file)\n"
        "    os.unlink('/tmp/full')\n"
        "    return answer\n")
    with Neighbour(), Function(code, Timeout=60, MemorySize=256) as function:
        errno, size = json.loads(function.invoke()["Payload"])
        assert errno == 28 and 500 <= size <= 545, (errno, size)


def test_a_function_that_writes_100_mb_of_log_lines():
    code = "def handler(e, c):\n    line = 'x' * 999\n    for i in range(100_000):\n        print(line)\n    return 'done'\n"
    with Neighbour(), Function(code, Timeout=120, MemorySize=512) as function:
        assert function.invoke()["Payload"] == b'"done"'


def test_a_function_that_never_reads_its_event():
    with Neighbour(), Function({"bootstrap": ("#!/bin/sh\nwhile true; do read x; done < /dev/zero\n", 0o755)}, runtime="provided.al2023", Timeout=2) as function:
        error = json.loads(function.invoke()["Payload"])
        assert error["errorType"] == "Sandbox.Timedout" and error["errorMessage"].endswith("Error: Task timed out after 2.00 seconds"), error


def test_a_function_that_closes_its_standard_output():
    with Function("import os\ndef handler(e, c):\n    if e:\n        os.close(1)\n        os.close(2)\n    return 'fine'\n") as function:
        for first in (b"1", b"0", b"0"):
            answer = function.invoke(first)
            assert answer["Payload"] == b'"fine"', answer


def test_a_function_that_sleeps_too_long():
    with Neighbour(), Function("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 'awake'\n", Timeout=1) as function:
        error = json.loads(function.invoke(b"30")["Payload"])
        assert error["errorType"] == "Sandbox.Timedout" and error["errorMessage"].endswith("Task timed out after 1.00 seconds"), error
        assert function.invoke(b"0")["Payload"] == b'"awake"'


def test_a_function_that_exits():
    with Function("import os\ndef handler(e, c):\n    os._exit(e)\n") as function:
        assert json.loads(function.invoke(b"7")["Payload"])["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
        assert json.loads(function.invoke(b"0")["Payload"])["errorMessage"].endswith("Error: Runtime exited without providing a reason")


def test_a_bootstrap_that_is_not_there():
    with Function({"other": "x"}, runtime="provided.al2023") as function:
        assert json.loads(function.invoke()["Payload"])["errorType"] == "Runtime.InvalidEntrypoint"
    with Function({"bootstrap": ("not a program", 0o644)}, runtime="provided.al2023") as function:
        assert json.loads(function.invoke()["Payload"])["errorType"] == "Runtime.InvalidEntrypoint"


def test_what_a_function_can_see():
    code = (
        "import os, socket\n"
        "def tried(action):\n"
        "    try:\n"
        "        action()\n"
        "        return 'allowed'\n"
        "    except OSError as error:\n"
        "        return 'refused'\n"
        "def handler(e, c):\n"
        "    status = open('/proc/self/status').read()\n"
        "    return {\n"
        "        'uid': os.getuid(), 'processes': len([p for p in os.listdir('/proc') if p.isdigit()]),\n"
        "        'write /var/task': tried(lambda: open('/var/task/x', 'w')), 'write /usr': tried(lambda: open('/usr/x', 'w')),\n"
        "        'write /': tried(lambda: open('/x', 'w')), 'host file': tried(lambda: open('/root/.bashrc')),\n"
        "        'capabilities': [l.split()[1] for l in status.splitlines() if l.startswith('CapEff')][0],\n"
        "        'new privileges': [l.split()[1] for l in status.splitlines() if l.startswith('NoNewPrivs')][0],\n"
        "        'metadata': tried(lambda: socket.create_connection(('169.254.169.254', 80), 1)),\n"
        "        'admin': __import__('urllib.request').request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_pilotlight/health').status if e else 0,\n"
        "    }\n")
    with Function(code) as function:
        seen = json.loads(function.invoke(b"0")["Payload"])
        assert seen["uid"] != 0 and seen["processes"] <= 3 and int(seen["capabilities"], 16) == 0 and seen["new privileges"] == "1", seen
        assert {value for key, value in seen.items() if value in ("allowed", "refused")} == {"refused"}, seen
        assert json.loads(function.invoke(b"1")["Payload"])["errorType"] == "HTTPError"


def test_a_function_finds_no_credentials_but_its_own():
    own = "import os\ndef handler(e, c): return [os.environ['AWS_SECRET_ACCESS_KEY'], os.environ['AWS_SESSION_TOKEN']]\n"
    # Everything that can be read: processes, mounts, files, and what the platform tells of the other function.
    thief = (
        "import boto3, os, urllib.error, urllib.request\n"
        "def read(path):\n"
        "    try:\n"
        "        with open(path, 'rb') as file:\n"
        "            return file.read(1 << 20)\n"
        "    except OSError:\n"
        "        return b''\n"
        "def asked(path):\n"
        "    try:\n"
        "        return urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + path, timeout=5).status\n"
        "    except urllib.error.HTTPError as error:\n"
        "        return error.code\n"
        "def handler(e, c):\n"
        "    wanted = [each.encode() for each in e['secrets']]\n"
        "    found = [p for p in ('/_pilotlight/environments', '/_pilotlight/usage', '/_pilotlight/metrics') if asked(p) < 400]\n"
        "    paths = [f'/proc/{p}/{f}' for p in os.listdir('/proc') if p.isdigit() for f in ('environ', 'cmdline', 'mountinfo')]\n"
        "    for root in ('/tmp', '/var', '/opt', '/run', '/etc', '/dev/shm', '/home', '/root', '/mnt'):\n"
        "        paths += [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names][:5000]\n"
        "    for path in paths:\n"
        "        content = read(path)\n"
        "        found += [path for secret in wanted if secret in content]\n"
        "    shown = str(boto3.client('lambda').get_function_configuration(FunctionName=e['function']))\n"
        "    return {'found': found, 'paths': len(paths), 'shown': any(secret in shown for secret in e['secrets'])}\n")
    reader = role("conformance-reader", LOGS, "AWSLambda_ReadOnlyAccess")
    with Function(own) as victim, Function(thief, Role=reader, Timeout=60, MemorySize=256) as hostile:
        secrets = json.loads(victim.invoke()["Payload"])
        seen = json.loads(hostile.invoke(json.dumps({"secrets": secrets, "function": victim.name}).encode())["Payload"])
        assert seen.get("found") == [] and seen["paths"] > 3 and seen["shown"] is False, seen
        assert json.loads(victim.invoke()["Payload"]) == secrets


main({key: value for key, value in globals().items() if key.startswith("test_")})
