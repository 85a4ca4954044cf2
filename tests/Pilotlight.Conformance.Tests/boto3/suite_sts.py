"""STS as boto3 sees it: sessions, their limits, and what they may."""
import json

import boto3
from botocore.config import Config
from harness import ENDPOINT, client, main, name, refused

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def session(service, credentials):
    return boto3.client(
        service, endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"], config=Config(retries={"max_attempts": 0}))


class Role:
    """A role that an account's root may wear, with every permission, while the block runs."""

    def __init__(self, principal="arn:aws:iam::000000000000:root", actions=("sts:AssumeRole", "sts:TagSession"), **settings):
        self.iam = client("iam")
        self.name = name("role")
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}]}
        self.settings = dict(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(trust), **settings)

    def __enter__(self):
        self.arn = self.iam.create_role(**self.settings)["Role"]["Arn"]
        self.iam.attach_role_policy(RoleName=self.name, PolicyArn=ADMINISTRATOR)
        return self

    def __exit__(self, *_):
        self.iam.detach_role_policy(RoleName=self.name, PolicyArn=ADMINISTRATOR)
        self.iam.delete_role(RoleName=self.name)

    def assume(self, sts=None, **settings):
        return (sts or client("sts")).assume_role(**(dict(RoleArn=self.arn, RoleSessionName="night") | settings))


def a_role_is_worn_and_its_policies_count():
    with Role() as role:
        answer = role.assume()
        assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::000000000000:assumed-role/{role.name}/night", answer
        identity = session("sts", answer["Credentials"]).get_caller_identity()
        assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"], identity
        session("lambda", answer["Credentials"]).list_functions()
        role.iam.detach_role_policy(RoleName=role.name, PolicyArn=ADMINISTRATOR)
        refused(lambda: session("lambda", answer["Credentials"]).list_functions(), "AccessDeniedException", status=403)
        role.iam.attach_role_policy(RoleName=role.name, PolicyArn=ADMINISTRATOR)


def a_session_policy_narrows():
    with Role() as role:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]})
        answer = role.assume(Policy=policy)
        assert answer["PackedPolicySize"] > 0, answer
        session("iam", answer["Credentials"]).list_roles()
        refused(lambda: session("lambda", answer["Credentials"]).list_functions(), "AccessDeniedException",
                f"User: {answer['AssumedRoleUser']['Arn']} is not authorized to perform: lambda:ListFunctions on resource: * because no session policy "
                "allows the lambda:ListFunctions action", 403)


def a_session_dies_with_its_role():
    with Role() as role:
        credentials = role.assume()["Credentials"]
        session("sts", credentials).get_caller_identity()
    refused(session("sts", credentials).get_caller_identity, "InvalidClientTokenId", status=403)


def tags_travel_along_a_chain():
    with Role() as first, Role(principal=first.arn) as second:
        tags = dict(Tags=[{"Key": "team", "Value": "blue"}], TransitiveTagKeys=["team"])
        worn = session("sts", first.assume(**tags)["Credentials"])
        second.assume(worn)
        refused(lambda: second.assume(worn, **tags), "InvalidParameterValue",
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.", 400)
        refused(lambda: second.assume(worn, DurationSeconds=7200), "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", 400)


def another_account_may_only_while_both_sides_say_so():
    with Role(principal="111122223333") as role:
        role.assume(client("sts", "111122223333"))
        refused(lambda: role.assume(client("sts", "222233334444")), "AccessDenied",
                f"User: arn:aws:iam::222233334444:root is not authorized to perform: sts:AssumeRole on resource: {role.arn}", 403)


def users_get_session_and_federation_tokens():
    iam = client("iam")
    user = name("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sts = client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    own = session("sts", sts.get_session_token(DurationSeconds=900)["Credentials"])
    assert own.get_caller_identity()["Arn"].endswith(f":user/{user}")
    refused(lambda: sts.get_federation_token(Name="guest"), "AccessDenied", status=403)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:GetFederationToken", "lambda:ListFunctions", "lambda:ListLayers"], "Resource": "*"}]}))
    guest = sts.get_federation_token(Name="guest", Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:ListFunctions", "Resource": "*"}]}))
    assert guest["FederatedUser"]["Arn"] == "arn:aws:sts::000000000000:federated-user/guest", guest
    session("lambda", guest["Credentials"]).list_functions()
    refused(lambda: session("lambda", guest["Credentials"]).list_layers(), "AccessDeniedException", status=403)
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    refused(own.get_caller_identity, "InvalidClientTokenId", status=403)
    iam.delete_user_policy(UserName=user, PolicyName="p")
    iam.delete_user(UserName=user)


main({test.__name__: test for test in (
    a_role_is_worn_and_its_policies_count, a_session_policy_narrows, a_session_dies_with_its_role, tags_travel_along_a_chain,
    another_account_may_only_while_both_sides_say_so, users_get_session_and_federation_tokens)})
