"""CloudWatch Logs, driven by boto3."""
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


main({key: value for key, value in globals().items() if key.startswith("test_")})
