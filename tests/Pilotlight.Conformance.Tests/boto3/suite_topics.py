"""Topics as boto3 uses them, with the platform's own queues and functions behind them and a web server beside it."""
import http.server
import json
import queue
import threading
import urllib.request

from harness import Function, client, eventually, main, name, refused

COLLECT = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"


class Queue:
    """A queue that lets a topic in, while the block runs."""

    def __init__(self, topic=None, fifo=False):
        self.sqs, self.topic, self.fifo = client("sqs"), topic, fifo

    def __enter__(self):
        attributes = {"FifoQueue": "true"} if self.fifo else {}
        self.url = self.sqs.create_queue(QueueName=name("q") + (".fifo" if self.fifo else ""), Attributes=attributes)["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if self.topic:
            self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": self.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}}}]})})
        return self

    def __exit__(self, *_):
        self.sqs.delete_queue(QueueUrl=self.url)

    def receive(self, count=1, wait=15):
        messages = []
        while len(messages) < count:
            got = self.sqs.receive_message(
                QueueUrl=self.url, WaitTimeSeconds=wait, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]).get("Messages", [])
            assert got, f"{len(messages)} of {count} messages came"
            for message in got:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            messages += got
        return messages

    def is_empty(self):
        return not self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1).get("Messages")


class Topic:
    def __init__(self, fifo=False, **attributes):
        self.sns, self.fifo, self.attributes = client("sns"), fifo, attributes

    def __enter__(self):
        attributes = self.attributes | ({"FifoTopic": "true"} if self.fifo else {})
        self.arn = self.sns.create_topic(Name=name("t") + (".fifo" if self.fifo else ""), Attributes=attributes)["TopicArn"]
        return self

    def __exit__(self, *_):
        self.sns.delete_topic(TopicArn=self.arn)

    def subscribe(self, protocol, endpoint, **attributes):
        return self.sns.subscribe(TopicArn=self.arn, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]

    def publish(self, message, **more):
        return self.sns.publish(TopicArn=self.arn, Message=message, **more)


def test_a_queue_gets_the_envelope_and_raw_messages():
    with Topic() as topic, Queue(topic.arn) as q:
        subscription = topic.subscribe("sqs", q.arn)
        attributes = {"n": {"DataType": "Number", "StringValue": "99.12"}, "b": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}}
        published = topic.publish("hello", Subject="S", MessageAttributes=attributes)
        body = json.loads(q.receive()[0]["Body"])
        assert body["MessageId"] == published["MessageId"] and body["Message"] == "hello" and body["Subject"] == "S", body
        assert body["MessageAttributes"] == {"n": {"Type": "Number", "Value": "99.12"}, "b": {"Type": "Binary", "Value": "AgME"}}, body
        topic.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true")
        topic.publish("raw", MessageAttributes=attributes)
        message = q.receive()[0]
        assert message["Body"] == "raw", message
        assert message["MessageAttributes"]["n"] == {"StringValue": "99.12", "DataType": "Number"}, message
        assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x02\x03\x04", message


def test_a_queue_that_lets_nobody_in_gets_nothing():
    with Topic() as topic, Queue() as q:
        topic.subscribe("sqs", q.arn)
        topic.publish("hello")
        assert q.is_empty()


def test_a_function_runs_with_the_event():
    with Topic() as topic, Function(COLLECT) as function:
        arn = function.created["FunctionArn"]
        topic.subscribe("lambda", arn)
        client("lambda").add_permission(
            FunctionName=function.name, StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic.arn)
        published = topic.publish("to a function", MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})

        def event():
            try:
                events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="GOT")["events"]
            except client("logs").exceptions.ResourceNotFoundException:
                return None
            return json.loads(events[0]["message"].split("GOT ", 1)[1]) if events else None

        record = eventually(event, seconds=60)["Records"][0]
        assert record["EventSource"] == "aws:sns" and record["Sns"]["MessageId"] == published["MessageId"], record
        assert record["Sns"]["Message"] == "to a function" and record["Sns"]["Subject"] is None, record
        assert record["Sns"]["MessageAttributes"] == {"k": {"Type": "String", "Value": "v"}}, record


def test_without_permission_the_dead_letter_queue_gets_the_message():
    with Topic() as topic, Queue(topic.arn) as dead, Function(COLLECT) as function:
        topic.subscribe("lambda", function.created["FunctionArn"], RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
        topic.publish("nobody may")
        assert json.loads(dead.receive()[0]["Body"])["Message"] == "nobody may"


def test_filters_choose():
    with Topic() as topic, Queue(topic.arn) as attributes, Queue(topic.arn) as body:
        topic.subscribe("sqs", attributes.arn, FilterPolicy=json.dumps({"kind": ["order"], "price": [{"numeric": [">", 10]}]}), RawMessageDelivery="true")
        topic.subscribe("sqs", body.arn, FilterPolicy=json.dumps({"detail": {"state": [{"prefix": "fail"}]}}), FilterPolicyScope="MessageBody", RawMessageDelivery="true")
        topic.publish("cheap", MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}, "price": {"DataType": "Number", "StringValue": "5"}})
        topic.publish("dear", MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}, "price": {"DataType": "Number", "StringValue": "50"}})
        topic.publish(json.dumps({"detail": {"state": "failed"}}))
        assert attributes.receive()[0]["Body"] == "dear"
        assert json.loads(body.receive()[0]["Body"]) == {"detail": {"state": "failed"}}
        assert attributes.is_empty() and body.is_empty()


def test_fifo_topics_keep_order_and_deduplicate():
    with Topic(fifo=True, ContentBasedDeduplication="true") as topic, Queue(topic.arn, fifo=True) as q:
        topic.subscribe("sqs", q.arn, RawMessageDelivery="true")
        first = topic.publish("0", MessageGroupId="g")
        batch = topic.sns.publish_batch(
            TopicArn=topic.arn, PublishBatchRequestEntries=[{"Id": str(i), "Message": str(i), "MessageGroupId": "g"} for i in range(1, 10)])
        assert len(batch["Successful"]) == 9 and not batch["Failed"], batch
        again = topic.publish("0", MessageGroupId="g")
        assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"]), (first, again)
        messages = q.receive(10)
        assert [message["Body"] for message in messages] == [str(i) for i in range(10)], messages
        assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}
        refused(lambda: topic.publish("x"), "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")


class Endpoint:
    """A web server that a topic posts to."""

    def __enter__(self):
        self.got = queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.put((dict((key.lower(), value) for key, value in self.headers.items()), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        return self

    def __exit__(self, *_):
        self.server.shutdown()


def test_a_web_server_confirms_is_told_and_leaves():
    with Topic() as topic, Endpoint() as endpoint:
        answer = topic.sns.subscribe(TopicArn=topic.arn, Protocol="http", Endpoint=endpoint.url)
        assert answer["SubscriptionArn"] == "pending confirmation", answer
        headers, confirmation = endpoint.got.get(timeout=30)
        assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation", headers
        urllib.request.urlopen(confirmation["SubscribeURL"]).read()
        topic.publish("over http")
        headers, notification = endpoint.got.get(timeout=30)
        assert notification["Message"] == "over http" and headers["x-amz-sns-topic-arn"] == topic.arn, (headers, notification)
        pem = urllib.request.urlopen(notification["SigningCertURL"]).read()
        assert pem.startswith(b"-----BEGIN CERTIFICATE-----"), pem
        urllib.request.urlopen(notification["UnsubscribeURL"]).read()
        assert endpoint.got.get(timeout=30)[1]["Type"] == "UnsubscribeConfirmation"
        assert topic.sns.list_subscriptions_by_topic(TopicArn=topic.arn)["Subscriptions"] == []


def test_errors_are_AWSs():
    with Topic() as topic:
        sns = topic.sns
        refused(lambda: sns.publish(TopicArn=topic.arn + "x", Message="m"), "NotFound", "Topic does not exist", 404)
        refused(lambda: sns.publish(TopicArn="nope", Message="m"), "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1")
        refused(lambda: topic.publish(""), "InvalidParameter", "Invalid parameter: Empty message")
        refused(lambda: topic.publish("x" * 262145), "InvalidParameter", "Invalid parameter: Message too long")
        refused(lambda: topic.publish("m", MessageAttributes={"a": {"DataType": "Banana", "StringValue": "x"}}), "ParameterValueInvalid")
        refused(lambda: sns.subscribe(TopicArn=topic.arn, Protocol="sms", Endpoint="+15550100"), "InvalidParameter")
        refused(lambda: sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="Nope", AttributeValue="x"), "InvalidParameter", "Invalid parameter: AttributeName")


def test_tags_permissions_and_pages():
    with Topic() as topic:
        sns = topic.sns
        sns.tag_resource(ResourceArn=topic.arn, Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}])
        sns.untag_resource(ResourceArn=topic.arn, TagKeys=["k"])
        assert sns.list_tags_for_resource(ResourceArn=topic.arn)["Tags"] == [{"Key": "l", "Value": "w"}]
        sns.add_permission(TopicArn=topic.arn, Label="theirs", AWSAccountId=["111111111111"], ActionName=["Publish"])
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic.arn)["Attributes"]["Policy"])
        assert policy["Statement"][1]["Sid"] == "theirs", policy
        sns.remove_permission(TopicArn=topic.arn, Label="theirs")
        for i in range(101):
            sns.subscribe(TopicArn=topic.arn, Protocol="email", Endpoint=f"u{i}@example.com")
        pages = list(sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic.arn))
        assert [len(page["Subscriptions"]) for page in pages] == [100, 1], pages


def test_topics_answer_for_the_queues_of_a_function():
    """A function's dead-letter target may be a topic, which tells a queue."""
    with Topic() as topic, Queue(topic.arn) as q, Function("def handler(event, context): raise ValueError('no')") as function:
        topic.subscribe("sqs", q.arn, RawMessageDelivery="true")
        iam = client("iam")
        iam.put_role_policy(RoleName="conformance", PolicyName="publish", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}))
        lambda_ = client("lambda")
        lambda_.put_function_event_invoke_config(
            FunctionName=function.name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": topic.arn}})
        lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=b'{"a":1}')
        record = json.loads(q.receive(wait=20)[0]["Body"])
        assert record["requestPayload"] == {"a": 1} and record["requestContext"]["condition"] == "RetriesExhausted", record


main({key: value for key, value in globals().items() if key.startswith("test_")})
