"""Every runtime that this machine has, through the whole platform: answer, error, context and log."""
import base64
import json
import os
import subprocess
import tempfile

from harness import Function, Skipped, client, main, package

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def ready(language):
    runtimes = os.environ.get("PILOTLIGHT_RUNTIMES") or os.path.join(ROOT, "artifacts", "runtimes")
    folder = os.path.join(runtimes, language)
    if not os.path.isdir(folder) or not os.listdir(folder):
        raise Skipped(f"the {language} runtime client is not built on this machine")


def check(function, payload=b'{"name": "Ada"}', expected=None):
    answer = function.invoke(payload, LogType="Tail")
    assert "FunctionError" not in answer, answer
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId: " in log and "REPORT RequestId: " in log, log
    if expected is not None:
        assert json.loads(answer["Payload"]) == expected, answer
    return answer, log


def test_python_is_the_nearest_version_when_the_exact_one_is_missing():
    ready("python")
    with Function("import sys\ndef handler(e, c):\n    return list(sys.version_info[:1])\n", runtime="python3.13") as function:
        check(function, expected=[3])


def test_node_commonjs_and_modules():
    ready("nodejs")
    with Function({"index.js": "exports.handler = async (e, c) => { console.log('said', e); return c.functionName; };"}, runtime="nodejs20.x", handler="index.handler") as function:
        _, log = check(function, expected=function.name)
        assert "\tINFO\tsaid { name: 'Ada' }\n" in log, log
    with Function({"dir/mod.mjs": "export const go = async () => { throw new RangeError('why') };"}, runtime="nodejs20.x", handler="dir/mod.go") as function:
        error = json.loads(function.invoke()["Payload"])
        assert error["errorType"] == "RangeError" and error["errorMessage"] == "why" and list(error) == ["errorType", "errorMessage", "trace"], error
    with Function({"index.js": "exports.other = 1;"}, runtime="nodejs20.x", handler="index.handler") as function:
        assert json.loads(function.invoke()["Payload"])["errorType"] == "Runtime.HandlerNotFound"


def test_ruby():
    ready("ruby")
    with Function({"app.rb": "def handler(event:, context:)\n  puts 'said'\n  { got: event['name'], fn: context.function_name }\nend\n"}, runtime="ruby3.2") as function:
        _, log = check(function, expected={"got": "Ada", "fn": function.name})
        assert "said\n" in log, log
    with Function({"app.rb": "def handler(event:, context:)\n  raise 'why'\nend\n"}, runtime="ruby3.2") as function:
        error = json.loads(function.invoke()["Payload"])
        assert error["errorType"] == "Function<RuntimeError>" and error["errorMessage"] == "why", error


def sample(folder, runtime, handler, **settings):
    """A sample that has a build script, built and packed as the command line does."""
    with tempfile.TemporaryDirectory() as out:
        source = os.path.join(ROOT, "samples", folder)
        built = subprocess.run([os.path.join(source, "build"), out], capture_output=True, text=True)
        if built.returncode == 3:
            raise Skipped(built.stderr.strip())
        assert built.returncode == 0, built.stderr
        files = {}
        for parent, _, names in os.walk(out):
            for one in names:
                path = os.path.join(parent, one)
                with open(path, "rb") as file:
                    files[os.path.relpath(path, out)] = (file.read(), os.stat(path).st_mode & 0o777)
    return Function(files, runtime=runtime, handler=handler, MemorySize=512, **settings)


def declared(folder):
    with open(os.path.join(ROOT, "samples", folder, "pilotlight.json")) as file:
        return json.load(file)


def test_java_sample():
    ready("java")
    settings = declared("hello-java")
    with sample("hello-java", settings["Runtime"], settings["Handler"]) as function:
        answer, _ = check(function)
        assert b"Ada" in answer["Payload"], answer


def test_dotnet_sample():
    ready("dotnet")
    settings = declared("hello-dotnet")
    with sample("hello-dotnet", settings["Runtime"], settings["Handler"]) as function:
        answer, _ = check(function)
        assert b"Ada" in answer["Payload"], answer


def test_provided_with_a_shell_bootstrap():
    bootstrap = (
        "#!/bin/bash\n"
        "while true; do\n"
        "  headers=$(mktemp)\n"
        "  event=$(curl -sS -D $headers http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next)\n"
        "  id=$(grep -i Lambda-Runtime-Aws-Request-Id $headers | tr -d '[:space:]' | cut -d: -f2)\n"
        "  echo \"handling $event\"; echo to-stderr >&2\n"
        "  curl -sS -o /dev/null http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response -d \"$event\"\n"
        "done\n")
    if not os.path.exists("/usr/bin/curl"):
        raise Skipped("curl is not on this machine")
    with Function({"bootstrap": (bootstrap, 0o755)}, runtime="provided.al2023", handler="h") as function:
        for _ in range(3):
            _, log = check(function, expected={"name": "Ada"})
            assert 'handling {"name": "Ada"}\n' in log and "to-stderr\n" in log, log


def test_exec_wrapper():
    ready("python")
    files = {
        "app.py": "import os\ndef handler(e, c):\n    return os.environ.get('WRAPPED')\n",
        "wrapper": ("#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n", 0o755),
    }
    with Function(files, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}}) as function:
        check(function, expected="yes")
    with Function(files, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/missing"}}) as function:
        error = json.loads(function.invoke()["Payload"])
        assert error["errorType"] == "Runtime.ExitError" and error["errorMessage"].endswith("exit status 127"), error


main({key: value for key, value in globals().items() if key.startswith("test_")})
