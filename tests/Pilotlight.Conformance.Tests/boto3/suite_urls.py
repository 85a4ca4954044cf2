"""Function URLs: configured with boto3, used as any web client uses them."""
import http.client
import json
import subprocess
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import ENDPOINT, Function, client, main, refused

ECHO = "import json\ndef handler(event, context): return event"

# The head goes out before the body is complete.
STREAM = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const answer = awslambda.HttpResponseStream.from(stream, {
    statusCode: 202, headers: { 'Content-Type': 'text/plain', 'X-Path': event.rawPath }, cookies: ['a=1', 'b=2'] });
  answer.write('first');
  await new Promise((resolve) => setTimeout(resolve, 20));
  answer.end(' second');
});
"""


def signed(method, path, body):
    """Members that this boto3 does not know yet."""
    request = AWSRequest(method, ENDPOINT + path, data=json.dumps(body).encode())
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    status, _, answer = fetch(method, path, urlsplit(ENDPOINT).netloc, json.dumps(body).encode(), dict(request.headers))
    assert status < 300, (status, answer)
    return json.loads(answer)


def fetch(method, path, host, body=None, headers=None):
    """By host name, whether or not this machine can resolve it."""
    connection = http.client.HTTPConnection(urlsplit(ENDPOINT).netloc, timeout=60)
    connection.request(method, path, body, {"Host": host, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def make_public(name):
    policy = f"/2015-03-31/functions/{name}/policy"
    signed("POST", policy, {"StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"})
    signed("POST", policy, {"StatementId": "fn", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True})


def test_the_life_of_a_configuration():
    lambda_ = client("lambda")
    with Function(ECHO) as function:
        created = lambda_.create_function_url_config(FunctionName=function.name, AuthType="NONE", Cors={"AllowOrigins": ["*"]})
        assert created["FunctionArn"] == function.created["FunctionArn"] and created["Cors"] == {"AllowOrigins": ["*"]}, created
        refused(lambda: lambda_.create_function_url_config(FunctionName=function.name, AuthType="NONE"), "ResourceConflictException", status=409)
        shown = lambda_.get_function_url_config(FunctionName=function.name)
        assert shown["FunctionUrl"] == created["FunctionUrl"] and "lambda-url.us-east-1." in shown["FunctionUrl"], shown
        updated = lambda_.update_function_url_config(FunctionName=function.name, AuthType="AWS_IAM", Cors={})
        assert updated["AuthType"] == "AWS_IAM" and "Cors" not in updated, updated
        listed = lambda_.list_function_url_configs(FunctionName=function.name)["FunctionUrlConfigs"]
        assert [url["FunctionUrl"] for url in listed] == [created["FunctionUrl"]], listed
        lambda_.delete_function_url_config(FunctionName=function.name)
        refused(lambda: lambda_.get_function_url_config(FunctionName=function.name), "ResourceNotFoundException",
                "The resource you requested does not exist.", 404)


def test_a_public_url():
    with Function(ECHO) as function:
        url = urlsplit(client("lambda").create_function_url_config(FunctionName=function.name, AuthType="NONE")["FunctionUrl"])
        status, headers, body = fetch("GET", "/", url.netloc)
        assert status == 403 and headers["x-amzn-ErrorType"] == "AccessDeniedException" and b"Forbidden" in body, (status, body)
        make_public(function.name)
        status, headers, body = fetch("POST", "/a%20b?x=1&x=2", url.netloc, b'{"n": 1}', {"Content-Type": "application/json", "Cookie": "c=d"})
        event = json.loads(body)
        assert status == 200 and headers["Content-Type"] == "application/json", (status, headers)
        assert event["rawPath"] == "/a%20b" and event["queryStringParameters"] == {"x": "1,2"} and event["cookies"] == ["c=d"], event
        assert event["body"] == '{"n": 1}' and event["isBase64Encoded"] is False, event
        assert event["requestContext"]["requestId"] == headers["x-amzn-RequestId"], event
        by_path = json.loads(fetch("GET", f"/_url/{url.hostname.split('.')[0]}/p?q", urlsplit(ENDPOINT).netloc)[2])
        assert by_path["rawPath"] == "/p" and by_path["rawQueryString"] == "q", by_path


def test_curl_follows_the_url_that_was_given_out():
    code = "def handler(event, context): return {'statusCode': 418, 'headers': {'X-Tea': 'yes'}, 'body': 'short'}"
    with Function(code) as function:
        url = client("lambda").create_function_url_config(FunctionName=function.name, AuthType="NONE")["FunctionUrl"]
        make_public(function.name)
        answer = subprocess.run(["curl", "-sS", "-i", url], capture_output=True, text=True, check=True).stdout
        assert answer.startswith("HTTP/1.1 418") and "X-Tea: yes" in answer and answer.endswith("\n\nshort"), answer


def test_a_signed_url():
    with Function(ECHO) as function:
        url = client("lambda").create_function_url_config(FunctionName=function.name, AuthType="AWS_IAM")["FunctionUrl"]
        assert fetch("GET", "/", urlsplit(url).netloc)[0] == 403
        request = AWSRequest("POST", url + "x?y=z", data=b"{}", headers={"Content-Type": "application/json"})
        SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
        status, _, body = fetch("POST", "/x?y=z", urlsplit(url).netloc, b"{}", dict(request.headers))
        caller = json.loads(body)["requestContext"]["authorizer"]["iam"]
        assert status == 200 and caller["userArn"] == "arn:aws:iam::000000000000:root", (status, body)
        assert "authorization" not in json.loads(body)["headers"]
        assert fetch("POST", "/other", urlsplit(url).netloc, b"{}", dict(request.headers))[0] == 403


def test_a_function_that_fails_is_a_bad_gateway():
    with Function("def handler(event, context): raise ValueError('why')") as function:
        url = urlsplit(client("lambda").create_function_url_config(FunctionName=function.name, AuthType="NONE")["FunctionUrl"])
        make_public(function.name)
        status, _, body = fetch("GET", "/", url.netloc)
        assert (status, body) == (502, b"Internal Server Error"), (status, body)


def test_cors():
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-one"], "MaxAge": 5}
    with Function(ECHO) as function:
        url = urlsplit(client("lambda").create_function_url_config(FunctionName=function.name, AuthType="NONE", Cors=cors)["FunctionUrl"])
        make_public(function.name)
        status, headers, body = fetch("OPTIONS", "/", url.netloc, None, {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
        assert status == 200 and body == b"", (status, body)
        assert headers["Access-Control-Allow-Origin"] == "https://a.example" and headers["Access-Control-Max-Age"] == "5", headers
        assert fetch("GET", "/", url.netloc, None, {"Origin": "https://a.example"})[1]["Access-Control-Allow-Origin"] == "https://a.example"
        assert "Access-Control-Allow-Origin" not in fetch("GET", "/", url.netloc, None, {"Origin": "https://b.example"})[1]


def test_a_streaming_url():
    with Function({"index.mjs": STREAM}, runtime="nodejs20.x", handler="index.handler") as function:
        created = signed("POST", f"/2021-10-31/functions/{function.name}/url", {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})
        assert created["InvokeMode"] == "RESPONSE_STREAM", created
        make_public(function.name)
        status, headers, body = fetch("GET", "/p", urlsplit(created["FunctionUrl"]).netloc)
        assert (status, headers["Content-Type"], headers["X-Path"], body) == (202, "text/plain", "/p", b"first second"), (status, headers, body)
        assert headers.get_all("Set-Cookie") == ["a=1", "b=2"] and headers["Transfer-Encoding"] == "chunked", headers


main({key: value for key, value in globals().items() if key.startswith("test_")})
