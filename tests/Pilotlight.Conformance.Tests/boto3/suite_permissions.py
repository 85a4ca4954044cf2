"""Permissions as boto3 meets them: users, execution roles from inside a function, other accounts, and what limits a session or a user."""
import json

import boto3
from botocore.config import Config
from harness import ENDPOINT, LOGS, TRUST, Function, Skipped, client, eventually, main, name, package, refused, role

ACCOUNT, OTHER = "000000000000", "111122223333"
ECHO = "def handler(event, context):\n    print('said it')\n    return event\n"
CALLER = """
import boto3, json
def handler(event, context):
    try:
        return json.load(boto3.client('lambda').invoke(FunctionName=event['call'], Payload=b'{"n": 1}')['Payload'])
    except Exception as error:
        return [getattr(error, 'response', {}).get('Error', {}).get('Code', type(error).__name__), error.response['Error']['Message']]
"""

SENDER = """
import boto3
def handler(event, context):
    try:
        boto3.client('sqs').send_message(QueueUrl=event['url'], MessageBody='from a function')
        return 'sent'
    except Exception as error:
        return [getattr(error, 'response', {}).get('Error', {}).get('Code', type(error).__name__), error.response['Error']['Message']]
"""


def arn(function):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return dict({"Effect": "Allow", "Action": action, "Resource": resource}, **more)


def deny(action, resource="*"):
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def session(service, credentials):
    return boto3.client(
        service, endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials.get("SessionToken"), config=Config(retries={"max_attempts": 0}))


def denied(who, action, resource, why):
    return f"User: {who} is not authorized to perform: {action} on resource: {resource} {why}"


def missing(kind, action):
    return f"because no {kind} allows the {action} action"


class User:
    """A user with a key and one policy, while the block runs."""

    def __init__(self, *statements, account="test", **settings):
        self.iam = client("iam", account)
        self.statements = statements
        self.settings = dict(UserName=name("user"), **settings)
        self.name = self.settings["UserName"]

    def __enter__(self):
        self.arn = self.iam.create_user(**self.settings)["User"]["Arn"]
        self.may(*self.statements)
        self.key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        return self

    def __exit__(self, *_):
        self.iam.delete_access_key(UserName=self.name, AccessKeyId=self.key["AccessKeyId"])
        for policy in self.iam.list_user_policies(UserName=self.name)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=self.name, PolicyName=policy)
        self.iam.delete_user(UserName=self.name)

    def may(self, *statements):
        if statements:
            self.iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=document(*statements))

    def client(self, service):
        return session(service, self.key)


class Role:
    """An execution role of its own with these statements, while the block runs."""

    def __init__(self, *statements, trust=TRUST):
        self.iam = client("iam")
        self.statements, self.trust, self.name = statements, trust, name("role")

    def __enter__(self):
        self.arn = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=self.trust)["Role"]["Arn"]
        if self.statements:
            self.iam.put_role_policy(RoleName=self.name, PolicyName="p", PolicyDocument=document(*self.statements))
        return self

    def __exit__(self, *_):
        for policy in self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            self.iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
        self.iam.delete_role(RoleName=self.name)


class Worn(Function):
    """A function that wears a role other than the conformance tests' own."""

    def __init__(self, code, worn, **settings):
        super().__init__(code, **settings)
        self.settings["Role"] = worn.arn


def answer(function, **event):
    """What the function answers to the event."""
    got = json.loads(function.invoke(json.dumps(event))["Payload"])
    if "ImportModuleError" in str(got):
        raise Skipped("the functions of this machine have no boto3")
    return got


def a_user_may_exactly_what_its_policy_says():
    with Function(ECHO) as function, Function(ECHO) as other, User(allow("lambda:InvokeFunction", arn(function.name))) as user:
        lambda_ = user.client("lambda")
        assert json.load(lambda_.invoke(FunctionName=function.name, Payload=b"[1]")["Payload"]) == [1]

        def no(call, action, resource, why=None):
            refused(call, "AccessDeniedException", denied(user.arn, action, resource, why or missing("identity-based policy", action)), 403)
        no(lambda: lambda_.invoke(FunctionName=other.name), "lambda:InvokeFunction", arn(other.name))
        no(lambda: lambda_.invoke(FunctionName="absent"), "lambda:InvokeFunction", arn("absent"))
        no(lambda: lambda_.get_function(FunctionName=function.name), "lambda:GetFunction", arn(function.name))
        no(lambda: lambda_.delete_function(FunctionName=function.name), "lambda:DeleteFunction", arn(function.name))
        no(lambda_.list_functions, "lambda:ListFunctions", "*")
        user.may(allow("lambda:*"), deny("lambda:InvokeFunction", arn(other.name)))
        lambda_.get_function(FunctionName=other.name)
        no(lambda: lambda_.invoke(FunctionName=other.name), "lambda:InvokeFunction", arn(other.name), "with an explicit deny in an identity-based policy")
        refused(user.client("iam").list_users, "AccessDenied", denied(
            user.arn, "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/", missing("identity-based policy", "iam:ListUsers")), 403)
        refused(user.client("logs").describe_log_groups, "AccessDeniedException", status=400)


def creating_a_function_needs_leave_to_pass_its_role():
    with User(allow(["lambda:CreateFunction", "lambda:GetFunction", "lambda:DeleteFunction"])) as user:
        lambda_, passed, made = user.client("lambda"), role("conformance"), name()

        def create():
            lambda_.create_function(FunctionName=made, Runtime="python3.11", Handler="app.handler", Role=passed, Code={"ZipFile": package({"app.py": ECHO})})
        no = denied(user.arn, "iam:PassRole", passed, missing("identity-based policy", "iam:PassRole"))
        refused(create, "AccessDeniedException", no, 403)
        to = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
        user.may(allow("lambda:*"), allow("iam:PassRole", passed, Condition=to))
        refused(create, "AccessDeniedException", no, 403)
        to["StringEquals"]["iam:PassedToService"] = "lambda.amazonaws.com"
        user.may(allow("lambda:*"), allow("iam:PassRole", passed, Condition=to))
        create()
        lambda_.delete_function(FunctionName=made)


def a_role_that_does_not_trust_lambda_is_refused():
    lambda_ = client("lambda")
    with Role(trust=TRUST.replace("lambda.amazonaws.com", "ec2.amazonaws.com")) as worn:
        def create(arn):
            return lambda: lambda_.create_function(
                FunctionName=name(), Runtime="python3.11", Handler="app.handler", Role=arn, Code={"ZipFile": package({"app.py": ECHO})})
        message = "The role defined for the function cannot be assumed by Lambda."
        refused(create(worn.arn), "InvalidParameterValueException", message, 400)
        refused(create(f"arn:aws:iam::{ACCOUNT}:role/{name('absent')}"), "InvalidParameterValueException", message, 400)


def a_function_invokes_another_while_its_role_may():
    with Function(ECHO) as other, Role(allow("lambda:InvokeFunction", arn(other.name))) as worn:
        with Worn(CALLER, worn, Timeout=30, MemorySize=512) as function:
            assert answer(function, call=other.name) == {"n": 1}
            worn.iam.put_role_policy(RoleName=worn.name, PolicyName="p", PolicyDocument=document(allow("lambda:InvokeFunction", arn("somebody"))))
            who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{worn.name}/{function.name}"
            assert answer(function, call=other.name) == ["AccessDeniedException", denied(
                who, "lambda:InvokeFunction", arn(other.name), missing("identity-based policy", "lambda:InvokeFunction"))]


def a_function_without_leave_is_refused_by_name():
    with Function(ECHO) as other, Role() as worn, Worn(CALLER, worn, Timeout=30, MemorySize=512) as function:
        who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{worn.name}/{function.name}"
        assert answer(function, call=other.name) == ["AccessDeniedException", denied(
            who, "lambda:InvokeFunction", arn(other.name), missing("identity-based policy", "lambda:InvokeFunction"))]


def a_function_sends_to_a_queue_exactly_while_its_role_may():
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name("guarded"))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    try:
        with Role() as worn, Worn(SENDER, worn, Timeout=30, MemorySize=512) as function:
            who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{worn.name}/{function.name}"
            code, message = answer(function, url=url)
            assert code in ("AccessDenied", "AccessDeniedException"), code
            assert message.lower() == denied(who, "sqs:SendMessage", queue, missing("identity-based policy", "sqs:SendMessage")).lower(), message
            assert "Messages" not in sqs.receive_message(QueueUrl=url)
            worn.iam.put_role_policy(RoleName=worn.name, PolicyName="p", PolicyDocument=document(allow("sqs:SendMessage", queue)))
            assert answer(function, url=url) == "sent"
            assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"][0]["Body"] == "from a function"
    finally:
        sqs.delete_queue(QueueUrl=url)


def another_account_may_exactly_while_a_statement_says_so():
    lambda_, stranger = client("lambda"), client("lambda", OTHER)
    with Function(ECHO) as function, User(allow("lambda:InvokeFunction"), account=OTHER) as user, User(account=OTHER) as poor:
        full = arn(function.name)

        def invoke(who):
            return json.load(who.invoke(FunctionName=full, Payload=b"[2]")["Payload"])

        def no(who, arn_of_who, kind):
            refused(lambda: invoke(who), "AccessDeniedException", denied(arn_of_who, "lambda:InvokeFunction", full, missing(kind, "lambda:InvokeFunction")), 403)
        root = f"arn:aws:iam::{OTHER}:root"
        no(stranger, root, "resource-based policy")
        no(user.client("lambda"), user.arn, "resource-based policy")
        lambda_.add_permission(FunctionName=function.name, StatementId="other", Action="lambda:InvokeFunction", Principal=OTHER)
        assert invoke(stranger) == invoke(user.client("lambda")) == [2]
        no(poor.client("lambda"), poor.arn, "identity-based policy")
        refused(lambda: stranger.get_function(FunctionName=full), "AccessDeniedException", denied(
            root, "lambda:GetFunction", full, missing("resource-based policy", "lambda:GetFunction")), 403)
        no(client("lambda", "222233334444"), "arn:aws:iam::222233334444:root", "resource-based policy")
        lambda_.remove_permission(FunctionName=function.name, StatementId="other")
        no(stranger, root, "resource-based policy")


def a_statement_may_let_one_user_in():
    lambda_ = client("lambda")
    with Function(ECHO) as function, User() as ada, User() as eve:
        lambda_.add_permission(FunctionName=function.name, StatementId="ada", Action="lambda:InvokeFunction", Principal=ada.arn)
        assert json.load(ada.client("lambda").invoke(FunctionName=function.name, Payload=b"3")["Payload"]) == 3
        refused(lambda: eve.client("lambda").invoke(FunctionName=function.name), "AccessDeniedException", denied(
            eve.arn, "lambda:InvokeFunction", arn(function.name), missing("identity-based policy", "lambda:InvokeFunction")), 403)


def a_log_is_missing_while_the_role_may_not_write_it():
    logs = client("logs")
    with Role() as worn, Worn(ECHO, worn) as function:
        group = f"/aws/lambda/{function.name}"

        def said():
            if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
                return []
            return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"] if "said it" in event["message"]]
        policy = f"arn:aws:iam::aws:policy/{LOGS}"
        function.invoke()
        # Whoever reads logs has what was written before flushed.
        assert not said()
        worn.iam.attach_role_policy(RoleName=worn.name, PolicyArn=policy)
        try:
            # The same environment, which is asked again for every batch of lines.
            function.invoke()
            eventually(said)
            assert len(said()) == 1, said()
        finally:
            worn.iam.detach_role_policy(RoleName=worn.name, PolicyArn=policy)
        function.invoke()
        assert len(said()) == 1, said()
        logs.delete_log_group(logGroupName=group)


def a_session_policy_limits():
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]})
    with Function(ECHO) as function, Role(allow("lambda:*"), trust=trust) as worn:
        given = client("sts").assume_role(
            RoleArn=worn.arn, RoleSessionName="night", Policy=document(allow(["lambda:InvokeFunction", "iam:ListUsers"])))
        lambda_, who = session("lambda", given["Credentials"]), given["AssumedRoleUser"]["Arn"]
        assert json.load(lambda_.invoke(FunctionName=function.name, Payload=b"4")["Payload"]) == 4
        refused(lambda: lambda_.get_function(FunctionName=function.name), "AccessDeniedException", denied(
            who, "lambda:GetFunction", arn(function.name), missing("session policy", "lambda:GetFunction")), 403)
        # It gives nothing that the role does not have.
        refused(session("iam", given["Credentials"]).list_users, "AccessDenied", denied(
            who, "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/", missing("identity-based policy", "iam:ListUsers")), 403)


def a_boundary_limits():
    iam = client("iam")
    boundary = iam.create_policy(PolicyName=name("boundary"), PolicyDocument=document(allow("lambda:InvokeFunction"), deny("lambda:ListFunctions")))["Policy"]["Arn"]
    try:
        with Function(ECHO) as function, User(allow("lambda:*"), PermissionsBoundary=boundary) as user:
            lambda_ = user.client("lambda")
            assert json.load(lambda_.invoke(FunctionName=function.name, Payload=b"5")["Payload"]) == 5
            refused(lambda: lambda_.get_function(FunctionName=function.name), "AccessDeniedException", denied(
                user.arn, "lambda:GetFunction", arn(function.name), missing("permissions boundary", "lambda:GetFunction")), 403)
            refused(lambda_.list_functions, "AccessDeniedException", denied(
                user.arn, "lambda:ListFunctions", "*", "with an explicit deny in a permissions boundary"), 403)
            iam.delete_user_permissions_boundary(UserName=user.name)
            lambda_.get_function(FunctionName=function.name)
    finally:
        iam.delete_policy(PolicyArn=boundary)


main({test.__name__: test for test in (
    a_user_may_exactly_what_its_policy_says, creating_a_function_needs_leave_to_pass_its_role, a_role_that_does_not_trust_lambda_is_refused,
    a_function_invokes_another_while_its_role_may, a_function_without_leave_is_refused_by_name, a_function_sends_to_a_queue_exactly_while_its_role_may,
    another_account_may_exactly_while_a_statement_says_so,
    a_statement_may_let_one_user_in, a_log_is_missing_while_the_role_may_not_write_it, a_session_policy_limits, a_boundary_limits)})
