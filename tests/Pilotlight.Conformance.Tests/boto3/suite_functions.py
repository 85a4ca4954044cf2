"""Functions and their invocation, driven by boto3 as a user would."""
import base64
import hashlib
import io
import json
import urllib.request
import zipfile

import boto3

from harness import ENDPOINT, ROLE, Function, client, eventually, main, name, package, refused

ECHO = "def handler(event, context):\n    return event\n"


def test_create_reports_pending_then_active():
    with Function(ECHO, Description="d", Environment={"Variables": {"AA": "1"}}, Tags={"t": "v"}) as function:
        created = function.created
        assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert created["State"] == "Pending" and created["StateReasonCode"] == "Creating", created
        assert "LastUpdateStatus" not in created, created
        assert created["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"
        assert created["Timeout"] == 10 and created["MemorySize"] == 128 and created["Version"] == "$LATEST"
        now = function.lambda_.get_function_configuration(FunctionName=function.name)
        assert now["State"] == "Active" and now["LastUpdateStatus"] == "Successful", now
        assert now["RevisionId"] != created["RevisionId"]
        assert now["Environment"] == {"Variables": {"AA": "1"}}


def test_get_function_gives_the_code_back():
    with Function(ECHO, Tags={"t": "v"}) as function:
        got = function.lambda_.get_function(FunctionName=function.name)
        assert got["Tags"] == {"t": "v"} and got["Code"]["RepositoryType"] == "S3"
        with urllib.request.urlopen(got["Code"]["Location"]) as download:
            code = download.read()
        assert code == function.settings["Code"]["ZipFile"]
        assert base64.b64encode(hashlib.sha256(code).digest()).decode() == got["Configuration"]["CodeSha256"]
        assert zipfile.ZipFile(io.BytesIO(code)).read("app.py").decode() == ECHO


def test_every_form_of_the_name_finds_the_function():
    with Function(ECHO) as function:
        for form in (
            function.name, f"{function.name}:$LATEST", f"function:{function.name}", f"000000000000:function:{function.name}",
            f"us-east-1:000000000000:function:{function.name}", f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}",
            f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}:$LATEST",
        ):
            got = function.lambda_.get_function_configuration(FunctionName=form)
            assert got["FunctionName"] == function.name, form
            assert got["FunctionArn"].endswith(":$LATEST") == form.endswith(":$LATEST"), (form, got["FunctionArn"])
        refused(lambda: function.lambda_.get_function(FunctionName=f"arn:aws:lambda:eu-west-1:000000000000:function:{function.name}"),
                "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')", 404)
        refused(lambda: function.lambda_.get_function(FunctionName=f"{function.name}:1", Qualifier="2"), "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.", 400)


def test_missing_functions_are_named_as_aws_names_them():
    lambda_ = client("lambda")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
    for call, suffix in (
        (lambda: lambda_.get_function(FunctionName="nobody"), ""),
        (lambda: lambda_.get_function(FunctionName="nobody", Qualifier="7"), ":7"),
        (lambda: lambda_.get_function_configuration(FunctionName="nobody"), ""),
        (lambda: lambda_.delete_function(FunctionName="nobody"), ""),
        (lambda: lambda_.update_function_code(FunctionName="nobody", ZipFile=package({"a": "b"})), ""),
        (lambda: lambda_.invoke(FunctionName="nobody"), ":$LATEST"),
    ):
        refused(call, "ResourceNotFoundException", f"Function not found: {arn}{suffix}", 404)


def test_model_validation_speaks_as_aws():
    lambda_ = client("lambda")
    refused(lambda: lambda_.create_function(FunctionName="x", Runtime="python3.11", Handler="a.b", Role="nonsense", Code={"ZipFile": package({"a": "b"})}),
            "ValidationException",
            "1 validation error detected: Value 'nonsense' at 'role' failed to satisfy constraint: Member must satisfy regular expression "
            r"pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", 400)
    refused(lambda: lambda_.create_function(FunctionName="x", Runtime="python3.11", Handler="a.b", Role=ROLE, Timeout=901, Code={"ZipFile": package({"a": "b"})}),
            "ValidationException",
            "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900", 400)
    got = refused(lambda: lambda_.create_function(FunctionName="x", Runtime="cobol74", Handler="a.b", Role=ROLE, Code={"ZipFile": package({"a": "b"})}),
                  "InvalidParameterValueException", status=400)
    assert got["Error"]["Message"].startswith("Value cobol74 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, "), got
    refused(lambda: lambda_.invoke(FunctionName="x", InvocationType="Maybe"), "ValidationException", status=400)


def test_bad_packages_are_refused():
    lambda_ = client("lambda")
    for code in (b"no zip at all", package({"../evil.py": "x"}), package({"/etc/evil": "x"}), b""):
        refused(lambda: lambda_.create_function(
            FunctionName="bad-package", Runtime="python3.11", Handler="a.b", Role=ROLE, Code={"ZipFile": code}), "InvalidParameterValueException", status=400)
    refused(lambda: lambda_.get_function(FunctionName="bad-package"), "ResourceNotFoundException")


def test_a_second_create_conflicts():
    with Function(ECHO) as function:
        refused(lambda: function.lambda_.create_function(**function.settings),
                "ResourceConflictException", f"Function already exist: {function.name}", 409)


def test_new_code_and_configuration_take_effect():
    with Function(ECHO) as function:
        assert json.loads(function.invoke(b'{"a": 1}')["Payload"]) == {"a": 1}
        update = function.lambda_.update_function_code(FunctionName=function.name, ZipFile=package({"app.py": "import os\ndef handler(e, c):\n    return [c.memory_limit_in_mb, os.environ.get('BB')]\n"}))
        assert update["LastUpdateStatus"] == "InProgress", update
        function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
        assert json.loads(function.invoke()["Payload"]) == ["128", None]
        function.lambda_.update_function_configuration(FunctionName=function.name, MemorySize=256, Environment={"Variables": {"BB": "2"}})
        function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
        assert json.loads(function.invoke()["Payload"]) == ["256", "2"]
        refused(lambda: function.lambda_.update_function_configuration(FunctionName=function.name, Description="x", RevisionId="wrong"),
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id", 412)


def test_functions_are_listed_in_pages():
    lambda_ = client("lambda")
    prefix = name("page")
    names = [f"{prefix}-{i}" for i in range(5)]
    for one in names:
        lambda_.create_function(FunctionName=one, Runtime="python3.11", Handler="a.b", Role=ROLE, Code={"ZipFile": package({"a.py": ECHO})})
    try:
        seen = [f for page in lambda_.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}) for f in page["Functions"]]
        assert [f["FunctionName"] for f in seen if f["FunctionName"].startswith(prefix)] == names
        assert all("State" not in f for f in seen)
    finally:
        for one in names:
            lambda_.delete_function(FunctionName=one)


def test_tags_come_and_go():
    with Function(ECHO) as function:
        arn = function.created["FunctionArn"]
        function.lambda_.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
        function.lambda_.untag_resource(Resource=arn, TagKeys=["a"])
        assert function.lambda_.list_tags(Resource=arn)["Tags"] == {"b": "2"}
        refused(lambda: function.lambda_.list_tags(Resource=arn + ":$LATEST"), "InvalidParameterValueException",
                "Tags on function aliases and versions are not supported. Please specify a function ARN.", 400)


def test_account_settings_and_versions():
    with Function(ECHO) as function:
        settings = function.lambda_.get_account_settings()
        assert settings["AccountLimit"]["ConcurrentExecutions"] == 1000 and settings["AccountUsage"]["FunctionCount"] >= 1, settings
        versions = function.lambda_.list_versions_by_function(FunctionName=function.name)["Versions"]
        assert [v["Version"] for v in versions] == ["$LATEST"] and versions[0]["FunctionArn"].endswith(":$LATEST")
        published = function.lambda_.publish_version(FunctionName=function.name)
        assert published["Version"] == "1"
        answer = function.invoke(b'"one"', Qualifier="1")
        assert answer["ExecutedVersion"] == "1" and answer["Payload"] == b'"one"', answer


def test_invoke_gives_answer_log_and_headers():
    with Function("def handler(e, c):\n    print('said')\n    return c.aws_request_id\n") as function:
        answer = function.invoke(LogType="Tail")
        log = base64.b64decode(answer["LogResult"]).decode()
        request = json.loads(answer["Payload"])
        assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST" and "FunctionError" not in answer
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == request
        lines = log.split("\n")
        assert lines[0] == f"START RequestId: {request} Version: $LATEST" and lines[1] == "said" and lines[2] == f"END RequestId: {request}", lines
        assert lines[3].startswith(f"REPORT RequestId: {request}\tDuration: ") and "\tInit Duration: " in lines[3], lines


def test_invocation_types():
    with Function(ECHO) as function:
        dry = function.lambda_.invoke(FunctionName=function.name, InvocationType="DryRun")
        assert dry["StatusCode"] == 204 and dry["Payload"].read() == b""
        event = function.lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
        assert event["StatusCode"] == 202 and event["Payload"].read() == b""
        logs = client("logs")

        def ran():
            try:
                found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return False
            return any(e["message"].startswith("REPORT") for e in found)
        eventually(ran)


def test_errors_of_the_handler_are_passed_on():
    with Function("class Odd(Exception): pass\ndef handler(e, c):\n    raise Odd('why')\n") as function:
        answer = function.invoke()
        error = json.loads(answer["Payload"])
        assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled", answer
        assert error["errorType"] == "Odd" and error["errorMessage"] == "why" and error["stackTrace"][0].startswith('  File "/var/task/app.py", line 3, in handler'), error
        assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"], error


def test_import_errors_have_their_own_type():
    for code, handler, kind in (
        ("import nothing_like_it\n", "app.handler", "Runtime.ImportModuleError"),
        ("def other(e, c): pass\n", "app.handler", "Runtime.HandlerNotFound"),
        ("def handler(:\n", "app.handler", "Runtime.UserCodeSyntaxError"),
        (ECHO, "nodots", "Runtime.MalformedHandlerName"),
    ):
        with Function(code, handler=handler) as function:
            answer = function.invoke()
            assert answer["FunctionError"] == "Unhandled" and json.loads(answer["Payload"])["errorType"] == kind, answer


def test_payloads_pass_unchanged_and_are_checked():
    with Function(ECHO) as function:
        for payload in (b'"a"', b"null", b"[1, 2, {}]", b"3.5", '"é\\u00e9 \\n"'.encode()):
            assert json.loads(function.invoke(payload)["Payload"]) == json.loads(payload)
        assert json.loads(function.invoke(b"")["Payload"]) == {}
        got = refused(lambda: function.invoke(b"not json"), "InvalidRequestContentException", status=400)
        assert got["Error"]["Message"].startswith("Could not parse request body into json: Could not parse payload into json: Unrecognized token 'not'"), got
        large = json.dumps("x" * (6 * 1024 * 1024 - 2)).encode()
        assert function.invoke(large)["Payload"] == large
        refused(lambda: function.invoke(large + b" "), "RequestEntityTooLargeException",
                "Request must be smaller than 6291456 bytes for the InvokeFunction operation", 413)


def test_answers_that_are_too_large_are_refused():
    with Function("def handler(e, c):\n    return 'x' * e\n") as function:
        answer = function.invoke(b"7000000")
        assert json.loads(answer["Payload"]) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}, answer
        assert function.invoke(b"1")["Payload"] == b'"x"'


def test_client_context_and_deadline_reach_the_handler():
    code = "def handler(e, c):\n    return [c.client_context.custom, c.get_remaining_time_in_millis(), c.invoked_function_arn, c.log_group_name]\n"
    with Function(code) as function:
        context = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
        custom, left, arn, group = json.loads(function.invoke(ClientContext=context)["Payload"])
        assert custom == {"k": "v"} and 0 < left <= 10_000 and arn == function.created["FunctionArn"] and group == f"/aws/lambda/{function.name}"


def test_environment_variables_are_as_on_aws():
    with Function("import os\ndef handler(e, c):\n    return dict(os.environ)\n", Environment={"Variables": {"MINE": "1"}}) as function:
        seen = json.loads(function.invoke()["Payload"])
        for key, value in {
            "MINE": "1", "_HANDLER": "app.handler", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "LAMBDA_TASK_ROOT": "/var/task",
            "LAMBDA_RUNTIME_DIR": "/var/runtime", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_NAME": function.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}", "TZ": ":UTC", "PYTHONPATH": "/var/runtime",
        }.items():
            assert seen.get(key) == value, (key, seen.get(key))
        assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA") and seen["AWS_SESSION_TOKEN"]


def test_the_sdk_inside_reaches_the_platform_as_the_role():
    code = (
        "import boto3, json\n"
        "def handler(e, c):\n"
        "    who = boto3.client('sts').get_caller_identity()['Arn']\n"
        "    if e.get('call'):\n"
        "        who = [who, json.load(boto3.client('lambda').invoke(FunctionName=e['call'], Payload=b'{}')['Payload'])]\n"
        "    try:\n"
        "        boto3.client('lambda').delete_function(FunctionName=c.function_name)\n"
        "    except Exception as error:\n"
        "        return [who, error.response['Error']['Code']]\n")
    with Function(code, Timeout=30, MemorySize=512) as function, Function(ECHO) as other:
        answer = json.loads(function.invoke(json.dumps({"call": other.name}))["Payload"])
        assert answer == [[f"arn:aws:sts::000000000000:assumed-role/conformance/{function.name}", {}], "AccessDeniedException"], answer


def test_keys_and_signatures_are_verified():
    refused(lambda: client("lambda", key="AKIAIOSFODNN7EXAMPLE").list_functions(), "UnrecognizedClientException",
            "The security token included in the request is invalid.", 403)
    refused(lambda: client("lambda", secret="wrong").list_functions(), "InvalidSignatureException", status=403)
    refused(lambda: client("sts", secret="wrong").get_caller_identity(), "SignatureDoesNotMatch", status=403)
    identity = client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000" and identity["Arn"] == "arn:aws:iam::000000000000:root", identity


def test_a_signed_url_works_and_unsigned_requests_do_not():
    lambda_ = client("lambda")
    url = lambda_.generate_presigned_url("list_functions", ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert "Functions" in json.load(answer)
    try:
        urllib.request.urlopen(f"{ENDPOINT}/2015-03-31/functions")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and json.load(error) == {"message": "Missing Authentication Token"}
    else:
        raise AssertionError("an unsigned request was served")


def test_unknown_operations_answer_as_aws():
    refused(lambda: client("logs").describe_query_definitions(), "UnknownOperationException", status=400)
    refused(lambda: client("iam").generate_credential_report(), "InvalidAction", status=400)


def test_delete_removes_everything():
    lambda_ = client("lambda")
    with Function(ECHO) as function:
        refused(lambda: lambda_.delete_function(FunctionName=function.name, Qualifier="$LATEST"), "InvalidParameterValueException",
                "$LATEST version cannot be deleted without deleting the function.", 400)
    refused(lambda: lambda_.get_function(FunctionName=function.name), "ResourceNotFoundException")


main({key: value for key, value in globals().items() if key.startswith("test_")})
