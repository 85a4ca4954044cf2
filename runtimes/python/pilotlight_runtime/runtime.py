"""The loop of the Python runtime: finds the handler, then takes events and posts answers until killed.

Everything a start does not need is imported when it is first needed: `traceback`, `logging` and `re`
cost more than the interpreter itself.
"""
import os
import sys

from . import json_codec
from .context import Context, parse_header
from .log_sink import open_sink
from .runtime_api import RuntimeApi
from .trace_variable import set_trace, watch_children

environ = os.environ


class Invocation:
    """What is known about the invocation at hand, for log lines; one at a time."""
    request_id = ""
    tenant_id = None


def main(runtime_dir, stdlib):
    # Lines leave when they end, not when a buffer is full: a killed function must not lose them.
    # Not at every write: `print` writes its text and its line end apart.
    sys.stdout.reconfigure(line_buffering=True, write_through=False)
    watch_children()
    api = RuntimeApi(environ["AWS_LAMBDA_RUNTIME_API"])
    if "PILOTLIGHT_STEM" in environ:
        from .stem import wait_for_assignment
        wait_for_assignment(api)
    sink = open_sink()
    encode = json_codec.make_encoder(writes_unicode())
    # Still visible to a child that looks for the SDK, as on AWS.
    has_own_path = environ.setdefault("PYTHONPATH", runtime_dir) not in (
        runtime_dir, environ.get("LAMBDA_RUNTIME_DIR"))

    from .user_environment import prepare
    prepare(runtime_dir, stdlib, has_own_path, sink, Invocation)
    try:
        handler = find_handler(environ["_HANDLER"])
    except Exception as error:
        report_init_error(api, sink, error)
        sys.exit(1)
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from .snapshot import wait_for_restore
        wait_for_restore(api, sink)
    serve(api, sink, handler, encode)


def serve(api, sink, handler, encode):
    flush_output()
    headers, body = api.next_event()
    while True:
        request_id = headers[b"lambda-runtime-aws-request-id"]
        set_trace(headers.get(b"lambda-runtime-trace-id") or None)
        Invocation.request_id = request_id.decode("ascii")
        tenant_id = headers.get(b"lambda-runtime-aws-tenant-id")
        Invocation.tenant_id = tenant_id.decode("utf-8", "replace") if tenant_id else None
        try:
            context = Context(
                Invocation.request_id, headers, Invocation.tenant_id, sink,
                parse_header(headers, b"lambda-runtime-client-context", "Client Context"),
                parse_header(headers, b"lambda-runtime-cognito-identity", "Cognito Identity"))
            answer = encode(handler(json_codec.decode(body), context))
            kind = b"response"
            answer_headers = b"Content-Type: application/json\r\n"
        except Exception as error:
            answer, answer_headers = describe_failure(sink, error)
            kind = b"error"
        # Nothing of this invocation may keep the event alive while the next one is awaited.
        context = headers = body = None
        flush_output()
        headers, body = api.answer(kind, request_id, answer, answer_headers)


def find_handler(name):
    from_module, dot, function_name = name.rpartition(".")
    if not dot:
        from .errors import Fault
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    if from_module.partition(".")[0] in sys.builtin_module_names:
        from .errors import Fault
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {from_module} as a handler module")
    module_name = from_module.replace("/", ".")
    try:
        __import__(module_name)
        module = sys.modules[module_name]
    except ImportError as error:
        from .errors import Fault
        raise Fault(
            "Runtime.ImportModuleError",
            f"Unable to import module '{from_module}': {error}") from error
    except SyntaxError as error:
        from .errors import Fault
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{from_module}': {error}",
            [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']) from error
    try:
        return getattr(module, function_name)
    except AttributeError:
        from .errors import Fault
        raise Fault(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{from_module}'") from None


def describe_failure(sink, error):
    """Logs an error of an invocation; its body, and the headers it is posted with."""
    from . import errors
    report = errors.Report(error, Invocation.request_id)
    report.log(sink)
    return report.body, report.headers


def report_init_error(api, sink, error):
    from . import errors
    report = errors.Report(error, "")
    report.log(sink)
    flush_output()
    api.post_error(b"init/error", report.body, report.headers)


def flush_output():
    """All that a handler printed leaves before its answer does."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # The handler may have closed or replaced it.
            pass


def writes_unicode():
    """Since python3.12 AWS answers with characters as they are, before that with \\u escapes."""
    name, _, version = environ.get("AWS_EXECUTION_ENV", "").partition("AWS_Lambda_python3.")
    minor = int(version) if version.isdigit() else sys.version_info[1]
    return minor >= 12
