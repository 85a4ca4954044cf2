"""SQS, driven by boto3: the system's speaks the query protocol, newer ones json. Every case holds for both."""
import hashlib
import json

from botocore import UNSIGNED

from harness import client, eventually, main, name, refused


def queue(sqs, kind="", **attributes):
    if kind:
        attributes["FifoQueue"] = "true"
    return sqs.create_queue(QueueName=name("q") + kind, Attributes=attributes)["QueueUrl"]


def arn(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(sqs, url, **settings):
    return sqs.receive_message(**({"QueueUrl": url, "MaxNumberOfMessages": 10} | settings)).get("Messages", [])


def test_queues_are_made_found_listed_and_deleted():
    sqs = client("sqs")
    queue_name = name("q")
    url = sqs.create_queue(QueueName=queue_name, Attributes={"VisibilityTimeout": "45"}, tags={"a": "1"})["QueueUrl"]
    assert url.endswith(f"/000000000000/{queue_name}"), url
    assert sqs.create_queue(QueueName=queue_name, Attributes={"VisibilityTimeout": "45"})["QueueUrl"] == url
    refused(lambda: sqs.create_queue(QueueName=queue_name, Attributes={"VisibilityTimeout": "46"}), "QueueAlreadyExists",
            "A queue already exists with the same name and a different value for attribute VisibilityTimeout", 400)
    assert sqs.get_queue_url(QueueName=queue_name)["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix=queue_name)["QueueUrls"] == [url]
    sqs.tag_queue(QueueUrl=url, Tags={"b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}
    sqs.delete_queue(QueueUrl=url)
    refused(lambda: sqs.get_queue_url(QueueName=queue_name), "AWS.SimpleQueueService.NonExistentQueue", status=400)


def test_whoever_does_not_sign_is_served_where_the_policy_lets_everybody_in():
    sqs, nobody = client("sqs"), client("sqs", signature_version=UNSIGNED)
    url = queue(sqs)
    refused(lambda: nobody.send_message(QueueUrl=url, MessageBody="no"), "AccessDenied", f"Access to the resource {arn(sqs, url)} is denied.", 403)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn(sqs, url)}]})})
    nobody.send_message(QueueUrl=url, MessageBody="hello")
    refused(lambda: nobody.receive_message(QueueUrl=url), "AccessDenied", status=403)
    got = receive(sqs, url, WaitTimeSeconds=10, AttributeNames=["SenderId"])
    assert [(m["Body"], m["Attributes"]["SenderId"]) for m in got] == [("hello", "127.0.0.1")], got
    sqs.delete_queue(QueueUrl=url)


def test_messages_with_attributes_and_digests():
    # boto3 checks the digests itself and raises when one is wrong.
    sqs = client("sqs")
    url = queue(sqs)
    attributes = {
        "text": {"DataType": "String", "StringValue": "välue"}, "number": {"DataType": "Number.float", "StringValue": "1.5"},
        "bytes": {"DataType": "Binary", "BinaryValue": bytes(range(256))}}
    body = "hällo <&> \t\n ✓ 😀"
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes,
                            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}})
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    message, = receive(sqs, url, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["Body"] == body and message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == bytes(range(256)), message
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=") and message["Attributes"]["ApproximateReceiveCount"] == "1", message
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    message, = receive(sqs, url, AttributeNames=["ApproximateReceiveCount"], MessageAttributeNames=["nu.*", "number"])
    assert message["Attributes"] == {"ApproximateReceiveCount": "2"} and list(message["MessageAttributes"]) == ["number"], message
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert receive(sqs, url) == []


def test_batches_succeed_and_fail_entry_by_entry():
    sqs = client("sqs")
    url = queue(sqs)
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": f"{i}", "MessageBody": f"m{i}"} for i in range(9)] + [{"Id": "bad", "MessageBody": "\x02"}])
    assert len(sent["Successful"]) == 9 and sent["Failed"][0]["Code"] == "InvalidMessageContents", sent
    messages = receive(sqs, url)
    assert len(messages) == 9
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
        {"Id": "a", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 100}, {"Id": "b", "ReceiptHandle": "x", "VisibilityTimeout": 1}])
    assert changed["Successful"] == [{"Id": "a"}] and changed["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", changed
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": f"{i}", "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
    assert len(deleted["Successful"]) == 9
    refused(lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": f"{i}", "MessageBody": "m"} for i in range(11)]),
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11.", 400)


def test_a_long_poll_waits_for_a_message():
    sqs = client("sqs")
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert receive(sqs, url) == []
    assert [m["Body"] for m in receive(sqs, url, WaitTimeSeconds=20)] == ["later"]


def test_visibility_and_counts():
    sqs = client("sqs")
    url = queue(sqs, VisibilityTimeout="1")
    for i in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"{i}")
    sqs.send_message(QueueUrl=url, MessageBody="d", DelaySeconds=900)
    receive(sqs, url, MaxNumberOfMessages=1)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    counts = lambda: [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][n] for n in names]
    assert counts() == ["2", "1", "1"], counts()
    eventually(lambda: counts() == ["3", "0", "1"])


def test_fifo_keeps_order_and_drops_duplicates():
    sqs = client("sqs")
    url = queue(sqs, ".fifo", ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    again = sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    for body, group in (("a2", "a"), ("b1", "b")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    message, = receive(sqs, url, MaxNumberOfMessages=1, AttributeNames=["All"])
    assert message["Body"] == "a1" and message["Attributes"]["SequenceNumber"] == first["SequenceNumber"], message
    assert [m["Body"] for m in receive(sqs, url)] == ["b1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert [m["Body"] for m in receive(sqs, url)] == ["a2"]
    refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), "MissingParameter", "The request must contain the parameter MessageGroupId.", 400)


def test_a_poison_message_ends_in_the_dead_letter_queue_and_comes_back():
    sqs = client("sqs")
    dead = queue(sqs)
    url = queue(sqs, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": "3"}))
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for turn in range(3):
        assert len(receive(sqs, url, VisibilityTimeout=0)) == 1, turn
    assert receive(sqs, url) == []
    message, = receive(sqs, dead, VisibilityTimeout=0, AttributeNames=["All"])
    assert message["Body"] == "poison"
    if not hasattr(sqs, "start_message_move_task"):
        return
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, url)
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    task = eventually(lambda: [t for t in sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"] if t["Status"] == "COMPLETED"])[0]
    assert task["ApproximateNumberOfMessagesMoved"] == 1, task
    assert [m["Body"] for m in receive(sqs, url)] == ["poison"]


def test_attributes_are_checked_and_shown():
    sqs = client("sqs")
    url = queue(sqs)
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (shown["MaximumMessageSize"], shown["MessageRetentionPeriod"], shown["VisibilityTimeout"], shown["SqsManagedSseEnabled"]) == ("1048576", "345600", "30", "true"), shown
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/k", "DelaySeconds": "5"})
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (shown["KmsMasterKeyId"], shown["KmsDataKeyReusePeriodSeconds"], shown["SqsManagedSseEnabled"], shown["DelaySeconds"]) == ("alias/k", "300", "false", "5"), shown
    refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "901"}), "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds.", 400)
    refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Nothing": "1"}), "InvalidAttributeName", "Unknown Attribute Nothing.", 400)


def test_permissions_become_a_policy():
    sqs = client("sqs")
    url = queue(sqs)
    sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["000000000000"], Actions=["SendMessage", "ReceiveMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy["Statement"][0]["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"] and policy["Statement"][0]["Sid"] == "l", policy
    refused(lambda: sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["000000000000"], Actions=["SendMessage"]),
            "InvalidParameterValue", "Value l for parameter Label is invalid. Reason: Already exists.", 400)
    sqs.remove_permission(QueueUrl=url, Label="l")
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})


def test_a_purge_empties_once_a_minute():
    sqs = client("sqs")
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="m")
    sqs.purge_queue(QueueUrl=url)
    assert receive(sqs, url) == []
    refused(lambda: sqs.purge_queue(QueueUrl=url), "AWS.SimpleQueueService.PurgeQueueInProgress",
            f"Only one PurgeQueue operation on {url.split('/')[-1]} is allowed every 60 seconds.", 403)


def test_a_queue_that_is_not_there():
    sqs = client("sqs")
    gone = queue(sqs)
    sqs.delete_queue(QueueUrl=gone)
    for call in (lambda: sqs.send_message(QueueUrl=gone, MessageBody="m"), lambda: sqs.receive_message(QueueUrl=gone), lambda: sqs.purge_queue(QueueUrl=gone)):
        error = refused(call, "AWS.SimpleQueueService.NonExistentQueue", status=400)
        assert error["Error"]["Message"].startswith("The specified queue does not exist"), error
    try:
        sqs.receive_message(QueueUrl=gone)
    except sqs.exceptions.QueueDoesNotExist:
        pass


main({key: value for key, value in globals().items() if key.startswith("test_")})
