"""The `context` that a handler gets as its second argument."""
import os
from time import time

_environ = os.environ.get


def parse_header(headers, name, title):
    value = headers.get(name)
    if not value:
        return None
    import json
    try:
        return json.loads(value)
    except Exception as error:
        from .errors import Fault
        raise Fault(
            "Runtime.LambdaContextUnmarshalError", f"Unable to parse {title} JSON: {error}") from None


class Context:
    def __init__(self, request_id, headers, tenant_id, sink, client_context, identity):
        self.aws_request_id = request_id
        self.log_group_name = _environ("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = _environ("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = _environ("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = _environ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = _environ("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get(
            b"lambda-runtime-invoked-function-arn", b"").decode("utf-8", "replace")
        self.tenant_id = tenant_id
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity(identity or {})
        self._epoch_deadline_time_in_ms = int(headers.get(b"lambda-runtime-deadline-ms", 0))
        self._sink = sink

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time() * 1000), 0)

    def log(self, msg):
        self._sink.write(str(msg))

    def __repr__(self):
        return _represent(self, (
            "aws_request_id", "log_group_name", "log_stream_name", "function_name",
            "memory_limit_in_mb", "function_version", "invoked_function_arn", "client_context",
            "identity", "tenant_id"))


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, sent):
        self.custom = _member(sent, "custom")
        self.env = _member(sent, "env")
        client = _member(sent, "client")
        self.client = None if client is None else Client(client)

    def __repr__(self):
        return _represent(self, self.__slots__)


class Client:
    __slots__ = (
        "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, sent):
        for name in self.__slots__:
            setattr(self, name, _member(sent, name))

    def __repr__(self):
        return _represent(self, self.__slots__)


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, sent):
        self.cognito_identity_id = _member(sent, "cognitoIdentityId")
        self.cognito_identity_pool_id = _member(sent, "cognitoIdentityPoolId")

    def __repr__(self):
        return _represent(self, self.__slots__)


def _member(sent, name):
    # A caller may send any JSON as client context.
    return sent.get(name) if isinstance(sent, dict) else None


def _represent(value, names):
    members = ",".join(f"{name}={getattr(value, name)}" for name in names)
    return f"{type(value).__name__}([{members}])"
