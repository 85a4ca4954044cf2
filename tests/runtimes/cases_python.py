"""What is Python's own: spec/runtime-api.md, sections 9 to 11."""
import json
import os

from cases import case
from client import Client, matches, same

ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


def start(language, text, handler="f.handler", files=None, **options):
    return Client(language, {"f.py": text, **(files or {})}, handler, **options)


def init_error(language, files, handler, error_type, message):
    with Client(language, files, handler) as client:
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/init/error")
        same(list(post.json), ["errorMessage", "errorType", "requestId", "stackTrace"])
        same(post.json["errorType"], error_type)
        same(post.json["errorMessage"], message)
        same(post.json["requestId"], "")
        same(post.headers["lambda-runtime-function-error-type"], error_type)
        same(client.exit_status(), 1)
        return post.json, client.frames


@case("python")
def an_error_has_the_shape_of_aws(language):
    with start(language, "def handler(event, context):\n    raise Exception('msg')\n") as client:
        post, event = client.invoke({})
        file = os.path.join(client.task, "f.py")
        same(post.body.decode(), json.dumps({
            "errorMessage": "msg", "errorType": "Exception", "requestId": event.request_id,
            "stackTrace": [f'  File "{file}", line 2, in handler\n    raise Exception(\'msg\')\n']}))
        client.wait_for(lambda: client.frames, "the log of the error")
        frame, = client.frames
        same(frame.text, "[ERROR] Exception: msg\nTraceback (most recent call last):\n"
             f'\u00a0\u00a0File "{file}", line 2, in handler\n\u00a0\u00a0\u00a0\u00a0raise Exception(\'msg\')')
        same(frame.level, 5)


@case("python")
def an_error_class_without_message(language):
    with start(language, "class Odd(Exception):\n  pass\ndef handler(event, context):\n    raise Odd()\n") as client:
        told = client.invoke({})[0].json
        same((told["errorType"], told["errorMessage"]), ("Odd", ""))


@case("python")
def a_missing_module(language):
    told, _ = init_error(language, {}, "nope.handler", "Runtime.ImportModuleError",
                         "Unable to import module 'nope': No module named 'nope'")
    same(told["stackTrace"], [])


@case("python")
def a_module_that_imports_what_is_missing(language):
    init_error(language, {"f.py": "import nowhere\n"}, "f.handler", "Runtime.ImportModuleError",
               "Unable to import module 'f': No module named 'nowhere'")


@case("python")
def a_missing_function(language):
    init_error(language, {"f.py": ""}, "f.handler", "Runtime.HandlerNotFound",
               "Handler 'handler' missing on module 'f'")


@case("python")
def a_handler_without_dot(language):
    init_error(language, {"f.py": ""}, "handler", "Runtime.MalformedHandlerName",
               "Bad handler 'handler': not enough values to unpack (expected 2, got 1)")


@case("python")
def a_syntax_error(language):
    told, frames = init_error(language, {"f.py": "def handler(:\n"}, "f.handler", "Runtime.UserCodeSyntaxError",
                              "Syntax error in module 'f': invalid syntax (f.py, line 1)")
    matches(r'  File ".*/f\.py" Line 1\n    def handler\(:\n', told["stackTrace"][0])
    assert frames[0].text.startswith("[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'f'"), frames


@case("python")
def a_handler_in_a_builtin_module(language):
    init_error(language, {}, "sys.exit", "Runtime.BuiltInModuleConflict",
               "Cannot use built-in module sys as a handler module")


@case("python")
def an_error_while_the_module_runs(language):
    told, _ = init_error(language, {"f.py": "x = {}['key']\n"}, "f.handler", "KeyError", "'key'")
    matches(r'  File ".*/f\.py", line 1, in <module>\n    x = \{\}\[\'key\'\]\n', told["stackTrace"][-1])
    same(len(told["stackTrace"]), 1)


@case("python")
def a_module_in_a_folder(language):
    for handler in ("a/b.handler", "a.b.handler"):
        with Client(language, {"a/b.py": "def handler(event, context):\n    return __name__\n"}, handler) as client:
            same(client.invoke({})[0].json, "a.b")


@case("python")
def an_answer_that_is_no_json(language):
    text = "import decimal\ndef handler(event, context):\n    return eval(event)\n"
    with start(language, text) as client:
        for value, kind in (("{1, 2}", "set"), ("b'x'", "bytes"), ("decimal.Decimal('1')", "Decimal")):
            told = client.invoke(value)[0].json
            same(told["errorType"], "Runtime.MarshalError")
            same(told["errorMessage"], f"Unable to marshal response: Object of type {kind} is not JSON serializable")
            same(told["stackTrace"], [])
        same(client.invoke("{'a': (1, None), 2: float('nan')}")[0].body, b'{"a": [1, null], "2": NaN}')


@case("python")
def an_answer_that_contains_itself(language):
    text = "def handler(event, context):\n    a = []\n    a.append(a)\n    return a if event else 1\n"
    with start(language, text) as client:
        told = client.invoke(1)[0].json
        same(told["errorMessage"], "Unable to marshal response: Circular reference detected")
        same(client.invoke(0)[0].json, 1)


@case("python")
def an_event_that_is_no_json(language):
    with start(language, "def handler(event, context):\n    return event\n") as client:
        told = client.invoke(b'{"a" 1}')[0].json
        same(told["errorType"], "Runtime.UnmarshalError")
        same(told["errorMessage"], "Unable to unmarshal input: Expecting ':' delimiter: line 1 column 6 (char 5)")
        same(client.invoke(b" \n[1] \t")[0].json, [1])
        same(client.invoke(b"[1] x")[0].json["errorMessage"],
             "Unable to unmarshal input: Extra data: line 1 column 5 (char 4)")


@case("python")
def a_client_context_that_is_no_json(language):
    with start(language, "def handler(event, context):\n    return 1\n") as client:
        post, _ = client.invoke({}, headers={"Lambda-Runtime-Client-Context": "{"})
        same(post.json["errorType"], "Runtime.LambdaContextUnmarshalError")
        assert post.json["errorMessage"].startswith("Unable to parse Client Context JSON: "), post
        post, _ = client.invoke({}, headers={"Lambda-Runtime-Client-Context": '["not", "an object"]'})
        same(post.json, 1)


@case("python")
def answers_escape_characters_until_python3_11_only(language):
    text = "def handler(event, context):\n    return 'é'\n"
    for runtime, body in (("python3.11", b'"\\u00e9"'), ("python3.12", '"é"'.encode()), ("python3.13", '"é"'.encode())):
        with start(language, text, variables={"AWS_EXECUTION_ENV": "AWS_Lambda_" + runtime}) as client:
            same(client.invoke({})[0].body, body)


@case("python")
def exiting_ends_the_process_with_that_status(language):
    with start(language, "import sys\ndef handler(event, context):\n    sys.exit(event)\n") as client:
        client.server.send(7)
        same(client.exit_status(), 7)
    with start(language, "exit(3)\n") as client:
        same(client.exit_status(), 3)


LOGGING = """
import logging
logging.getLogger().setLevel(logging.INFO)
logging.info("while starting")
def handler(event, context):
    logging.getLogger("mine").warning("two\\nlines %d", 1)
    try:
        raise KeyError("k")
    except KeyError:
        logging.exception("caught", extra={"order": 5})
    logging.debug("unseen")
    context.log("by context")
"""


@case("python")
def log_records_are_one_event_each(language):
    with start(language, LOGGING) as client:
        _, event = client.invoke({})
        client.wait_for(lambda: len(client.frames) == 4, "four log events")
        first, second, third, fourth = client.frames
        matches(rf"\[INFO\]\t{ISO}\.\d{{3}}Z\t\twhile starting\n", first.text)
        matches(rf"\[WARNING\]\t{ISO}\.\d{{3}}Z\t{event.request_id}\ttwo\nlines 1\n", second.text)
        matches(rf"\[ERROR\]\t{ISO}\.\d{{3}}Z\t{event.request_id}\tcaught\nTraceback .*KeyError: 'k'", third.text)
        same(fourth.text, "by context")
        same({frame.type for frame in client.frames}, {0xA55A0003})
        same(client.output, "")


@case("python")
def log_records_are_lines_without_the_descriptor(language):
    with start(language, LOGGING, framed=False) as client:
        _, event = client.invoke({})
        client.wait_for(lambda: "by context" in client.output, "the lines")
        matches(rf"\[INFO\]\t{ISO}\.\d{{3}}Z\t\twhile starting\n"
                rf"\[WARNING\]\t{ISO}\.\d{{3}}Z\t{event.request_id}\ttwo\nlines 1\n.*by context\n", client.output)


@case("python")
def the_root_logger_is_set_up_as_on_aws(language):
    text = """
import logging
def handler(event, context):
    root = logging.getLogger()
    return [len(root.handlers), root.level, type(root.handlers[0]).__name__, logging.__spec__.loader.__class__.__name__]
"""
    with start(language, text) as client:
        same(client.invoke({})[0].json, [1, 30, "LambdaLoggerHandler", "SourceFileLoader"])


@case("python")
def json_log_records(language):
    variables = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    text = LOGGING.replace("logging.getLogger().setLevel(logging.INFO)", "") + "    raise ValueError('boo')\n"
    with start(language, text, variables=variables) as client:
        _, event = client.invoke({}, headers={"Lambda-Runtime-Aws-Tenant-Id": "t"})
        client.wait_for(lambda: len(client.frames) == 5, "five log events")
        first, second, third, _, last = client.frames
        record = json.loads(first.text)
        matches(ISO + "Z", record.pop("timestamp"))
        same(record, {"level": "INFO", "message": "while starting", "logger": "root", "requestId": ""})
        same(list(json.loads(second.text))[:5], ["timestamp", "level", "message", "logger", "requestId"])
        same(json.loads(second.text)["message"], "two\nlines 1")
        same(json.loads(second.text)["tenantId"], "t")
        record = json.loads(third.text)
        same((record["errorType"], record["errorMessage"], record["order"]), ("KeyError", "'k'", 5))
        matches(r".*/f\.py:handler:10", record["location"])
        same([frame.type for frame in (first, second, third, last)],
             [0xA55A000E, 0xA55A0012, 0xA55A0016, 0xA55A0016])
        record = json.loads(last.text)
        same(list(record), ["timestamp", "log_level", "errorMessage", "errorType", "requestId", "stackTrace"])
        same((record["log_level"], record["errorMessage"], record["requestId"]), ("ERROR", "boo", event.request_id))


@case("python")
def a_level_below_the_one_set_is_not_logged(language):
    text = "import logging\ndef handler(event, context):\n    logging.info('no')\n    logging.error('yes')\n"
    variables = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}
    with start(language, text, variables=variables) as client:
        client.invoke({})
        client.stop()
        same([json.loads(frame.text)["message"] for frame in client.frames], ["yes"])


@case("python")
def user_code_comes_before_the_standard_library(language):
    files = {"queue.py": "mine = True\n", "json.py": "mine = True\n"}
    text = "import json, queue\ndef handler(event, context):\n    return [json.mine, queue.mine]\n"
    with start(language, text, files=files) as client:
        same(client.invoke({"a": 1})[0].json, [True, True])


@case("python")
def the_search_path(language):
    text = "import sys, os\ndef handler(event, context):\n    return [sys.path, os.environ['PYTHONPATH']]\n"
    with start(language, text) as client:
        path, variable = client.invoke({})[0].json
        same(path[0], client.task)
        # The standard library, which begins with an archive of it that need not be there.
        matches(r".*/python3\d+\.zip", path[path.index(language.folder) + 1])
        same(variable, language.folder)
        assert not [entry for entry in path if "dist-packages" in entry], path
    with start(language, text, variables={"PYTHONPATH": "/usr/share:lib"}, files={"lib/x.py": ""}) as client:
        path, variable = client.invoke({})[0].json
        same(path[:4], [client.task, "/usr/share", client.task + "/lib", language.folder])
        same(variable, "/usr/share:lib")


@case("python")
def path_files_and_sitecustomize_are_obeyed(language):
    files = {"extra.pth": "more\n", "more/m.py": "x = 5\n", "sitecustomize.py": "import builtins\nbuiltins.seen = 1\n"}
    text = "import m\ndef handler(event, context):\n    return [m.x, seen]\n"
    with start(language, text, files=files) as client:
        same(client.invoke({})[0].json, [5, 1])


@case("python")
def nothing_slow_is_imported_for_a_plain_function(language):
    text = "import sys\ndef handler(event, context):\n    return sorted(sys.modules)\n"
    with start(language, text) as client:
        loaded = set(client.invoke({})[0].json)
        same(loaded & {"json", "re", "logging", "traceback", "enum", "socket", "http", "importlib", "site"}, set())


@case("python")
def output_without_a_line_end_comes_too(language):
    text = "import sys\ndef handler(event, context):\n    print('a', 'b', end='')\n    sys.stderr.write('e')\n"
    with start(language, text) as client:
        client.invoke({})
        client.wait_for(lambda: client.output == "a b" and client.stderr == b"e", "the output")


@case("python")
def a_handler_may_close_its_output(language):
    with start(language, "import sys\ndef handler(event, context):\n    sys.stdout.close()\n    return 1\n") as client:
        same(client.invoke({})[0].json, 1)
        same(client.invoke({})[0].json, 1)


@case("python")
def threads_log_whole_events(language):
    text = """
import logging, threading
logging.getLogger().setLevel("INFO")
def handler(event, context):
    def work(n):
        for i in range(50):
            logging.info("%d:%s", n, "x" * 20000)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
"""
    with start(language, text) as client:
        client.invoke({})
        client.wait_for(lambda: len(client.frames) == 200, "200 events")
        assert all(frame.text.endswith("x" * 20000 + "\n") for frame in client.frames)


@case("python")
def snapshots_run_their_hooks(language):
    text = """
from snapshot_restore_py import register_before_snapshot, register_after_restore
order = []
@register_after_restore
def after(): order.append("after")
register_before_snapshot(order.append, "first registered")
@register_before_snapshot
def before(): order.append("before")
def handler(event, context):
    return order
"""
    variables = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with start(language, text, variables=variables) as client:
        client.wait_for(lambda: client.server.restore_polls == 1, "the poll for a restore")
        same(client.server.polls, 0)
        client.server.restore.set()
        same(client.invoke({})[0].json, ["before", "first registered", "after"])
    failing = "from snapshot_restore_py import *\n@register_before_snapshot\ndef f():\n    raise ValueError('no')\n" \
        "def handler(event, context):\n    pass\n"
    with start(language, failing, variables=variables) as client:
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/init/error")
        same(post.headers["lambda-runtime-function-error-type"], "Runtime.BeforeSnapshotError")
        same(client.exit_status(), 64)
    with start(language, failing.replace("before_snapshot", "after_restore"), variables=variables) as client:
        client.server.restore.set()
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/restore/error")
        same(client.exit_status(), 65)


@case("python")
def children_know_the_trace_of_the_invocation_that_started_them(language):
    with start(language, """
import os, subprocess
SHOW = 'printf %s "$_X_AMZN_TRACE_ID"'
def with_system():
    read, write = os.pipe()
    os.set_inheritable(write, True)
    os.system(f"{SHOW} >&{write}")
    os.close(write)
    with open(read) as pipe:
        return pipe.read()
def with_fork():
    read, write = os.pipe()
    os.set_inheritable(write, True)
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.execl("/bin/sh", "sh", "-c", SHOW)
    os.waitpid(pid, 0)
    os.close(write)
    with open(read) as pipe:
        return pipe.read()
def handler(event, context):
    return [os.environ.get("_X_AMZN_TRACE_ID"), subprocess.check_output(["/bin/sh", "-c", SHOW], text=True),
            with_system(), with_fork(), os.popen(SHOW).read()]
""") as client:
        for trace in ("Root=1-1;Sampled=0", "Root=1-2;Sampled=1"):
            same(client.invoke({}, headers={"Lambda-Runtime-Trace-Id": trace})[0].json, [trace] * 5)
        same(client.invoke({})[0].json, [None, "", "", "", ""])


@case("python")
def traces_do_not_fill_the_memory(language):
    with start(language, """
def resident(event, context):
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096
""", handler="f.resident") as client:
        def after(count, first):
            for n in range(first, first + count):
                used = client.invoke({}, headers={"Lambda-Runtime-Trace-Id": f"Root=1-{n:032x};Parent={n:064x};Sampled=0"})[0].json
            return used

        begun = after(2000, 0)
        grown = after(6000, 2000) - begun
        if grown > 400_000:
            raise AssertionError(f"6,000 traces took {grown} bytes")
