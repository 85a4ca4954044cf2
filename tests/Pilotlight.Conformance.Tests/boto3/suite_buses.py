"""EventBridge and EventBridge Scheduler, driven by boto3."""
import datetime
import json
import time

from harness import Function, client, eventually, main, name, refused, role

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


class Queue:
    """A queue that rules may write to, while the block runs."""

    def __enter__(self):
        self.sqs = client("sqs")
        self.name = name("q")
        self.url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": self.arn}]}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})
        return self

    def __exit__(self, *_):
        self.sqs.delete_queue(QueueUrl=self.url)

    def next(self, seconds=15):
        def receive():
            for message in self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                return message
        return eventually(receive, seconds)

    def body(self):
        return json.loads(self.next()["Body"])


def scheduler_role():
    return role("conformance-schedules", "AmazonSQSFullAccess", "service-role/AWSLambdaRole", trust=TRUST)


def put(bus="default", source="shop", **detail):
    answer = client("events").put_events(Entries=[{"Source": source, "DetailType": "order", "Detail": json.dumps(detail), "EventBusName": bus}])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def test_a_rule_sends_matching_events_to_a_queue():
    events = client("events")
    bus, rule = name("bus"), name("rule")
    events.create_event_bus(Name=bus)
    with Queue() as queue:
        events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"detail": {"total": [{"numeric": [">", 10]}]}}))
        assert events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "q", "Arn": queue.arn}])["FailedEntryCount"] == 0
        put(bus, total=5)
        event = put(bus, total=50)
        got = queue.body()
        assert got["id"] == event and got["detail"] == {"total": 50} and got["source"] == "shop" and got["account"] == "000000000000", got
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=["q"])
    events.delete_rule(Name=rule, EventBusName=bus)
    events.delete_event_bus(Name=bus)


def test_a_rule_transforms_what_it_sends_to_a_fifo_queue():
    events, sqs = client("events"), client("sqs")
    rule = name("rule")
    url = sqs.create_queue(QueueName=name("q") + ".fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    source = name("source")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    refused(lambda: events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": arn}]), "ValidationException", "Parameter(s) SqsParameters must be specified for target: q.", 400)
    events.put_targets(Rule=rule, Targets=[{
        "Id": "q", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"},
        "InputTransformer": {"InputPathsMap": {"who": "$.detail.who"}, "InputTemplate": '"<who> ordered"'}}])
    put(source=source, who="Ada")
    got = eventually(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, AttributeNames=["All"]).get("Messages"))
    assert got[0]["Body"] == '"Ada ordered"' and got[0]["Attributes"]["MessageGroupId"] == "g", got
    events.remove_targets(Rule=rule, Ids=["q"])
    events.delete_rule(Name=rule)
    sqs.delete_queue(QueueUrl=url)


def test_a_rule_invokes_a_function_that_lets_it():
    events, source = client("events"), name("source")
    with Queue() as queue, Function("import json\ndef handler(event, context):\n    print('GOT', event['detail']['n'])\n    return event\n") as function:
        arn = events.put_rule(Name=function.name, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
        target = {"Id": "f", "Arn": function.created["FunctionArn"], "DeadLetterConfig": {"Arn": queue.arn}}
        events.put_targets(Rule=function.name, Targets=[target])
        put(source=source, n=1)
        letter = queue.next()
        assert {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}["ERROR_CODE"] == "NO_PERMISSIONS", letter
        function.lambda_.add_permission(FunctionName=function.name, StatementId="e", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=arn)
        put(source=source, n=2)
        logs = client("logs")

        def seen():
            try:
                found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="GOT")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return None
            return [event["message"].strip() for event in found]
        assert eventually(seen) == ["GOT 2"]
        events.remove_targets(Rule=function.name, Ids=["f"])
        events.delete_rule(Name=function.name)


def test_events_are_refused_one_by_one():
    answer = client("events").put_events(Entries=[{"Source": "a", "DetailType": "t", "Detail": "no"}, {"Source": "aws.a", "DetailType": "t", "Detail": "{}"}, {"Source": "a", "DetailType": "t", "Detail": "{}"}])
    assert answer["FailedEntryCount"] == 2 and [entry.get("ErrorCode") for entry in answer["Entries"]] == ["MalformedDetail", "NotAuthorizedForSourceException", None], answer
    refused(lambda: client("events").put_rule(Name="r", EventPattern='{"a":[{"EXISTS":true}]}'), "InvalidEventPatternException",
            'Event pattern is not valid. Reason: Unrecognized match type EXISTS\n at [Source: (String)"{"a":[{"EXISTS":true}]}"; line: 1, column: 21]', 400)


def test_pages_of_rules():
    events, bus = client("events"), name("bus")
    events.create_event_bus(Name=bus)
    for number in range(5):
        events.put_rule(Name=f"r{number}", EventBusName=bus, EventPattern='{"source":["x"]}')
    first = events.list_rules(EventBusName=bus, Limit=3)
    rest = events.list_rules(EventBusName=bus, Limit=3, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in first["Rules"] + rest["Rules"]] == ["r0", "r1", "r2", "r3", "r4"] and "NextToken" not in rest
    for number in range(5):
        events.delete_rule(Name=f"r{number}", EventBusName=bus)
    events.delete_event_bus(Name=bus)


def test_an_archive_is_replayed():
    events, bus, archive = client("events"), name("bus"), name("archive")
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    events.create_archive(ArchiveName=archive, EventSourceArn=bus_arn, RetentionDays=1)
    put(bus, n=1)
    with Queue() as queue:
        events.put_rule(Name="all", EventBusName=bus, EventPattern='{"source":["shop"]}')
        events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": queue.arn}])
        now = datetime.datetime.now(datetime.timezone.utc)
        replay = name("replay")
        events.start_replay(
            ReplayName=replay, EventSourceArn=events.describe_archive(ArchiveName=archive)["ArchiveArn"],
            EventStartTime=now - datetime.timedelta(minutes=5), EventEndTime=now + datetime.timedelta(minutes=5), Destination={"Arn": bus_arn})
        got = queue.body()
        assert got["replay-name"] == replay and got["detail"] == {"n": 1}, got
        eventually(lambda: events.describe_replay(ReplayName=replay)["State"] == "COMPLETED")
        events.remove_targets(Rule="all", EventBusName=bus, Ids=["q"])
        events.delete_rule(Name="all", EventBusName=bus)
    events.delete_archive(ArchiveName=archive)
    events.delete_event_bus(Name=bus)


def test_a_schedule_of_one_time_sends_to_a_queue():
    scheduler = client("scheduler")
    with Queue() as queue:
        at = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
        schedule = name("once")
        scheduler.create_schedule(
            Name=schedule, ScheduleExpression=f"at({at})", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": queue.arn, "RoleArn": scheduler_role(), "Input": '{"at":"<aws.scheduler.scheduled-time>"}'})
        assert queue.body() == {"at": at + "Z"}
        scheduler.delete_schedule(Name=schedule)


def test_a_schedule_invokes_a_function():
    scheduler, logs = client("scheduler"), client("logs")
    with Function("def handler(event, context):\n    print('GOT', event['n'])\n") as function:
        scheduler.create_schedule(
            Name=function.name, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": function.created["FunctionArn"], "RoleArn": scheduler_role(), "Input": '{"n":7}'})

        def seen():
            try:
                return logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="GOT")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return None
        assert eventually(seen)[0]["message"].strip() == "GOT 7"
        scheduler.delete_schedule(Name=function.name)


def test_schedules_in_groups():
    scheduler, group, schedule = client("scheduler"), name("group"), name("s")
    arn = scheduler.create_schedule_group(Name=group, Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    target = {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": scheduler_role()}
    scheduler.create_schedule(
        Name=schedule, GroupName=group, ScheduleExpression="cron(0 3 ? * MON-FRI *)", ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}, Target=target)
    refused(lambda: scheduler.create_schedule(Name=schedule, GroupName=group, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target), "ConflictException", None, 409)
    refused(lambda: scheduler.create_schedule(Name=name("s"), ScheduleExpression="rate(10 seconds)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target),
            "ValidationException", "Invalid Schedule Expression rate(10 seconds).", 400)
    got = scheduler.get_schedule(Name=schedule, GroupName=group)
    assert got["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15} and got["ScheduleExpressionTimezone"] == "Europe/Berlin", got
    assert [one["Name"] for one in scheduler.list_schedules(GroupName=group)["Schedules"]] == [schedule]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    scheduler.delete_schedule_group(Name=group)
    refused(lambda: scheduler.get_schedule(Name=schedule, GroupName=group), "ResourceNotFoundException", f"Schedule {schedule} does not exist.", 404)



main({key: value for key, value in globals().items() if key.startswith("test_")})
