"""Versions and aliases, driven by boto3: what is published, what runs, and who is told which version ran."""
import collections
import json

from harness import Function, client, eventually, main, refused

WHO = """
import os
def handler(event, context):
    return {"arn": context.invoked_function_arn, "version": context.function_version, "variable": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            "mark": os.environ.get("MARK"), "stream": context.log_stream_name}
"""


def configure(function, **settings):
    function.lambda_.update_function_configuration(FunctionName=function.name, **settings)
    function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})


def two_versions(function):
    assert function.lambda_.publish_version(FunctionName=function.name)["Version"] == "1"
    configure(function, Environment={"Variables": {"MARK": "two"}})
    assert function.lambda_.publish_version(FunctionName=function.name)["Version"] == "2"


def arn_of(function, qualifier):
    return f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}:{qualifier}"


def test_an_invocation_of_a_version_or_an_alias_is_told_so():
    with Function(WHO, Environment={"Variables": {"MARK": "one"}}) as function:
        two_versions(function)
        function.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
        for qualifier, version, mark in (("1", "1", "one"), ("2", "2", "two"), ("live", "1", "one"), ("$LATEST", "$LATEST", "two")):
            answer = function.invoke(Qualifier=qualifier)
            told = json.loads(answer["Payload"])
            assert answer["ExecutedVersion"] == version, answer
            assert told["arn"] == arn_of(function, qualifier), told
            assert told["version"] == told["variable"] == version and told["mark"] == mark, told
            assert f"[{version}]" in told["stream"], told
        by_arn = function.lambda_.invoke(FunctionName=arn_of(function, "live"))
        assert json.loads(by_arn["Payload"].read())["arn"] == arn_of(function, "live")


def test_weights_are_drawn_anew_for_every_invocation():
    with Function(WHO, Environment={"Variables": {"MARK": "one"}}) as function:
        two_versions(function)
        alias = dict(FunctionName=function.name, Name="live")
        function.lambda_.create_alias(**alias, FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}})
        seen = collections.Counter()
        for _ in range(200):
            answer = function.invoke(Qualifier="live")
            told = json.loads(answer["Payload"])
            assert told["version"] == answer["ExecutedVersion"] and told["arn"] == arn_of(function, "live"), told
            assert told["mark"] == {"1": "one", "2": "two"}[told["version"]], told
            seen[told["version"]] += 1
        # Six standard deviations of a fair draw: fails by chance less than once in a hundred million runs.
        assert set(seen) == {"1", "2"} and 22 <= seen["2"] <= 98, seen
        function.lambda_.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
        assert {function.invoke(Qualifier="live")["ExecutedVersion"] for _ in range(10)} == {"2"}
        function.lambda_.update_alias(**alias, RoutingConfig={})
        assert {function.invoke(Qualifier="live")["ExecutedVersion"] for _ in range(10)} == {"1"}


def test_an_alias_moves_at_once():
    with Function(WHO) as function:
        two_versions(function)
        function.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
        assert function.invoke(Qualifier="live")["ExecutedVersion"] == "1"
        moved = function.lambda_.update_alias(FunctionName=function.name, Name="live", FunctionVersion="2", Description="moved")
        assert moved["FunctionVersion"] == "2" and moved["Description"] == "moved" and "RoutingConfig" not in moved, moved
        assert function.invoke(Qualifier="live")["ExecutedVersion"] == "2"
        refused(lambda: function.invoke(Qualifier="dead"), "ResourceNotFoundException", f"Function not found: {arn_of(function, 'dead')}", 404)
        function.lambda_.delete_alias(FunctionName=function.name, Name="live")
        refused(lambda: function.invoke(Qualifier="live"), "ResourceNotFoundException", f"Function not found: {arn_of(function, 'live')}", 404)


def test_events_to_an_alias_run_its_version():
    with Function("def handler(event, context):\n    print('ran', context.function_version, context.invoked_function_arn)\n") as function:
        two_versions(function)
        function.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
        assert function.invoke(Qualifier="live", InvocationType="Event")["StatusCode"] == 202
        logs = client("logs")
        expected = f"ran 1 {arn_of(function, 'live')}"

        def lines():
            try:
                events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return False
            return any(expected in event["message"] for event in events)

        eventually(lines)
        logs.delete_log_group(logGroupName=f"/aws/lambda/{function.name}")


def test_publishing_what_has_not_changed_gives_the_same_version():
    with Function(WHO) as function:
        first = function.lambda_.publish_version(FunctionName=function.name, Description="first")
        again = function.lambda_.publish_version(FunctionName=function.name, Description="again")
        for same in ("Version", "RevisionId", "FunctionArn", "Description"):
            assert first[same] == again[same], (same, first, again)
        assert first["ResponseMetadata"]["HTTPStatusCode"] == again["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert (first["Version"], first["State"], first["LastUpdateStatus"]) == ("1", "Active", "Successful")
        refused(lambda: function.lambda_.publish_version(FunctionName=function.name, CodeSha256="wrong"), "InvalidParameterValueException",
                f"CodeSHA256 (wrong) is different from current CodeSHA256 in $LATEST ({first['CodeSha256']}). "
                "Please try again with the CodeSHA256 in $LATEST.", 400)
        refused(lambda: function.lambda_.publish_version(FunctionName=function.name, RevisionId="wrong"), "PreconditionFailedException", None, 412)


def test_numbers_are_never_used_again():
    with Function(WHO) as function:
        two_versions(function)
        function.lambda_.delete_function(FunctionName=function.name, Qualifier="2")
        configure(function, Description="three")
        assert function.lambda_.publish_version(FunctionName=function.name)["Version"] == "3"
        versions = function.lambda_.list_versions_by_function(FunctionName=function.name)["Versions"]
        assert [version["Version"] for version in versions] == ["$LATEST", "1", "3"], versions
        assert versions[0]["FunctionArn"] == arn_of(function, "$LATEST") and "State" not in versions[0], versions[0]


def test_pages_of_versions_and_aliases():
    with Function(WHO) as function:
        two_versions(function)
        for name in ("c", "a", "b"):
            function.lambda_.create_alias(FunctionName=function.name, Name=name, FunctionVersion="1")
        pages = function.lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function.name, PaginationConfig={"PageSize": 2})
        assert [[version["Version"] for version in page["Versions"]] for page in pages] == [["$LATEST", "1"], ["2"]]
        pages = function.lambda_.get_paginator("list_aliases").paginate(FunctionName=function.name, PaginationConfig={"PageSize": 2})
        assert [[alias["Name"] for alias in page["Aliases"]] for page in pages] == [["a", "b"], ["c"]]
        assert function.lambda_.list_aliases(FunctionName=function.name, FunctionVersion="2")["Aliases"] == []



main({key: value for key, value in globals().items() if key.startswith("test_")})
