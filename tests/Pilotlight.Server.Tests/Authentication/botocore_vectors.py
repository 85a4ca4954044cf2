"""Writes BotocoreVectors.cs: requests signed by botocore, an implementation that is not ours. Run by hand: python botocore_vectors.py > BotocoreVectors.cs"""
import datetime, json
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2025, 3, 4, 12, 0, 0, tzinfo=datetime.timezone.utc)
import botocore.compat
for module in (auth, botocore.compat):
    if hasattr(module, "get_current_datetime"):
        module.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW

ROOT = Credentials("test", "test")
# Issued once by RoleSessions under the instance key 00 01 02 ... 1f (IdentityFixture).
SESSION = Credentials(
    "ASIAQAAAAAAACEC7MMHZ", "ZpjVYSRNHBxrR9lh29tH3HJ5f0ivyRpdv2Y++8pf",
    "ATzpAju+acWkCdmNL7Wu+bOE88B2uFSQ1fzQHlUHggRqL3OoqStnSryxnQjvQb8mw9oMd0nQ2GccJ8GYjbfKvNUQSW1TBJzzOB87TktD01Qw93tRHVjJ81tPUXyZTufQiBUckpgvURsYGgT+XZWStNgvGZfgzSrZiWVSYClMvejpT9mSmoBCptrfAMHT1G5D7I6I+y8ZZ8xa8DLGigOatSHO")
HOST = "http://localhost:4566"
out = []

def add(name, signer, method, target, body=b"", headers=None):
    request = AWSRequest(method=method, url=HOST + target, data=body, headers=headers or {})
    signer.add_auth(request)
    sent = {k: v for k, v in request.headers.items()}
    sent["Host"] = "localhost:4566"
    out.append((name, signer._service_name, method, request.url[len(HOST):], body.decode(), sent))

def v4(service, creds=ROOT, region="eu-west-1"):
    return auth.SigV4Auth(creds, service, region)

def query(service, creds=ROOT, region="eu-west-1", expires=900):
    return auth.SigV4QueryAuth(creds, service, region, expires)

add("list functions", v4("lambda"), "GET", "/2015-03-31/functions/?MaxItems=5&Marker=a%2Bb%3D%3D&FunctionVersion=ALL")
add("query that is not sorted, with empty and repeated names", v4("lambda"), "GET", "/p?b=2&a-=3&a=9&a=1&empty=&flag")
add("path with an encoded ARN", v4("lambda"), "POST",
    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af%3Alive/invocations?Qualifier=live",
    b'{"key":"value"}', {"Content-Type": "application/octet-stream", "X-Amz-Invocation-Type": "Event", "X-Amz-Client-Context": "e30="})
add("path with a colon that is not encoded", v4("lambda"), "GET", "/2015-03-31/functions/f:live")
add("path with unreserved and reserved characters", v4("lambda"), "GET", "/a-b_c.d~e/(x)!*'$,;=@/%20%E2%82%AC%2F")
add("path with dots and empty segments", v4("lambda"), "GET", "/a/./b//c/../d/")
add("path of nothing but dots", v4("lambda"), "GET", "/./..//")
add("query protocol", v4("sts", region="us-east-1"), "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15",
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
add("json protocol", v4("logs"), "POST", "/", b'{"logGroupName":"/aws/lambda/f"}',
    {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.DescribeLogGroups"})
add("header with runs of spaces", v4("lambda"), "GET", "/", b"", {"X-Amz-Meta": "  a   b  c ", "X-Custom": "x    y"})
add("header that is not ASCII", v4("lambda"), "GET", "/", b"", {"X-Amz-Meta": "gr\u00fc\u00df"})
add("declared payload hash", v4("lambda"), "POST", "/", b"body",
    {"X-Amz-Content-SHA256": "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"})
add("Date instead of X-Amz-Date", v4("lambda"), "GET", "/", b"", {"Date": "Tue, 04 Mar 2025 12:00:00 GMT"})
add("session of a role", v4("lambda", SESSION), "POST", "/2015-03-31/functions/f/invocations", b"{}")
add("presigned", query("sts", region="us-east-1"), "GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
add("presigned with a session", query("sts", SESSION), "GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
add("presigned with a header", query("sts"), "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", b"", {"x-k8s-aws-id": "cluster"})
add("S3 path", auth.S3SigV4Auth(ROOT, "s3", "eu-west-1"), "PUT", "/bucket/a%20b//%C3%BC/./x%2By", b"content")
add("S3 presigned", auth.S3SigV4QueryAuth(ROOT, "s3", "eu-west-1", 600), "PUT", "/bucket/a%20b", b"")

def text(value):
    return json.dumps(value, ensure_ascii=False)

print("""namespace Pilotlight.Authentication;

/// <summary>Requests that botocore signed at 2025-03-04T12:00:00Z. Written by botocore_vectors.py; do not edit.</summary>
static class BotocoreVectors
{
    public static IReadOnlyList<SignedRequest> All { get; } =
    [""")
for name, service, method, target, body, headers in out:
    print(f"        new({text(name)}, {text(service)}, {text(method)}, {text(target)}, {text(body)},")
    print("        [")
    for k, v in sorted(headers.items(), key=lambda kv: kv[0].lower()):
        print(f"            ({text(k)}, {text(v)}),")
    print("        ]),")
print("    ];\n}")
