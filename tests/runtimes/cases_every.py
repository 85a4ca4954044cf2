"""What holds for every language. Each offers the functions named here (see `functions.py`)."""
import json
import time

from cases import case
from client import Client, same


def start(language, function, **options):
    files, handler = language.function(function)
    return Client(language, files, handler, **options)


@case()
def answers_an_event_with_what_the_handler_returned(language):
    with start(language, "echo") as client:
        post, event = client.invoke({"a": [1, 2.5, None, True], "b": {"c": "d"}})
        same(post.path, f"/2018-06-01/runtime/invocation/{event.request_id}/response")
        same(post.json, {"a": [1, 2.5, None, True], "b": {"c": "d"}})
        same(post.headers["content-type"], "application/json")


@case()
def polls_in_the_same_write_as_it_answers(language):
    with start(language, "echo") as client:
        for number in range(5):
            same(client.invoke(number)[0].json, number)
        client.server.send("last")
        same(client.posted().json, "last")
        same(client.server.connections, 1)
        assert client.server.pipelined >= 5, f"{client.server.pipelined} of 6 answers came with a poll"


@case()
def carries_every_kind_of_text(language):
    text = "\u0000\u001f\"\\/ äöü € 漢字 \U0001F525 </script> \u2028"
    with start(language, "echo") as client:
        same(client.invoke({"text": text})[0].json, {"text": text})
        same(client.invoke(json.dumps({"text": text}, ensure_ascii=False).encode())[0].json, {"text": text})


@case()
def carries_an_event_and_an_answer_of_six_mebibytes(language):
    text = "€x" * (6 * 1024 * 1024 // 4 - 100)
    with start(language, "echo") as client:
        body = json.dumps(text, ensure_ascii=False).encode()
        same(client.invoke(body)[0].json == text, True)
        same(client.invoke("after")[0].json, "after")


@case()
def reads_an_event_in_any_shape(language):
    with start(language, "echo") as client:
        for shape in ("chunked", "dribbled", "dribbled-chunks", "lower-case", "continued", "whole"):
            body = {"shape": shape, "filler": "ü" * 400}
            same(client.invoke(body, shape=shape)[0].json, body)


@case()
def reads_a_large_event_in_chunks(language):
    with start(language, "echo") as client:
        text = "y" * 1_000_000
        same(client.invoke({"text": text}, shape="chunked")[0].json["text"] == text, True)


@case()
def answers_on_a_new_connection_when_the_old_one_was_closed_meanwhile(language):
    with start(language, "echo") as client:
        same(client.invoke(1)[0].json, 1)
        client.server.hang_up_on_post = 1
        same(client.invoke(2)[0].json, 2)
        same(client.invoke(3)[0].json, 3)
        assert client.server.connections > 1


@case()
def polls_again_when_the_connection_was_closed_while_it_waited(language):
    with start(language, "echo") as client:
        client.ready()
        client.server.hang_up()
        client.wait_for(lambda: client.server.connections > 1, "a second connection")
        same(client.invoke("kept")[0].json, "kept")


@case()
def goes_on_after_a_refused_answer(language):
    for status in (403, 413, 400):
        with start(language, "echo", statuses={"response": [status]}) as client:
            same(client.invoke("refused")[0].json, "refused")
            same(client.invoke("next")[0].json, "next")


@case()
def goes_on_after_a_refused_large_answer(language):
    with start(language, "echo", statuses={"response": [413]}) as client:
        text = "z" * 1_000_000
        same(client.invoke(text)[0].json == text, True)
        same(client.invoke("next")[0].json, "next")


@case()
def reports_what_the_handler_threw_and_goes_on(language):
    with start(language, "fail") as client:
        post, event = client.invoke({"message": "boom ü"})
        same(post.path, f"/2018-06-01/runtime/invocation/{event.request_id}/error")
        same(post.json["errorMessage"], "boom ü")
        assert "lambda-runtime-function-error-type" in post.headers, post
        cause = json.loads(post.headers["lambda-runtime-function-xray-error-cause"])
        same(cause["exceptions"][0]["message"], "boom ü")
        same(client.invoke({"message": "again"})[0].json["errorMessage"], "again")


@case()
def bounds_the_headers_of_an_error(language):
    with start(language, "fail") as client:
        post, _ = client.invoke({"message": "long " * 50_000})
        same(len(post.json["errorMessage"]), 250_000)
        assert sum(len(name) + len(value) for name, value in post.headers.items()) < 16_384
        same(client.invoke({"message": "again"})[0].json["errorMessage"], "again")


@case()
def ends_after_an_init_error(language):
    with start(language, "missing") as client:
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/init/error")
        assert list(post.json)[:2] in (["errorMessage", "errorType"], ["errorType", "errorMessage"]), post
        assert client.exit_status() > 0
        same(client.server.polls, 0)


@case()
def has_written_what_was_printed_when_the_answer_arrives(language):
    with start(language, "print") as client:
        for number in range(3):
            client.invoke({"text": f"line {number}"})
        # Events are read by a thread here, so the bytes may be a moment late, but a stop loses none.
        client.stop()
        told = client.output + "".join(frame.text for frame in client.frames)
        same([line for line in told.splitlines() if line.startswith("line ")], ["line 0", "line 1", "line 2"])


@case()
def tells_the_handler_who_it_is(language):
    with start(language, "context") as client:
        post, event = client.invoke({}, seconds=30, headers={
            "Lambda-Runtime-Client-Context": json.dumps(
                {"client": {"app_title": "tests"}, "custom": {"k": "v"}, "env": {"e": "f"}}),
            "Lambda-Runtime-Cognito-Identity":
                '{"cognitoIdentityId":"one","cognitoIdentityPoolId":"pool"}',
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            "Lambda-Runtime-Aws-Tenant-Id": "tenant-a"})
        told = post.json
        remaining = told.pop("remaining")
        assert 20_000 < remaining <= 30_000, remaining
        same(told, {
            "requestId": event.request_id, "functionName": "tested", "functionVersion": "$LATEST",
            "memory": 128, "arn": "arn:aws:lambda:us-east-1:000000000000:function:tested",
            "group": "/aws/lambda/tested",
            "stream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
            "custom": "v", "appTitle": "tests", "identity": "one", "pool": "pool", "tenant": "tenant-a",
            "trace": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            "telemetry": None})


@case()
def forgets_what_the_last_invocation_carried(language):
    with start(language, "context") as client:
        client.invoke({}, headers={
            "Lambda-Runtime-Trace-Id": "Root=1-a;Sampled=1", "Lambda-Runtime-Aws-Tenant-Id": "tenant-a",
            "Lambda-Runtime-Client-Context": '{"custom":{"k":"v"}}'})
        told = client.invoke({})[0].json
        same({key: told[key] for key in ("trace", "tenant", "custom", "identity")},
             {"trace": None, "tenant": None, "custom": None, "identity": None})


@case()
def fails_the_invocation_on_an_event_that_is_no_json(language):
    with start(language, "echo") as client:
        same(client.invoke(b'{"a":')[0].kind, "error")
        same(client.invoke(b"\xff\xfe\x00")[0].kind, "error")
        same(client.invoke({"a": 1})[0].json, {"a": 1})


@case()
def ends_when_the_platform_is_gone(language):
    with start(language, "echo") as client:
        client.ready()
        client.server.close()
        assert client.exit_status() != 0


@case()
def ends_on_headers_that_never_end(language):
    """A server that talks nonsense must not keep a client in a loop or in memory."""
    with start(language, "echo") as client:
        client.ready()
        client.server.answer_raw = b"nonsense without an end " * 100_000
        for _ in range(4):
            client.server.send({})
        assert client.exit_status() != 0


@case()
def waits_without_using_the_processor(language):
    with start(language, "echo") as client:
        client.invoke(1)
        with open(f"/proc/{client.process.pid}/stat", encoding="ascii") as file:
            before = file.read().rsplit(")", 1)[1].split()[11:13]
        time.sleep(0.3)
        with open(f"/proc/{client.process.pid}/stat", encoding="ascii") as file:
            after = file.read().rsplit(")", 1)[1].split()[11:13]
        assert sum(map(int, after)) - sum(map(int, before)) <= 5, (before, after)
