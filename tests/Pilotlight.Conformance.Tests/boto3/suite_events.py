"""Asynchronous invocation: retries, destinations and dead-letter queues, with boto3 and queues of the platform."""
import json

from harness import LOGS, Function, client, eventually, main, name, role

FAILING = "def handler(event, context):\n    raise ValueError('no ' + str(event['n']))"
ECHO = "def handler(event, context): return {'was': event}"

# An answer that holds the event would double the record from hop to hop.
SHORT = "def handler(event, context): return 1"


class Queue:
    """A queue that exists while the block runs."""

    def __init__(self):
        self.sqs = client("sqs")

    def __enter__(self):
        self.url = self.sqs.create_queue(QueueName=name("events"))["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return self

    def __exit__(self, *_):
        self.sqs.delete_queue(QueueUrl=self.url)

    def receive(self, seconds=30):
        message = eventually(lambda: self.sqs.receive_message(
            QueueUrl=self.url, WaitTimeSeconds=1, MessageAttributeNames=["All"], AttributeNames=["All"]).get("Messages"), seconds)[0]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return message


def sender(queue):
    """A role that may write logs and send to the queue."""
    arn = role(name("sender"), LOGS)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}]}
    client("iam").put_role_policy(RoleName=arn.rsplit("/", 1)[1], PolicyName="send", PolicyDocument=json.dumps(policy))
    return arn


def test_a_failed_event_reaches_its_dead_letter_queue_as_it_came():
    with Queue() as queue, Function(FAILING, Role=sender(queue), DeadLetterConfig={"TargetArn": queue.arn}) as function:
        function.lambda_.put_function_event_invoke_config(FunctionName=function.name, MaximumRetryAttempts=0)
        answer = function.invoke(b'{"n": 7}', InvocationType="Event")
        assert answer["StatusCode"] == 202 and answer["Payload"] == b"", answer
        message = queue.receive()
        assert message["Body"] == '{"n": 7}', message
        attributes = {key: (value["DataType"], value["StringValue"]) for key, value in message["MessageAttributes"].items()}
        assert attributes == {
            "RequestID": ("String", answer["ResponseMetadata"]["RequestId"]), "ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "no 7"),
        }, attributes


def test_destinations_get_the_record_of_what_happened():
    with Queue() as good, Queue() as bad:
        with Function(ECHO, Role=sender(good)) as function:
            function.lambda_.put_function_event_invoke_config(
                FunctionName=function.name, DestinationConfig={"OnSuccess": {"Destination": good.arn}})
            answer = function.invoke(b'{"a": 1}', InvocationType="Event")
            message = good.receive()
            record = json.loads(message["Body"])
            assert list(record) == ["version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"], record
            assert record["requestContext"] == {
                "requestId": answer["ResponseMetadata"]["RequestId"], "functionArn": function.created["FunctionArn"] + ":$LATEST",
                "condition": "Success", "approximateInvokeCount": 1}, record
            assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}, record
            assert record["responsePayload"] == {"was": {"a": 1}}, record
            assert message["Attributes"]["AWSTraceHeader"].startswith("Root="), message
        with Function(FAILING, Role=sender(bad)) as function:
            function.lambda_.put_function_event_invoke_config(
                FunctionName=function.name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": bad.arn}})
            function.invoke(b'{"n": 1}', InvocationType="Event")
            record = json.loads(bad.receive()["Body"])
            assert record["requestContext"]["condition"] == "RetriesExhausted", record
            assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}, record
            assert record["responsePayload"]["errorMessage"] == "no 1", record


def test_a_role_without_the_permission_delivers_nothing_and_the_event_still_ends():
    with Queue() as queue, Function(ECHO, Role=role("conformance")) as function:
        function.lambda_.put_function_event_invoke_config(
            FunctionName=function.name, DestinationConfig={"OnSuccess": {"Destination": queue.arn}})
        function.invoke(b'{}', InvocationType="Event")
        log = client("logs")
        eventually(lambda: any("REPORT" in event["message"] for event in log.filter_log_events(
            logGroupName=f"/aws/lambda/{function.name}").get("events", [])) if log.describe_log_groups(
            logGroupNamePrefix=f"/aws/lambda/{function.name}")["logGroups"] else None)
        assert "Messages" not in queue.sqs.receive_message(QueueUrl=queue.url, WaitTimeSeconds=1)


def test_functions_that_invoke_each_other_by_their_destinations_are_stopped():
    """Each runs sixteen times in the chain, and no more."""
    rights = role(name("looping"), LOGS, "service-role/AWSLambdaRole")
    with Function(SHORT, Role=rights) as ping, Function(SHORT, Role=rights) as pong:
        for function, other in ((ping, pong), (pong, ping)):
            function.lambda_.put_function_event_invoke_config(
                FunctionName=function.name, DestinationConfig={"OnSuccess": {"Destination": other.created["FunctionArn"]}})
        ping.invoke(b'{}', InvocationType="Event")
        log = client("logs")

        def starts(function):
            group = f"/aws/lambda/{function.name}"
            if not log.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
                return 0
            return sum(event["message"].startswith("START") for event in log.filter_log_events(logGroupName=group)["events"])

        eventually(lambda: starts(ping) >= 16, 60)
        assert starts(ping) <= 17 and starts(pong) <= 17, (starts(ping), starts(pong))


main({key[5:]: value for key, value in list(globals().items()) if key.startswith("test_")})
