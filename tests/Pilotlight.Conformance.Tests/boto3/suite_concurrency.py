"""Reserved and provisioned concurrency, with real sandboxes, driven by boto3 as a user would."""
import base64
import json
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from harness import Function, client, eventually, main, package, refused

SLEEP = "import time\ndef handler(event, context):\n    time.sleep(event.get('s', 0))\n    return 1\n"
TYPE = ("import os\nseen = 0\ndef handler(event, context):\n    global seen\n    seen += 1\n"
        "    import time\n    time.sleep(event.get('s', 0))\n"
        "    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], os.environ['AWS_LAMBDA_FUNCTION_VERSION'], seen]\n")


def provision(function, qualifier, amount):
    """Puts provisioned concurrency and waits until it is there."""
    put = function.lambda_.put_provisioned_concurrency_config(
        FunctionName=function.name, Qualifier=qualifier, ProvisionedConcurrentExecutions=amount)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 202 and put["Status"] == "IN_PROGRESS", put
    return ready(function, qualifier, amount)


def ready(function, qualifier, amount):
    def status():
        got = function.lambda_.get_provisioned_concurrency_config(FunctionName=function.name, Qualifier=qualifier)
        return got if got["Status"] == "READY" else None
    got = eventually(status, 60)
    assert [got[f"{kind}ProvisionedConcurrentExecutions"] for kind in ("Requested", "Available", "Allocated")] == [amount] * 3, got
    return got


def publish(function):
    version = function.lambda_.publish_version(FunctionName=function.name)["Version"]
    function.lambda_.get_waiter("function_active_v2").wait(FunctionName=function.name, Qualifier=version, WaiterConfig={"Delay": 1})
    return version


def call(function, event=b"{}", qualifier="$LATEST"):
    """The answer, or the reason why there is none."""
    try:
        return json.loads(function.invoke(event, Qualifier=qualifier)["Payload"])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "TooManyRequestsException", error.response
        assert error.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1", error.response
        return error.response["Reason"]


def test_reserved_one_runs_one_of_two_parallel_calls():
    with Function(SLEEP) as function:
        put = function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
        assert put["ReservedConcurrentExecutions"] == 1
        assert function.lambda_.get_function(FunctionName=function.name)["Concurrency"] == {"ReservedConcurrentExecutions": 1}
        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(lambda _: call(function, b'{"s": 2}'), range(2)), key=str)
        assert answers == [1, "ReservedFunctionConcurrentInvocationLimitExceeded"], answers
        assert eventually(lambda: call(function) == 1)
        function.lambda_.delete_function_concurrency(FunctionName=function.name)
        assert "ReservedConcurrentExecutions" not in function.lambda_.get_function_concurrency(FunctionName=function.name)


def test_reserved_zero_turns_a_function_off():
    with Function(SLEEP) as function:
        function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
        got = refused(function.invoke, "TooManyRequestsException", "Rate Exceeded.", 429)
        assert got["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded" and got["Type"] == "User", got
        assert function.invoke(InvocationType="Event")["StatusCode"] == 202
        function.lambda_.delete_function_concurrency(FunctionName=function.name)
        assert call(function) == 1


def test_the_account_keeps_a_hundred():
    with Function(SLEEP) as function:
        before = function.lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        refused(lambda: function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=before - 99),
                "InvalidParameterValueException",
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].", 400)
        function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=50)
        assert function.lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == before - 50


def test_two_hundred_parallel_calls_keep_to_a_reservation_of_five():
    with Function(SLEEP) as function:
        function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=5)
        with ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(lambda _: call(function, b'{"s": 6}'), range(200)))
        assert answers.count(1) == 5, answers
        assert answers.count("ReservedFunctionConcurrentInvocationLimitExceeded") == 195, answers


def test_provisioned_environments_wait_initialised():
    with Function(TYPE) as function:
        version = publish(function)
        provision(function, version, 2)
        answer = function.invoke(Qualifier=version, LogType="Tail")
        assert json.loads(answer["Payload"]) == ["provisioned-concurrency", version, 1], answer
        log = base64.b64decode(answer["LogResult"]).decode()
        assert "REPORT RequestId" in log and "Init Duration" not in log, log
        assert call(function)[0] == "on-demand"
        listed = function.lambda_.list_provisioned_concurrency_configs(FunctionName=function.name)["ProvisionedConcurrencyConfigs"]
        assert [one["FunctionArn"] for one in listed] == [f"{function.created['FunctionArn']}:{version}"], listed
        logs = client("logs")
        def init_lines():
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")["events"]
            return [event["message"] for event in events if event["message"].startswith("INIT_REPORT")]
        assert len(eventually(lambda: lines if len(lines := init_lines()) == 2 else None)) == 2
        function.lambda_.delete_provisioned_concurrency_config(FunctionName=function.name, Qualifier=version)
        refused(lambda: function.lambda_.get_provisioned_concurrency_config(FunctionName=function.name, Qualifier=version),
                "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", 404)
        assert eventually(lambda: call(function, qualifier=version)[0] == "on-demand")


def test_spill_over_when_all_are_busy():
    with Function(TYPE) as function:
        version = publish(function)
        provision(function, version, 1)
        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(lambda _: call(function, b'{"s": 2}', version)[0], range(2)))
        assert answers == ["on-demand", "provisioned-concurrency"], answers
        assert call(function, qualifier=version)[0] == "provisioned-concurrency"


def test_provisioned_moves_with_its_alias():
    with Function(TYPE) as function:
        first = publish(function)
        function.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=first)
        provision(function, "live", 1)
        assert call(function, qualifier="live") == ["provisioned-concurrency", first, 1]
        function.lambda_.update_function_code(FunctionName=function.name, ZipFile=package({"app.py": TYPE + "# changed\n"}))
        function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
        second = publish(function)
        assert second != first
        function.lambda_.update_alias(FunctionName=function.name, Name="live", FunctionVersion=second)
        ready(function, "live", 1)
        assert call(function, qualifier="live") == ["provisioned-concurrency", second, 1]
        assert eventually(lambda: call(function, qualifier=first)[0] == "on-demand")


def test_reserved_that_is_all_provisioned_starves_latest():
    with Function(TYPE) as function:
        version = publish(function)
        function.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
        assert call(function)[0] == "on-demand"
        provision(function, version, 1)
        assert call(function) == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert call(function, qualifier=version)[0] == "provisioned-concurrency"


def test_an_init_that_fails_is_shown():
    with Function("raise Exception('no')\n") as function:
        version = publish(function)
        function.lambda_.put_provisioned_concurrency_config(FunctionName=function.name, Qualifier=version, ProvisionedConcurrentExecutions=1)
        def failed():
            got = function.lambda_.get_provisioned_concurrency_config(FunctionName=function.name, Qualifier=version)
            return got if got["Status"] == "FAILED" else None
        got = eventually(failed, 60)
        assert got["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE" and got["AvailableProvisionedConcurrentExecutions"] == 0, got


main({key: value for key, value in globals().items() if key.startswith("test_")})
