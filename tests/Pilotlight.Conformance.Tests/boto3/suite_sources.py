"""Queues that are polled for real functions in Python: batches, failures, order, filters, switches and limits."""
import json

from harness import LOGS, Function, client, eventually, main, name, refused, role

# Writes down in a second queue what it was called with; a message that says so fails.
NOTES = """
import json, os, boto3
sqs = boto3.client('sqs', region_name='us-east-1')

def handler(event, context):
    records = event['Records']
    seen = [[r['body'], r['attributes']['ApproximateReceiveCount'], r['messageId']] for r in records]
    sqs.send_message(QueueUrl=os.environ['NOTES'], MessageBody=json.dumps(seen))
    if any(r['body'] == 'poison' for r in records):
        raise ValueError('poison')
    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in records
                                  if r['body'].startswith('again') and r['attributes']['ApproximateReceiveCount'] == '1']}
"""


class Polled:
    """A queue, a function that polls it, and the notes of the function."""

    def __init__(self, queue=None, mapping=None, **settings):
        self.sqs, self.lambda_ = client("sqs"), client("lambda")
        self.queue = self.sqs.create_queue(**{"QueueName": name("q")} | (queue or {}))["QueueUrl"]
        self.notes = self.sqs.create_queue(QueueName=name("notes"))["QueueUrl"]
        self.arn = arn_of(self.sqs, self.queue)
        iam, role_name = client("iam"), name("poller")
        rights = role(role_name, LOGS, "service-role/AWSLambdaSQSQueueExecutionRole")
        iam.put_role_policy(RoleName=role_name, PolicyName="notes", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn_of(self.sqs, self.notes)}]}))
        self.function = Function(NOTES, Environment={"Variables": {"NOTES": self.notes}}, **settings)
        self.function.settings["Role"] = rights
        self.mapping = mapping or {}

    def __enter__(self):
        self.function.__enter__()
        self.function.invoke(b'{"Records": []}')
        self.read()
        created = self.lambda_.create_event_source_mapping(EventSourceArn=self.arn, FunctionName=self.function.name, **self.mapping)
        self.uuid = created["UUID"]
        self.until("Enabled")
        return self

    def __exit__(self, *_):
        self.lambda_.delete_event_source_mapping(UUID=self.uuid)
        self.function.__exit__()
        self.sqs.delete_queue(QueueUrl=self.queue)
        self.sqs.delete_queue(QueueUrl=self.notes)

    def until(self, state):
        return eventually(lambda: self.lambda_.get_event_source_mapping(UUID=self.uuid)["State"] == state, 60)

    def switch(self, enabled):
        self.lambda_.update_event_source_mapping(UUID=self.uuid, Enabled=enabled)
        self.until("Enabled" if enabled else "Disabled")

    def send(self, *bodies, **more):
        for at in range(0, len(bodies), 10):
            sent = self.sqs.send_message_batch(QueueUrl=self.queue, Entries=[
                {"Id": str(n), "MessageBody": body} | more for n, body in enumerate(bodies[at:at + 10])])
            assert not sent.get("Failed"), sent

    def read(self):
        """What was noted since the last call: a list of batches."""
        got = self.sqs.receive_message(QueueUrl=self.notes, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.notes, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in got]

    def seen(self, count, seconds=60):
        """Batches, until so many messages were seen."""
        batches = []

        def enough():
            batches.extend(self.read())
            return sum(map(len, batches)) >= count
        eventually(enough, seconds)
        assert sum(map(len, batches)) == count, batches
        return batches

    def left(self):
        values = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])["Attributes"]
        return int(values["ApproximateNumberOfMessages"]) + int(values["ApproximateNumberOfMessagesNotVisible"])

    def empty(self, seconds=30):
        return eventually(lambda: self.left() == 0, seconds)


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_messages_reach_the_function_and_are_deleted():
    with Polled() as polled:
        bodies = [f"m{n}" for n in range(40)]
        polled.send(*bodies)
        batches = polled.seen(40)
        assert sorted(record[0] for batch in batches for record in batch) == sorted(bodies)
        assert max(map(len, batches)) > 1, "ten that were sent together come together"
        polled.empty()


def test_only_what_failed_comes_again():
    with Polled({"Attributes": {"VisibilityTimeout": "10"}}, {"FunctionResponseTypes": ["ReportBatchItemFailures"]}) as polled:
        polled.send("fine", "again-1", "good")
        batches = polled.seen(4)
        assert [(record[0], record[1]) for record in batches[-1]] == [("again-1", "2")], batches
        polled.empty()


def test_a_poison_message_is_in_the_dead_letter_queue_after_exactly_as_many_tries_as_allowed():
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=name("dead"))["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 3})
    with Polled({"Attributes": {"VisibilityTimeout": "2", "RedrivePolicy": redrive}}, Timeout=2) as polled:
        polled.send("poison")
        got = eventually(lambda: sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=5).get("Messages"), 60)
        assert [message["Body"] for message in got] == ["poison"], got
        assert [batch[0][1] for batch in polled.seen(3)] == ["1", "2", "3"]
        polled.empty()
        found = polled.lambda_.get_event_source_mapping(UUID=polled.uuid)
        assert found["LastProcessingResult"] == "PROBLEM: Function call failed", found


def test_what_no_filter_lets_through_is_deleted_unseen():
    pattern = json.dumps({"body": {"kind": ["a"]}})
    with Polled(mapping={"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}) as polled:
        polled.send('{"kind": "b"}', "plain", '{"kind": "a"}')
        assert [record[0] for batch in polled.seen(1) for record in batch] == ['{"kind": "a"}']
        polled.empty()


def test_a_disabled_mapping_leaves_the_queue_alone():
    with Polled() as polled:
        polled.switch(False)
        polled.send("waits")
        assert polled.read() == [] and polled.left() == 1
        polled.switch(True)
        assert polled.seen(1)[0][0][:2] == ["waits", "1"]


def test_throttled_functions_are_late_and_lose_nothing():
    with Polled(mapping={"BatchSize": 1}) as polled:
        polled.lambda_.put_function_concurrency(FunctionName=polled.function.name, ReservedConcurrentExecutions=0)
        eventually(lambda: "throttled" in polled.lambda_.get_event_source_mapping(UUID=polled.uuid).get("LastProcessingResult", "") or polled.send("probe"), 60)
        polled.send(*[f"m{n}" for n in range(20)])
        polled.lambda_.put_function_concurrency(FunctionName=polled.function.name, ReservedConcurrentExecutions=1)
        eventually(lambda: polled.left() == 0 or None, 120)
        polled.lambda_.delete_function_concurrency(FunctionName=polled.function.name)


def test_a_group_keeps_its_order():
    with Polled({"QueueName": name("q") + ".fifo", "Attributes": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}}) as polled:
        polled.send(*[f"a{n}" for n in range(10)], MessageGroupId="a")
        polled.send(*[f"b{n}" for n in range(10)], MessageGroupId="b")
        polled.empty()
        seen = [record[0] for batch in polled.seen(20) for record in batch]
        assert sorted(seen) == sorted(f"{group}{n}" for group in "ab" for n in range(10)), seen


def test_refusals():
    lambda_ = client("lambda")
    with Polled() as polled:
        refused(lambda: lambda_.create_event_source_mapping(EventSourceArn=polled.arn + "-none", FunctionName=polled.function.name),
                "InvalidParameterValueException",
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist.")
        other = polled.sqs.create_queue(QueueName=name("short"), Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
        refused(lambda: lambda_.create_event_source_mapping(EventSourceArn=arn_of(polled.sqs, other), FunctionName=polled.function.name),
                "InvalidParameterValueException", "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds")
        unable = Function(NOTES)
        unable.settings["Role"] = role(name("unable"), LOGS)
        with unable:
            refused(lambda: lambda_.create_event_source_mapping(EventSourceArn=polled.arn, FunctionName=unable.name),
                    "InvalidParameterValueException", "The provided execution role does not have permissions to call ReceiveMessage on SQS")


if __name__ == "__main__":
    main({key[len("test_"):]: value for key, value in globals().items() if key.startswith("test_")})
