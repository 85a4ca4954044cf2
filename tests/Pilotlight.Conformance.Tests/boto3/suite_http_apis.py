"""HTTP APIs: made with boto3, used as any web client uses them."""
import base64
import http.client
import json
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import ENDPOINT, Function, client, main, name, refused

ECHO = "import json\ndef handler(event, context): return event"

REST = """
import json
PETS = {}
def handler(event, context):
    method, id = event["requestContext"]["http"]["method"], event.get("pathParameters", {}).get("id")
    if method == "PUT":
        PETS[id] = json.loads(event["body"])
        return {"statusCode": 201, "headers": {"location": f"/pets/{id}"}}
    if id not in PETS:
        return {"statusCode": 404, "body": "no such pet"}
    if method == "DELETE":
        del PETS[id]
        return {"statusCode": 204}
    return PETS[id]
"""

AUTHORIZER = """
def handler(event, context):
    return {"isAuthorized": event["identitySource"][0] == "secret", "context": {"tier": "gold"}}
"""


def fetch(api, method, path, body=None, headers=None):
    """By host name, whether or not this machine can resolve it."""
    connection = http.client.HTTPConnection(urlsplit(ENDPOINT).netloc, timeout=60)
    connection.request(method, path, body, {"Host": urlsplit(api["ApiEndpoint"]).netloc, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


@contextmanager
def api(**settings):
    gateway = client("apigatewayv2")
    made = gateway.create_api(Name=name("api"), ProtocolType="HTTP", **settings)
    try:
        yield made
    finally:
        gateway.delete_api(ApiId=made["ApiId"])


def let_in(function, made, routes="*/*", statement="api"):
    client("lambda").add_permission(
        FunctionName=function.name, StatementId=statement, Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{made['ApiId']}/{routes}")


def routed(made, function, *keys, **route):
    gateway = client("apigatewayv2")
    version = route.pop("PayloadFormatVersion", "2.0")
    integration = gateway.create_integration(
        ApiId=made["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=function.created["FunctionArn"], PayloadFormatVersion=version)
    for key in keys:
        gateway.create_route(ApiId=made["ApiId"], RouteKey=key, Target=f"integrations/{integration['IntegrationId']}", **route)
    return integration


def test_a_REST_backend_runs_behind_routes():
    gateway = client("apigatewayv2")
    with Function(REST) as function, api() as made:
        routed(made, function, "GET /pets/{id}", "PUT /pets/{id}", "DELETE /pets/{id}")
        gateway.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
        assert fetch(made, "GET", "/pets/1")[0] == 500
        let_in(function, made, "*/*/pets/{id}")
        assert fetch(made, "GET", "/pets/1")[::2] == (404, "no such pet")
        status, headers, _ = fetch(made, "PUT", "/pets/1", '{"name": "rex"}', {"Content-Type": "application/json"})
        assert (status, headers["location"]) == (201, "/pets/1"), (status, headers)
        status, headers, body = fetch(made, "GET", "/pets/1")
        assert (status, headers["content-type"], json.loads(body)) == (200, "application/json", {"name": "rex"}), body
        assert fetch(made, "DELETE", "/pets/1")[0] == 204
        assert fetch(made, "POST", "/pets/1")[::2] == (404, '{"message":"Not Found"}')
        assert fetch(made, "GET", "/cats/1")[::2] == (404, '{"message":"Not Found"}')


def test_a_quick_API_answers_where_it_says():
    with Function(ECHO) as function, api(Target=function.created["FunctionArn"], CorsConfiguration={"AllowOrigins": ["*"], "AllowMethods": ["*"]}) as made:
        let_in(function, made)
        assert made["ApiEndpoint"].startswith(f"http://{made['ApiId']}.execute-api.localhost"), made
        answer = subprocess.run(["curl", "-s", "-m", "60", made["ApiEndpoint"] + "/a/b?c=d"], capture_output=True, text=True, check=True).stdout
        event = json.loads(answer)
        assert (event["version"], event["rawPath"], event["queryStringParameters"]) == ("2.0", "/a/b", {"c": "d"}), event
        assert event["requestContext"]["accountId"] == "000000000000", event
        status, headers, _ = fetch(made, "OPTIONS", "/", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"})
        assert (status, headers["access-control-allow-origin"], headers["access-control-allow-methods"]) == (204, "*", "*"), headers
        event = json.loads(fetch(made, "POST", "/", b"\xff\x00", {"Content-Type": "application/octet-stream"})[2])
        assert event["isBase64Encoded"] and base64.b64decode(event["body"]) == b"\xff\x00", event


def test_payload_1_0_in_a_named_stage():
    code = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event), 'multiValueHeaders': {'Set-Cookie': ['a=1', 'b=2']}}"
    gateway = client("apigatewayv2")
    with Function(code) as function, api() as made:
        routed(made, function, "ANY /{proxy+}", PayloadFormatVersion="1.0")
        gateway.create_stage(ApiId=made["ApiId"], StageName="dev", AutoDeploy=True, StageVariables={"color": "red"})
        let_in(function, made)
        status, headers, body = fetch(made, "GET", "/dev/x/y?q=1&q=2")
        event = json.loads(body)
        assert status == 200 and headers.get_all("set-cookie") == ["a=1", "b=2"], headers
        assert (event["version"], event["path"], event["resource"], event["pathParameters"]) == ("1.0", "/dev/x/y", "/{proxy+}", {"proxy": "x/y"}), event
        assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]} and event["stageVariables"] == {"color": "red"}, event
        assert fetch(made, "GET", "/x/y")[0] == 404


def test_a_Lambda_authorizer_decides():
    gateway = client("apigatewayv2")
    with Function(ECHO) as backend, Function(AUTHORIZER) as guard, api() as made:
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{guard.created['FunctionArn']}/invocations"
        authorizer = gateway.create_authorizer(
            ApiId=made["ApiId"], Name="guard", AuthorizerType="REQUEST", AuthorizerUri=uri, IdentitySource=["$request.header.X-Key"],
            AuthorizerPayloadFormatVersion="2.0", EnableSimpleResponses=True)
        assert authorizer["AuthorizerResultTtlInSeconds"] == 300, authorizer
        routed(made, backend, "GET /", AuthorizationType="CUSTOM", AuthorizerId=authorizer["AuthorizerId"])
        gateway.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
        let_in(backend, made)
        let_in(guard, made, f"authorizers/{authorizer['AuthorizerId']}")
        assert fetch(made, "GET", "/")[::2] == (401, '{"message":"Unauthorized"}')
        assert fetch(made, "GET", "/", headers={"X-Key": "wrong"})[::2] == (403, '{"message":"Forbidden"}')
        event = json.loads(fetch(made, "GET", "/", headers={"X-Key": "secret"})[2])
        assert event["requestContext"]["authorizer"] == {"lambda": {"tier": "gold"}}, event
        refused(lambda: gateway.delete_authorizer(ApiId=made["ApiId"], AuthorizerId=authorizer["AuthorizerId"]), "ConflictException", status=409)


def test_signed_routes_ask_the_callers_policies():
    gateway, iam = client("apigatewayv2"), client("iam")
    user = name("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    try:
        with Function(ECHO) as function, api() as made:
            routed(made, function, "GET /{id}", AuthorizationType="AWS_IAM")
            gateway.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
            let_in(function, made)

            def ask(path):
                request = AWSRequest("GET", made["ApiEndpoint"] + path)
                SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "execute-api", "us-east-1").add_auth(request)
                return fetch(made, "GET", path, headers=dict(request.headers))

            assert fetch(made, "GET", "/1")[::2] == (403, '{"message":"Forbidden"}')
            assert ask("/1")[0] == 403
            allowed = f"arn:aws:execute-api:us-east-1:000000000000:{made['ApiId']}/$default/GET/1"
            iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": allowed}]}))
            status, _, body = ask("/1")
            assert status == 200 and json.loads(body)["requestContext"]["authorizer"]["iam"]["userArn"].endswith(f"user/{user}"), body
            assert ask("/2")[0] == 403
            iam.delete_user_policy(UserName=user, PolicyName="p")
    finally:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=user)


def test_errors_carry_the_codes_that_boto3_knows():
    gateway = client("apigatewayv2")
    refused(lambda: gateway.get_api(ApiId="nothere000"), "NotFoundException", status=404)
    refused(lambda: gateway.create_api(Name="a", ProtocolType="WEBSOCKET"), "BadRequestException", status=400)
    with Function(ECHO) as function, api() as made:
        routed(made, function, "GET /a")
        refused(lambda: gateway.create_route(ApiId=made["ApiId"], RouteKey="GET /a"), "ConflictException", status=409)
        refused(lambda: gateway.create_route(ApiId=made["ApiId"], RouteKey="GET a"), "BadRequestException", status=400)
        stage = gateway.create_stage(ApiId=made["ApiId"], StageName="dev")
        assert stage["CreatedDate"].tzinfo is not None, stage
        arn = f"arn:aws:apigateway:us-east-1::/apis/{made['ApiId']}"
        gateway.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
        gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
        assert made["ApiId"] in [each["ApiId"] for page in gateway.get_paginator("get_apis").paginate() for each in page["Items"]]



main({key: value for key, value in globals().items() if key.startswith("test_")})
