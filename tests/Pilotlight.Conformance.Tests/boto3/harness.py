"""What the boto3 suites share: clients for the endpoint under test, packages made in memory, and a runner of one test by name."""
import io
import os
import sys
import time
import traceback
import uuid
import zipfile

import boto3
from botocore.config import Config

ENDPOINT = os.environ.get("PILOTLIGHT_ENDPOINT", "http://127.0.0.1:4566")
ROLE = "arn:aws:iam::000000000000:role/conformance"


def client(service, key="test", secret="test", **config):
    settings = dict(retries={"max_attempts": 0}, read_timeout=120, max_pool_connections=256, parameter_validation=False)
    settings.update(config)
    return boto3.client(
        service, endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(**settings))


TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
LOGS, INVOKE = "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaRole"


def role(role_name, *policies, trust=TRUST):
    """The ARN of an execution role with these managed policies of AWS; made when there is none of the name."""
    iam = client("iam")
    try:
        iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    # Suites run side by side: attaching twice is no error.
    for policy in policies:
        iam.attach_role_policy(RoleName=role_name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return f"arn:aws:iam::000000000000:role/{role_name}"


def package(files):
    """A zip of {name: text or bytes or (content, mode)}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            mode = 0o644
            if isinstance(content, tuple):
                content, mode = content
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def name(prefix="fn"):
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


class Function:
    """A function that exists while the block runs."""

    def __init__(self, code, runtime="python3.11", handler="app.handler", **settings):
        self.lambda_ = client("lambda")
        self.name = settings.pop("FunctionName", name())
        files = {"app.py": code} if isinstance(code, str) else code
        self.settings = dict(
            FunctionName=self.name, Runtime=runtime, Handler=handler, Role=settings.pop("Role", ROLE),
            Code={"ZipFile": files if isinstance(files, bytes) else package(files)}, **({"Timeout": 10} | settings))

    def __enter__(self):
        self.created = self.lambda_.create_function(**self.settings)
        self.lambda_.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})
        return self

    def __exit__(self, *_):
        self.lambda_.delete_function(FunctionName=self.name)

    def invoke(self, payload=b"{}", **settings):
        answer = self.lambda_.invoke(FunctionName=self.name, Payload=payload, **settings)
        answer["Payload"] = answer["Payload"].read()
        return answer


def refused(call, code, message=None, status=None):
    """Calls, and expects AWS's error."""
    from botocore.exceptions import ClientError
    try:
        call()
    except ClientError as error:
        got = error.response
        assert got["Error"]["Code"] == code, got
        if message is not None:
            assert got["Error"].get("Message", got.get("message")) == message, got
        if status is not None:
            assert got["ResponseMetadata"]["HTTPStatusCode"] == status, got
        return got
    raise AssertionError(f"{code} was expected, but the call succeeded")


def eventually(condition, seconds=60):
    """Waits for a condition; None and False mean not yet."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


def main(tests):
    if sys.argv[1:] == ["--list"]:
        print("\n".join(tests))
        return
    wanted = sys.argv[1]
    try:
        role("conformance", LOGS, INVOKE)
        tests[wanted]()
    except Skipped as reason:
        print(f"SKIP {reason}")
    except BaseException:
        traceback.print_exc()
        sys.exit(1)


class Skipped(Exception):
    pass
