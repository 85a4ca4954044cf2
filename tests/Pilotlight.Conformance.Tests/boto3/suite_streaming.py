"""Response streaming, read by botocore's own event-stream parser (which checks both checksums of every frame)."""
import base64
import json

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from botocore.httpsession import URLLib3Session

from harness import ENDPOINT, Function, main

# A custom runtime that streams: curl posts what the shell writes, in chunks, as it comes.
SHELL = r"""#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers="$(mktemp)"
  curl -sS -D "$headers" -o /tmp/event "$api/next"
  id="$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d '[:space:]' | cut -d: -f2)"
  { echo one; cat /tmp/event; echo two; } | curl -sS -X POST -T - -H 'Transfer-Encoding: chunked' \
    -H 'Lambda-Runtime-Function-Response-Mode: streaming' -H 'Content-Type: text/plain' "$api/$id/response" >/dev/null
done
"""


def stream(name, payload=b"{}", **headers):
    url = f"{ENDPOINT}/2021-11-15/functions/{name}/response-streaming-invocations"
    request = AWSRequest("POST", url, data=payload, headers={key.replace("_", "-"): value for key, value in headers.items()})
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = URLLib3Session(timeout=120).send(request.prepare())
    assert answer.status_code == 200, (answer.status_code, answer.content)
    buffer = EventStreamBuffer()
    buffer.add_data(answer.content)
    return answer, [event.to_response_dict() for event in buffer]


def test_frames_of_a_function_that_does_not_stream():
    with Function("def handler(event, context): return event") as function:
        answer, events = stream(function.name, '{"a": "é"}'.encode(), X_Amz_Log_Type="Tail")
        assert answer.headers["Content-Type"] == "application/vnd.amazon.eventstream", answer.headers
        assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"
        assert [event["headers"][":event-type"] for event in events] == ["PayloadChunk", "InvokeComplete"], events
        assert json.loads(events[0]["body"]) == {"a": "é"}
        assert events[0]["headers"] == {":message-type": "event", ":event-type": "PayloadChunk", ":content-type": "application/octet-stream"}
        assert events[1]["headers"][":content-type"] == "application/json"
        assert b"REPORT" in base64.b64decode(json.loads(events[1]["body"])["LogResult"])


def test_a_custom_runtime_streams():
    with Function({"bootstrap": (SHELL, 0o755)}, runtime="provided.al2023", handler="none") as function:
        answer, events = stream(function.name, b'"event"')
        assert answer.headers["X-Amzn-Remapped-Content-Type"] == "text/plain", answer.headers
        assert b"".join(event["body"] for event in events[:-1]) == b'one\n"event"two\n', events
        assert json.loads(events[-1]["body"]) == {}
        assert function.invoke(b'"event"')["Payload"] == b'one\n"event"two\n'


def test_an_error_is_in_the_last_frame():
    with Function("def handler(event, context): raise ValueError('why')") as function:
        _, events = stream(function.name)
        complete = json.loads(events[-1]["body"])
        assert len(events) == 1 and complete["ErrorCode"] == "Unhandled", events
        assert json.loads(complete["ErrorDetails"])["errorMessage"] == "why"


main({name: test for name, test in list(globals().items()) if name.startswith("test_")})
