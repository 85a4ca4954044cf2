"""Kinesis Data Streams, and mappings that poll them, driven by boto3."""
import hashlib
import json
import re
import threading
import time

from harness import LOGS, Function, client, eventually, main, name, refused, role

ACCOUNT = "000000000000"


def stream(shards=1, **more):
    """The name of an ACTIVE stream of its own."""
    kinesis = client("kinesis")
    stream_name = name("s")
    kinesis.create_stream(StreamName=stream_name, ShardCount=shards, **more)
    active(kinesis, stream_name)
    return stream_name


def active(kinesis, stream_name):
    eventually(lambda: kinesis.describe_stream_summary(StreamName=stream_name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")


def gone(call, message=None):
    """Whether it is not found any more."""
    try:
        call()
    except client("kinesis").exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException", error.response
        assert message in (None, error.response["Error"]["Message"]), error.response
        return True


def arn(stream_name):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream_name}"


def read(kinesis, stream_name, shard, kind="TRIM_HORIZON", **more):
    """Every record from there to the end of the shard, or to where there is no more."""
    iterator = kinesis.get_shard_iterator(StreamName=stream_name, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]
    records = []
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator)
        records += page["Records"]
        iterator = page.get("NextShardIterator")
        if not page["Records"] and page["MillisBehindLatest"] == 0:
            break
    return records


def test_streams_are_made_described_listed_and_deleted():
    kinesis = client("kinesis")
    stream_name = name("s")
    kinesis.create_stream(StreamName=stream_name, ShardCount=3)
    refused(lambda: kinesis.create_stream(StreamName=stream_name, ShardCount=1), "ResourceInUseException", f"Stream {stream_name} under account {ACCOUNT} already exists.", 400)
    active(kinesis, stream_name)
    found = kinesis.describe_stream(StreamName=stream_name)["StreamDescription"]
    assert found["StreamARN"] == arn(stream_name) and found["RetentionPeriodHours"] == 24 and found["EncryptionType"] == "NONE", found
    assert found["StreamModeDetails"] == {"StreamMode": "PROVISIONED"} and not found["HasMoreShards"], found
    assert [s["ShardId"] for s in found["Shards"]] == [f"shardId-{i:012d}" for i in range(3)], found
    assert found["Shards"][0]["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": "113427455640312821154458202477256070484"}, found
    assert found["Shards"][2]["HashKeyRange"]["EndingHashKey"] == str(2 ** 128 - 1), found
    page = kinesis.list_shards(StreamName=stream_name, MaxResults=2)
    rest = kinesis.list_shards(NextToken=page["NextToken"])
    assert [s["ShardId"][-1] for s in page["Shards"] + rest["Shards"]] == ["0", "1", "2"] and "NextToken" not in rest, rest
    assert stream_name in [n for p in kinesis.get_paginator("list_streams").paginate() for n in p["StreamNames"]]
    kinesis.add_tags_to_stream(StreamName=stream_name, Tags={"team": "a", "b": "2"})
    kinesis.remove_tags_from_stream(StreamName=stream_name, TagKeys=["team"])
    assert kinesis.list_tags_for_stream(StreamName=stream_name)["Tags"] == [{"Key": "b", "Value": "2"}]
    kinesis.delete_stream(StreamName=stream_name)
    eventually(lambda: gone(lambda: kinesis.describe_stream(StreamName=stream_name), f"Stream {stream_name} under account {ACCOUNT} not found."))


def test_records_are_put_where_their_key_belongs_and_read_in_order():
    kinesis = client("kinesis")
    stream_name = stream(2)
    put = []
    for index in range(20):
        key = f"key-{index % 5}"
        answer = kinesis.put_record(StreamName=stream_name, Data=f"record {index}".encode(), PartitionKey=key)
        shard = 1 if int(hashlib.md5(key.encode()).hexdigest(), 16) > 2 ** 127 - 1 else 0
        assert answer["ShardId"] == f"shardId-{shard:012d}" and len(answer["SequenceNumber"]) == 56, answer
        put.append((shard, answer["SequenceNumber"], f"record {index}".encode()))
    for shard in range(2):
        records = read(kinesis, stream_name, f"shardId-{shard:012d}")
        mine = [p for p in put if p[0] == shard]
        assert [(r["SequenceNumber"], r["Data"]) for r in records] == [(p[1], p[2]) for p in mine], records
        numbers = [int(p[1]) for p in mine]
        assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
        assert abs(records[0]["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60
        second = mine[1]
        assert read(kinesis, stream_name, f"shardId-{shard:012d}", "AT_SEQUENCE_NUMBER", StartingSequenceNumber=second[1])[0]["Data"] == second[2]
        assert read(kinesis, stream_name, f"shardId-{shard:012d}", "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second[1])[0]["Data"] == mine[2][2]
        assert read(kinesis, stream_name, f"shardId-{shard:012d}", "LATEST") == []
        at = records[2]["ApproximateArrivalTimestamp"]
        assert read(kinesis, stream_name, f"shardId-{shard:012d}", "AT_TIMESTAMP", Timestamp=at)[0]["ApproximateArrivalTimestamp"] >= at.replace(microsecond=0)


def test_a_batch_is_put_record_by_record():
    kinesis = client("kinesis")
    stream_name = stream(2)
    answer = kinesis.put_records(StreamName=stream_name, Records=[
        {"Data": bytes([index % 256]) * 100, "PartitionKey": "k", "ExplicitHashKey": "0" if index % 2 else str(2 ** 128 - 1)} for index in range(500)])
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == 500, answer
    for shard in range(2):
        records = read(kinesis, stream_name, f"shardId-{shard:012d}")
        expected = [r["SequenceNumber"] for r in answer["Records"] if r["ShardId"] == f"shardId-{shard:012d}"]
        assert [r["SequenceNumber"] for r in records] == expected and len(expected) == 250
    refused(lambda: kinesis.put_record(StreamName=stream_name, Data=b"", PartitionKey="a", ExplicitHashKey=str(2 ** 128)), "InvalidArgumentException",
            f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {2 ** 128}", 400)
    refused(lambda: kinesis.put_records(StreamName=stream_name, Records=[]), "ValidationException")
    refused(lambda: kinesis.put_record(StreamName="no-such-stream", Data=b"", PartitionKey="a"), "ResourceNotFoundException",
            f"Stream no-such-stream under account {ACCOUNT} not found.", 400)


def test_a_shard_takes_a_megabyte_a_second():
    kinesis = client("kinesis")
    stream_name = stream(1)
    entries = [{"Data": b"x" * 500_000, "PartitionKey": "k"}] * 5
    answer = kinesis.put_records(StreamName=stream_name, Records=entries)
    assert answer["FailedRecordCount"] == 3, answer["FailedRecordCount"]
    failed = answer["Records"][-1]
    assert failed["ErrorCode"] == "ProvisionedThroughputExceededException", failed
    assert failed["ErrorMessage"] == f"Rate exceeded for shard shardId-000000000000 in stream {stream_name} under account {ACCOUNT}.", failed


def test_shards_split_and_merge_and_are_drained():
    kinesis = client("kinesis")
    stream_name = stream(1)
    kinesis.put_record(StreamName=stream_name, Data=b"before", PartitionKey="k")
    kinesis.split_shard(StreamName=stream_name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2 ** 127))
    active(kinesis, stream_name)
    shards = kinesis.list_shards(StreamName=stream_name)["Shards"]
    assert [s.get("ParentShardId") for s in shards] == [None, "shardId-000000000000", "shardId-000000000000"], shards
    assert "EndingSequenceNumber" in shards[0]["SequenceNumberRange"] and "EndingSequenceNumber" not in shards[1]["SequenceNumberRange"], shards
    iterator = kinesis.get_shard_iterator(StreamName=stream_name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    page = kinesis.get_records(ShardIterator=iterator)
    assert [r["Data"] for r in page["Records"]] == [b"before"], page
    end = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert "NextShardIterator" not in end and [c["ShardId"] for c in end["ChildShards"]] == ["shardId-000000000001", "shardId-000000000002"], end
    assert kinesis.put_record(StreamName=stream_name, Data=b"after", PartitionKey="k", ExplicitHashKey="0")["ShardId"] == "shardId-000000000001"
    kinesis.merge_shards(StreamName=stream_name, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002")
    active(kinesis, stream_name)
    merged = kinesis.list_shards(StreamName=stream_name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    assert [(s["ShardId"], s["ParentShardId"], s["AdjacentParentShardId"]) for s in merged] == [
        ("shardId-000000000003", "shardId-000000000001", "shardId-000000000002")], merged
    refused(lambda: kinesis.split_shard(StreamName=stream_name, ShardToSplit="shardId-000000000003", NewStartingHashKey="1"), "InvalidArgumentException")


def test_the_number_of_shards_is_changed():
    kinesis = client("kinesis")
    stream_name = stream(2)
    answer = kinesis.update_shard_count(StreamName=stream_name, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    assert answer["CurrentShardCount"] == 2 and answer["TargetShardCount"] == 3, answer
    refused(lambda: kinesis.update_shard_count(StreamName=stream_name, TargetShardCount=3, ScalingType="UNIFORM_SCALING"), "ResourceInUseException",
            f"Stream {stream_name} under account {ACCOUNT} not ACTIVE, instead in state UPDATING", 400)
    active(kinesis, stream_name)
    shards = kinesis.list_shards(StreamName=stream_name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    ranges = sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in shards)
    assert len(ranges) == 3 and ranges[0][0] == 0 and ranges[-1][1] == 2 ** 128 - 1, ranges
    assert all(ranges[i][1] + 1 == ranges[i + 1][0] for i in range(2)), ranges
    refused(lambda: kinesis.update_shard_count(StreamName=stream_name, TargetShardCount=7, ScalingType="UNIFORM_SCALING"), "LimitExceededException",
            "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 3, Target shard count: 7", 400)


def test_settings_of_a_stream():
    kinesis = client("kinesis")
    stream_name = stream(1)
    kinesis.increase_stream_retention_period(StreamName=stream_name, RetentionPeriodHours=48)
    assert kinesis.describe_stream_summary(StreamName=stream_name)["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
    refused(lambda: kinesis.increase_stream_retention_period(StreamName=stream_name, RetentionPeriodHours=24), "InvalidArgumentException")
    kinesis.decrease_stream_retention_period(StreamName=stream_name, RetentionPeriodHours=24)
    answer = kinesis.enable_enhanced_monitoring(StreamName=stream_name, ShardLevelMetrics=["IncomingBytes"])
    assert answer["CurrentShardLevelMetrics"] == [] and answer["DesiredShardLevelMetrics"] == ["IncomingBytes"], answer
    kinesis.start_stream_encryption(StreamName=stream_name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    active(kinesis, stream_name)
    assert kinesis.describe_stream(StreamName=stream_name)["StreamDescription"]["KeyId"] == "alias/aws/kinesis"
    kinesis.update_stream_mode(StreamARN=arn(stream_name), StreamModeDetails={"StreamMode": "ON_DEMAND"})
    active(kinesis, stream_name)
    assert kinesis.describe_stream_summary(StreamName=stream_name)["StreamDescriptionSummary"]["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    limits = kinesis.describe_limits()
    assert limits["ShardLimit"] > 0 and limits["OnDemandStreamCount"] >= 1, limits


def test_iterators_are_checked():
    kinesis = client("kinesis")
    stream_name = stream(1)
    refused(lambda: kinesis.get_records(ShardIterator="AAAA"), "InvalidArgumentException", "Invalid ShardIterator.", 400)
    refused(lambda: kinesis.get_shard_iterator(StreamName=stream_name, ShardId="shardId-000000000005", ShardIteratorType="LATEST"), "ResourceNotFoundException",
            f"Shard shardId-000000000005 in stream {stream_name} under account {ACCOUNT} does not exist", 400)
    refused(lambda: kinesis.get_shard_iterator(StreamName=stream_name, ShardId="shardId-000000000000", ShardIteratorType="AT_TIMESTAMP"), "InvalidArgumentException",
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.", 400)
    refused(lambda: kinesis.get_shard_iterator(StreamName=stream_name, ShardId="shardId-000000000000", ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber="5"),
            "InvalidArgumentException")
    refused(lambda: kinesis.get_shard_iterator(StreamName=stream_name, ShardId="shardId-000000000000", ShardIteratorType="NEVER"), "ValidationException")


def test_a_consumer_gets_records_as_they_come():
    kinesis = client("kinesis")
    stream_name = stream(1)
    consumer = kinesis.register_stream_consumer(StreamARN=arn(stream_name), ConsumerName="fan")["Consumer"]
    assert consumer["ConsumerARN"].startswith(f"{arn(stream_name)}/consumer/fan:"), consumer
    eventually(lambda: kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
    refused(lambda: kinesis.register_stream_consumer(StreamARN=arn(stream_name), ConsumerName="fan"), "ResourceInUseException")
    events = kinesis.subscribe_to_shard(
        ConsumerARN=consumer["ConsumerARN"], ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"})["EventStream"]
    threading.Timer(0.2, lambda: client("kinesis").put_record(StreamName=stream_name, Data=b"hello", PartitionKey="k")).start()
    for event in events:
        found = event["SubscribeToShardEvent"]
        if found["Records"]:
            assert found["Records"][0]["Data"] == b"hello" and found["ContinuationSequenceNumber"] == found["Records"][0]["SequenceNumber"], found
            break
    events.close()
    kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
    eventually(lambda: gone(lambda: kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])))


POLL = "service-role/AWSLambdaKinesisExecutionRole"
QUEUE = "AmazonSQSFullAccess"

# What it gets lies in its log: the suite reads it there.
CODE = """
import base64, json
def handler(event, context):
    data = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    print("GOT " + json.dumps(data))
    if "poison" in data:
        raise ValueError("poison")
"""


def mapped(function, stream_name, **settings):
    lambda_ = client("lambda")
    mapping = lambda_.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=arn(stream_name), **({"StartingPosition": "TRIM_HORIZON"} | settings))
    eventually(lambda: lambda_.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled")
    return mapping["UUID"]


def batches(function):
    try:
        events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="GOT")["events"]
    except client("logs").exceptions.ResourceNotFoundException:
        return []
    return [json.loads(e["message"][4:]) for e in sorted(events, key=lambda e: e["timestamp"])]


def test_what_a_producer_puts_reaches_the_function():
    stream_name = stream(2)
    with Function(CODE, Role=role("conformance-streams", LOGS, POLL, QUEUE)) as function:
        uuid_ = mapped(function, stream_name, BatchSize=10)
        kinesis, lambda_ = client("kinesis"), client("lambda")
        for index in range(40):
            kinesis.put_record(StreamName=stream_name, Data=str(index).encode(), PartitionKey=f"k{index % 7}")
        eventually(lambda: sum(len(b) for b in batches(function)) == 40, 60)
        got = [int(d) for b in batches(function) for d in b]
        assert sorted(got) == list(range(40)), got
        assert lambda_.get_event_source_mapping(UUID=uuid_)["LastProcessingResult"] == "OK"
        lambda_.delete_event_source_mapping(UUID=uuid_)


def test_a_poison_record_is_bisected_and_told_to_a_queue():
    stream_name = stream(1)
    sqs, lambda_ = client("sqs"), client("lambda")
    queue = sqs.create_queue(QueueName=name("failures"))["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("kinesis").put_records(StreamName=stream_name, Records=[
        {"Data": d, "PartitionKey": "k"} for d in (b"a", b"b", b"poison", b"c")])
    with Function(CODE, Role=role("conformance-streams", LOGS, POLL, QUEUE)) as function:
        uuid_ = mapped(
            function, stream_name, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue_arn}})
        found = eventually(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages"), 60)
        failure = json.loads(found[0]["Body"])
        assert failure["requestContext"]["condition"] == "RetryAttemptsExhausted" and failure["requestContext"]["approximateInvokeCount"] == 2, failure
        assert failure["KinesisBatchInfo"]["batchSize"] == 1 and failure["responseContext"]["functionError"] == "Unhandled", failure
        eventually(lambda: ["c"] in batches(function), 30)
        lambda_.delete_event_source_mapping(UUID=uuid_)


def test_a_bucket_is_told_with_the_records():
    stream_name = stream(1)
    s3, lambda_ = client("s3"), client("lambda")
    bucket = name("failures")
    s3.create_bucket(Bucket=bucket)
    client("kinesis").put_record(StreamName=stream_name, Data=b"poison", PartitionKey="k")
    with Function(CODE, Role=role("conformance-streams-s3", LOGS, POLL, "AmazonS3FullAccess")) as function:
        uuid_ = mapped(function, stream_name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}})
        found = eventually(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), 60)[0]["Key"]
        assert re.fullmatch(
            rf"aws/lambda/{uuid_}/shardId-000000000000/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}", found), found
        failure = json.loads(s3.get_object(Bucket=bucket, Key=found)["Body"].read())
        assert failure["payload"]["Records"][0]["kinesis"]["data"] == "cG9pc29u" and failure["requestContext"]["approximateInvokeCount"] == 1, failure
        lambda_.delete_event_source_mapping(UUID=uuid_)


def test_a_role_that_may_not_read_and_a_stream_that_is_not_there_are_refused():
    stream_name = stream(1)
    lambda_ = client("lambda")
    with Function(CODE, Role=role(name("unable"), LOGS)) as function:
        refused(lambda: lambda_.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn(stream_name), StartingPosition="LATEST"),
                "InvalidParameterValueException",
                f"Cannot access stream {arn(stream_name)}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
                "ListShards, and ListStreams Actions on your stream in IAM.", 400)
    with Function(CODE, Role=role("conformance-streams", LOGS, POLL, QUEUE)) as function:
        refused(lambda: lambda_.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn("none"), StartingPosition="LATEST"),
                "InvalidParameterValueException", f"Stream not found: {arn('none')}", 400)


main({key: value for key, value in globals().items() if key.startswith("test_")})
