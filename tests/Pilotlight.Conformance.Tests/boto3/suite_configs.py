"""Permissions, event invoke configs, mappings, runtime settings, loops and JSON logs, with a real client and real functions."""
import base64
import json
import os
import time
import uuid

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from harness import ENDPOINT, LOGS, Function, Skipped, client, eventually, main, name, refused, role

ACCOUNT = "000000000000"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
ECHO = "def handler(event, context):\n    return event\n"


def arn(function):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function.name}"


def signed(method, path, body=None):
    """What an old SDK has no operation for: status, JSON."""
    request = AWSRequest(method, ENDPOINT + path, data=None if body is None else json.dumps(body), headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return answer.status_code, json.loads(answer.content or b"{}")


def logging(function, **config):
    status, answer = signed("PUT", f"/2015-03-31/functions/{function.name}/configuration", {"LoggingConfig": config})
    assert status == 200, answer
    function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
    return answer


def test_permissions():
    with Function(ECHO) as function:
        lambda_ = function.lambda_
        statement = json.loads(lambda_.add_permission(
            FunctionName=function.name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
            SourceArn="arn:aws:s3:::pictures", SourceAccount=ACCOUNT)["Statement"])
        assert statement == {
            "Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": arn(function),
            "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::pictures"}}}, statement
        policy = lambda_.get_policy(FunctionName=function.name)
        assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}, policy
        refused(lambda: lambda_.add_permission(
            FunctionName=function.name, StatementId="s3", Action="lambda:InvokeFunction", Principal="*"),
            "ResourceConflictException", "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.", 409)
        refused(lambda: lambda_.add_permission(
            FunctionName=function.name, StatementId="x", Action="lambda:InvokeFunction", Principal="nobody"),
            "InvalidParameterValueException", "The provided principal was invalid. Please check the principal and try again.", 400)
        refused(lambda: lambda_.remove_permission(FunctionName=function.name, StatementId="s3", RevisionId="other"), "PreconditionFailedException", status=412)
        lambda_.remove_permission(FunctionName=function.name, StatementId="s3", RevisionId=policy["RevisionId"])
        refused(lambda: lambda_.get_policy(FunctionName=function.name), "ResourceNotFoundException", "The resource you requested does not exist.", 404)


def test_event_invoke_configs():
    with Function(ECHO) as function:
        lambda_ = function.lambda_
        put = lambda_.put_function_event_invoke_config(
            FunctionName=function.name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
        assert put["FunctionArn"] == arn(function) + ":$LATEST" and put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}}, put
        assert abs(put["LastModified"].timestamp() - time.time()) < 60, put
        updated = lambda_.update_function_event_invoke_config(FunctionName=function.name, MaximumEventAgeInSeconds=60)
        assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (1, 60), updated
        listed = lambda_.list_function_event_invoke_configs(FunctionName=function.name)["FunctionEventInvokeConfigs"]
        assert len(listed) == 1 and listed[0]["MaximumEventAgeInSeconds"] == 60, listed
        refused(lambda: lambda_.put_function_event_invoke_config(
            FunctionName=function.name, DestinationConfig={"OnSuccess": {"Destination": arn(function)}}),
            "InvalidParameterValueException", "You can't specify the function as a destination for itself.", 400)
        lambda_.delete_function_event_invoke_config(FunctionName=function.name)
        refused(lambda: lambda_.get_function_event_invoke_config(FunctionName=function.name), "ResourceNotFoundException",
                f"The function {arn(function)}:$LATEST doesn't have an EventInvokeConfig", 404)


def test_event_source_mappings():
    kinesis, stream = client("kinesis"), name("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    with Function(ECHO, Role=role("conformance-polling", LOGS, "service-role/AWSLambdaKinesisExecutionRole")) as function:
        lambda_ = function.lambda_
        source = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
        created = lambda_.create_event_source_mapping(
            EventSourceArn=source, FunctionName=function.name, StartingPosition="TRIM_HORIZON", BatchSize=7,
            FilterCriteria={"Filters": [{"Pattern": json.dumps({"data": {"kind": ["a", {"prefix": "b"}]}})}]})
        assert created["ResponseMetadata"]["HTTPStatusCode"] == 202 and created["State"] == "Creating", created
        try:
            found = eventually(lambda: (lambda m: m["State"] == "Enabled" and m)(lambda_.get_event_source_mapping(UUID=created["UUID"])))
            assert (found["BatchSize"], found["ParallelizationFactor"], found["StateTransitionReason"]) == (7, 1, "User action"), found
            assert found["DestinationConfig"] == {"OnFailure": {}}, found
            refused(lambda: lambda_.create_event_source_mapping(EventSourceArn=source, FunctionName=function.name, StartingPosition="LATEST"),
                    "ResourceConflictException",
                    f'The event source arn (" {source} ") and function (" {function.name} ") provided mapping already exists. '
                    f'Please update or delete the existing mapping with UUID {created["UUID"]}', 409)
            updated = lambda_.update_event_source_mapping(UUID=created["UUID"], Enabled=False, BatchSize=8)
            assert (updated["State"], updated["BatchSize"]) == ("Disabling", 8), updated
            eventually(lambda: lambda_.get_event_source_mapping(UUID=created["UUID"])["State"] == "Disabled")
            listed = lambda_.list_event_source_mappings(EventSourceArn=source)["EventSourceMappings"]
            assert [mapping["UUID"] for mapping in listed] == [created["UUID"]], listed
        finally:
            deleted = lambda_.delete_event_source_mapping(UUID=created["UUID"])
        assert deleted["State"] == "Deleting", deleted

        def gone():
            try:
                lambda_.get_event_source_mapping(UUID=created["UUID"])
            except lambda_.exceptions.ResourceNotFoundException:
                return True
        eventually(gone)
    kinesis.delete_stream(StreamName=stream)


def test_runtime_management():
    with Function(ECHO) as function:
        path = f"/2021-07-20/functions/{function.name}/runtime-management-config"
        assert signed("GET", path) == (200, {"UpdateRuntimeOn": "Auto", "FunctionArn": arn(function)})
        assert signed("PUT", path, {"UpdateRuntimeOn": "FunctionUpdate"}) == (200, {"UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": arn(function)})


RECURSIVE = """
import boto3
client = boto3.client('lambda')
def handler(event, context):
    if event['left'] == 0:
        return event['depth']
    try:
        answer = client.invoke(FunctionName=context.function_name, Payload='{"left": %d, "depth": %d}' % (event['left'] - 1, event['depth'] + 1))
        return __import__('json').loads(answer['Payload'].read())
    except Exception as error:
        return [event['depth'], getattr(error, 'response', {}).get('Error', {}).get('Code', type(error).__name__)]
"""


def test_a_function_that_calls_itself_is_stopped_until_that_is_allowed():
    with Function(RECURSIVE, Timeout=60, MemorySize=256) as function:
        answer = json.loads(function.invoke(b'{"left": 20, "depth": 1}')["Payload"])
        assert answer == [16, "RecursiveInvocationException"] or "ImportModuleError" in str(answer), answer
        if "ImportModuleError" in str(answer):
            raise Skipped("the functions of this machine have no boto3")
        assert json.loads(function.invoke(b'{"left": 3, "depth": 1}')["Payload"]) == 4
        status, put = signed("PUT", f"/2024-08-31/functions/{function.name}/recursion-config", {"RecursiveLoop": "Allow"})
        assert (status, put) == (200, {"RecursiveLoop": "Allow"}), put
        assert json.loads(function.invoke(b'{"left": 18, "depth": 1}')["Payload"]) == 19


def lines(answer):
    """The tail as JSON records; what is plain text stays text."""
    result = []
    for line in base64.b64decode(answer["LogResult"]).decode().splitlines():
        try:
            result.append(json.loads(line))
        except ValueError:
            result.append(line)
    return result


LOGGING = """
import logging
log = logging.getLogger()
def handler(event, context):
    log.debug('quiet')
    log.info('said %s', event['name'], extra={'order': 7})
    log.warning('careful')
    if event.get('fail'):
        raise ValueError('why')
    return 1
"""


def test_python_logs_json():
    with Function(LOGGING) as function:
        assert logging(function, LogFormat="JSON")["LoggingConfig"] == {
            "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": f"/aws/lambda/{function.name}"}
        answer = function.invoke(b'{"name": "Ada"}', LogType="Tail")
        id = answer["ResponseMetadata"]["RequestId"]
        start, said, careful, report = lines(answer)
        assert start["type"] == "platform.start" and start["record"] == {"requestId": id, "version": "$LATEST"}, start
        assert (said["level"], said["message"], said["logger"], said["requestId"], said["order"]) == ("INFO", "said Ada", "root", id, 7), said
        assert (careful["level"], careful["message"]) == ("WARNING", "careful"), careful
        assert report["type"] == "platform.report" and report["record"]["requestId"] == id and report["record"]["status"] == "success", report
        metrics = report["record"]["metrics"]
        assert metrics["memorySizeMB"] == 128 and metrics["billedDurationMs"] >= metrics["durationMs"] and "initDurationMs" in metrics, metrics
        failed = lines(function.invoke(b'{"name": "Ada", "fail": 1}', LogType="Tail"))
        error = [line for line in failed if "errorType" in line][0]
        assert (error["log_level"], error["errorType"], error["errorMessage"]) == ("ERROR", "ValueError", "why"), error


def test_levels_filter_what_functions_and_the_platform_say():
    with Function(LOGGING) as function:
        logging(function, LogFormat="JSON", ApplicationLogLevel="WARN", SystemLogLevel="WARN")
        found = lines(function.invoke(b'{"name": "Ada"}', LogType="Tail"))
        assert [line["message"] for line in found] == ["careful"], found
        logging(function, ApplicationLogLevel="DEBUG", SystemLogLevel="DEBUG")
        found = lines(function.invoke(b'{"name": "Ada"}', LogType="Tail"))
        assert [line.get("message", line.get("type")) for line in found] == [
            "platform.start", "quiet", "said Ada", "careful", "platform.runtimeDone", "platform.report"], found
        done = found[-2]["record"]
        assert done["status"] == "success" and done["metrics"]["producedBytes"] == 1, done
        assert [span["name"] for span in done["spans"]] == ["responseLatency", "runtimeOverhead"], done
        answer = logging(function, LogFormat="Text")
        assert answer["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"}, answer
        status, answer = signed("PUT", f"/2015-03-31/functions/{function.name}/configuration", {"LoggingConfig": {"SystemLogLevel": "WARN"}})
        assert status == 400 and answer["message"] == (
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.'), answer


def test_a_log_group_of_its_own():
    group = f"/shared/{uuid.uuid4().hex[:8]}"
    logs = client("logs")
    with Function(LOGGING) as function:
        logging(function, LogFormat="JSON", LogGroup=group)
        function.invoke(b'{"name": "Ada"}')

        def said():
            events = logs.filter_log_events(logGroupName=group)["events"] if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] else []
            return [event for event in events if '"said Ada"' in event["message"]]
        event = eventually(said)[0]
        assert f"/{function.name}[$LATEST]" in event["logStreamName"], event
        assert not logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function.name}")["logGroups"]
    logs.delete_log_group(logGroupName=group)


def test_node_logs_json():
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
    if not os.path.isdir(os.path.join(os.environ.get("PILOTLIGHT_RUNTIMES") or os.path.join(root, "artifacts", "runtimes"), "nodejs")):
        raise Skipped("the nodejs runtime client is not built on this machine")
    code = ("exports.handler = async (event) => { console.debug('quiet'); console.log('said', event.name); console.warn({ careful: true });"
            " console.error('bad', new RangeError('why')); return 1; };")
    with Function({"index.js": code}, runtime="nodejs20.x", handler="index.handler") as function:
        logging(function, LogFormat="JSON")
        answer = function.invoke(b'{"name": "Ada"}', LogType="Tail")
        id = answer["ResponseMetadata"]["RequestId"]
        start, said, careful, bad, report = lines(answer)
        assert (start["type"], report["type"]) == ("platform.start", "platform.report"), (start, report)
        assert list(said) == ["timestamp", "level", "requestId", "message"] and (said["level"], said["message"], said["requestId"]) == ("INFO", "said Ada", id), said
        assert (careful["level"], careful["message"]) == ("WARN", {"careful": True}), careful
        assert (bad["level"], bad["errorType"], bad["errorMessage"]) == ("ERROR", "RangeError", "why") and bad["stackTrace"], bad
        logging(function, ApplicationLogLevel="ERROR")
        found = lines(function.invoke(b'{"name": "Ada"}', LogType="Tail"))
        assert [line.get("level", line.get("type")) for line in found] == ["platform.start", "ERROR", "platform.report"], found


main({key: value for key, value in globals().items() if key.startswith("test_")})
