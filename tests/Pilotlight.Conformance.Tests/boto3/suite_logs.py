"""CloudWatch Logs, driven by boto3."""
import json
import time

from harness import Function, client, eventually, main, name, refused


def now():
    return int(time.time() * 1000)


def test_groups_and_streams():
    logs = client("logs")
    group = f"/conformance/{name('g')}"
    logs.create_log_group(logGroupName=group, tags={"a": "1"})
    refused(lambda: logs.create_log_group(logGroupName=group), "ResourceAlreadyExistsException", "The specified log group already exists", 400)
    logs.create_log_stream(logGroupName=group, logStreamName="s1")
    logs.create_log_stream(logGroupName=group, logStreamName="s2")
    refused(lambda: logs.create_log_stream(logGroupName=group, logStreamName="s1"), "ResourceAlreadyExistsException", "The specified log stream already exists", 400)
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [g["logGroupName"] for g in found] == [group] and found[0]["arn"].endswith(f":log-group:{group}:*"), found
    assert [s["logStreamName"] for s in logs.describe_log_streams(logGroupName=group)["logStreams"]] == ["s1", "s2"]
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 7
    arn = found[0]["arn"][:-2]
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    logs.delete_log_group(logGroupName=group)
    refused(lambda: logs.describe_log_streams(logGroupName=group), "ResourceNotFoundException", "The specified log group does not exist.", 400)


def test_events_are_put_and_read():
    logs = client("logs")
    group = f"/conformance/{name('g')}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    start = now() - 1000
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": start + i, "message": f"line {i}"} for i in range(10)])
    page = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True, limit=4)
    assert [e["message"] for e in page["events"]] == [f"line {i}" for i in range(4)], page
    page = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True, limit=100, nextToken=page["nextForwardToken"])
    assert [e["message"] for e in page["events"]] == [f"line {i}" for i in range(4, 10)], page
    again = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True, nextToken=page["nextForwardToken"])
    assert again["events"] == [] and again["nextForwardToken"] == page["nextForwardToken"]
    found = logs.filter_log_events(logGroupName=group, filterPattern='"line 7"')["events"]
    assert [e["message"] for e in found] == ["line 7"], found
    refused(lambda: logs.put_log_events(logGroupName=group, logStreamName="none", logEvents=[{"timestamp": now(), "message": "x"}]),
            "ResourceNotFoundException", "The specified log stream does not exist.", 400)
    logs.delete_log_group(logGroupName=group)


def test_a_function_writes_into_its_group():
    with Function("print('at init')\ndef handler(e, c):\n    print('first')\n    print('second')\n    return c.log_stream_name\n") as function:
        stream = function.invoke()["Payload"].decode().strip('"')
        logs = client("logs")

        def whole():
            events = logs.get_log_events(logGroupName=f"/aws/lambda/{function.name}", logStreamName=stream, startFromHead=True)["events"]
            return events if events and events[-1]["message"].startswith("REPORT") else None
        messages = [e["message"] for e in eventually(whole)]
        assert messages[0].startswith("INIT_START Runtime Version: python:3.11.v"), messages
        assert messages[1] == "at init\n" and messages[2].startswith("START RequestId: "), messages
        assert messages[3:5] == ["first\n", "second\n"] and messages[5].startswith("END RequestId: "), messages


def test_multi_line_errors_are_one_event():
    with Function("def handler(e, c):\n    raise ValueError('no')\n") as function:
        function.invoke()
        logs = client("logs")
        found = eventually(lambda: logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="ERROR")["events"])
        assert found[0]["message"].startswith("[ERROR] ValueError: no\nTraceback (most recent call last):\n\u00a0\u00a0File "), found


SUBSCRIBER = """
import base64, gzip, json

def handler(event, context):
    assert list(event) == ["awslogs"] and list(event["awslogs"]) == ["data"], event
    packed = base64.b64decode(event["awslogs"]["data"], validate=True)
    assert packed[:2] == b"\\x1f\\x8b", packed[:2]
    print("GOT " + json.dumps(json.loads(gzip.decompress(packed)), separators=(",", ":")))
"""


class Subscribed:
    """A log group with one stream, whose lines go to a function that prints what it gets."""

    def __init__(self):
        self.logs, self.group, self.function = client("logs"), f"/conformance/{name('g')}", Function(SUBSCRIBER)

    def __enter__(self):
        self.function.__enter__()
        self.arn = self.function.created["FunctionArn"]
        self.logs.create_log_group(logGroupName=self.group)
        self.logs.create_log_stream(logGroupName=self.group, logStreamName="s")
        return self

    def __exit__(self, *_):
        self.logs.delete_log_group(logGroupName=self.group)
        self.function.__exit__()

    def allow(self):
        self.function.lambda_.add_permission(
            FunctionName=self.function.name, StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
            SourceArn=f"arn:aws:logs:us-east-1:000000000000:log-group:{self.group}:*", SourceAccount="000000000000")

    def subscribe(self, pattern, filter_name="f"):
        self.logs.put_subscription_filter(logGroupName=self.group, filterName=filter_name, filterPattern=pattern, destinationArn=self.arn)

    def write(self, *messages):
        self.logs.put_log_events(logGroupName=self.group, logStreamName="s", logEvents=[{"timestamp": now(), "message": m} for m in messages])

    def got(self):
        try:
            found = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.function.name}", filterPattern="GOT")["events"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(e["message"].strip()[len("GOT "):]) for e in found]

    def messages(self):
        return [e["message"] for got in self.got() if got["messageType"] == "DATA_MESSAGE" for e in got["logEvents"]]


def test_a_subscribed_function_gets_what_AWS_sends():
    with Subscribed() as s:
        refused(lambda: s.subscribe(""), "InvalidParameterException",
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.", 400)
        s.allow()
        s.subscribe("ERROR -ignored")
        control = eventually(s.got)[0]
        assert list(control) == ["messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"], control
        assert control["messageType"] == "CONTROL_MESSAGE" and control["owner"] == "CloudwatchLogs" and control["subscriptionFilters"] == [], control
        assert control["logEvents"][0]["message"] == "CWL CONTROL MESSAGE: Checking health of destination Lambda function.", control
        s.write("an ERROR", "fine", "an ERROR to be ignored", "ERROR \u00fc \"quoted\"")
        data = eventually(lambda: [g for g in s.got() if g["messageType"] == "DATA_MESSAGE"])[0]
        assert list(data) == ["messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"], data
        assert (data["owner"], data["logGroup"], data["logStream"], data["subscriptionFilters"]) == ("000000000000", s.group, "s", ["f"]), data
        assert [list(e) for e in data["logEvents"]] == [["id", "timestamp", "message"]] * 2, data
        assert [e["message"] for e in data["logEvents"]] == ["an ERROR", "ERROR \u00fc \"quoted\""], data
        read = s.logs.filter_log_events(logGroupName=s.group, filterPattern="ERROR -ignored")["events"]
        assert [(e["id"], e["timestamp"]) for e in data["logEvents"]] == [(e["eventId"], e["timestamp"]) for e in read], (data, read)


def test_filter_patterns_choose_what_a_function_gets():
    with Subscribed() as s:
        s.allow()
        s.subscribe('{ ($.level = "ERROR") && ($.code >= 500) }')
        s.subscribe("[ip, user, status = 5*, bytes > 1000]", "fields")
        s.write('{"level":"ERROR","code":503}', '{"level":"ERROR","code":404}', '{"level":"INFO","code":500}', "plain text",
                "10.0.0.1 alice 502 2000", "10.0.0.1 alice 502 10", "10.0.0.1 alice 200 2000")
        wanted = ['10.0.0.1 alice 502 2000', '{"level":"ERROR","code":503}']
        assert eventually(lambda: sorted(s.messages()) if len(s.messages()) >= 2 else None) == wanted, s.got()
        names = {tuple(g["subscriptionFilters"]) for g in s.got() if g["messageType"] == "DATA_MESSAGE"}
        assert names == {("f",), ("fields",)}, names


def test_no_function_is_invoked_for_its_own_lines():
    with Subscribed() as s:
        own = f"/aws/lambda/{s.function.name}"
        s.allow()
        s.function.lambda_.add_permission(
            FunctionName=s.function.name, StatementId="own", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
            SourceArn=f"arn:aws:logs:us-east-1:000000000000:log-group:{own}:*")
        s.subscribe("")
        eventually(s.got)
        words = "The destination function writes to this log group: it would be invoked for its own output without end."
        refused(lambda: s.logs.put_subscription_filter(logGroupName=own, filterName="f", filterPattern="", destinationArn=s.arn),
                "InvalidParameterException", words, 400)


main({key: value for key, value in globals().items() if key.startswith("test_")})
