"""The root logger's handler, as AWS sets it up before user code sees `logging`. Loaded with `logging`."""
import os
import time

from .log_sink import JSON, TEXT, frame_type

# What every record has; anything else on it was passed by the caller as `extra`.
_RECORD_FIELDS = frozenset((
    "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
    "stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName",
    "processName", "process", "taskName", "aws_request_id", "tenant_id"))
_FRAME_LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARN", 40: "ERROR", 50: "FATAL"}


def set_up(logging, sink, invocation):
    is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    logging.Formatter.converter = time.gmtime

    class LambdaLoggerHandler(logging.Handler):
        def emit(self, record):
            try:
                if is_json:
                    type = frame_type(JSON, _FRAME_LEVELS.get(rounded(record.levelno)))
                elif level:
                    type = frame_type(TEXT, _FRAME_LEVELS.get(rounded(record.levelno)))
                else:
                    type = TEXT
                sink.write(self.format(record), type)
            except Exception:
                self.handleError(record)

    class LambdaLoggerFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = invocation.request_id
            record.tenant_id = invocation.tenant_id
            return True

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            import json
            return json.dumps(describe(logging, record), ensure_ascii=False, default=str) + "\n"

    handler = LambdaLoggerHandler()
    handler.setFormatter(JsonFormatter() if is_json else logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(LambdaLoggerFilter())
    root = logging.getLogger()
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)
    root.addHandler(handler)


def rounded(level):
    return min(50, max(0, level)) // 10 * 10


def describe(logging, record):
    result = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": logging.getLevelName(rounded(record.levelno)),
        "message": record.getMessage(),
        "logger": record.name,
        "requestId": record.aws_request_id,
    }
    if record.exc_info:
        import traceback
        error_type, error, trace = record.exc_info
        if error_type is not None:
            result["stackTrace"] = traceback.format_tb(trace)
            result["errorType"] = error_type.__name__
            result["errorMessage"] = str(error)
        result["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    if record.tenant_id is not None:
        result["tenantId"] = record.tenant_id
    for name, value in record.__dict__.items():
        if name not in _RECORD_FIELDS and name not in result and value is not None:
            result[name] = value
    return result
