"""IAM as boto3 sees it: nouns, errors, paging, and the permissions that follow."""
import json

from harness import client, eventually, main, name, refused

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
LAMBDA_BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def allow(action, resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


class Cleaner:
    """Deletes in reverse what a test made."""

    def __init__(self):
        self.iam = client("iam")
        self.undo = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for call, arguments in reversed(self.undo):
            call(**arguments)

    def later(self, call, **arguments):
        self.undo.append((call, arguments))

    def role(self, trust=None, **settings):
        role = self.iam.create_role(RoleName=name("role"), AssumeRolePolicyDocument=json.dumps(trust or TRUST), **settings)["Role"]
        self.later(self.iam.delete_role, RoleName=role["RoleName"])
        return role

    def user(self, **settings):
        user = self.iam.create_user(UserName=name("user"), **settings)["User"]
        self.later(self.iam.delete_user, UserName=user["UserName"])
        return user

    def key(self, user):
        key = self.iam.create_access_key(UserName=user["UserName"])["AccessKey"]
        self.later(self.iam.delete_access_key, UserName=user["UserName"], AccessKeyId=key["AccessKeyId"])
        return key

    def policy(self, document, **settings):
        policy = self.iam.create_policy(PolicyName=name("policy"), PolicyDocument=document, **settings)["Policy"]
        self.later(self.iam.delete_policy, PolicyArn=policy["Arn"])
        return policy


def roles_are_created_read_changed_and_deleted():
    iam = client("iam")
    role_name = name("role")
    created = iam.create_role(
        RoleName=role_name, Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST), Description="d", Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert created["Arn"] == f"arn:aws:iam::000000000000:role/team/{role_name}", created
    assert created["AssumeRolePolicyDocument"] == TRUST, created
    assert created["RoleId"].startswith("AROA") and len(created["RoleId"]) == 21, created
    assert "MaxSessionDuration" not in created, created
    iam.update_role(RoleName=role_name, MaxSessionDuration=7200)
    read = iam.get_role(RoleName=role_name)["Role"]
    assert (read["MaxSessionDuration"], read.get("Description"), read["Tags"]) == (7200, None, [{"Key": "a", "Value": "b"}]), read
    iam.get_waiter("role_exists").wait(RoleName=role_name)
    iam.update_assume_role_policy(RoleName=role_name, PolicyDocument=json.dumps(dict(TRUST, Id="x")))
    assert iam.get_role(RoleName=role_name)["Role"]["AssumeRolePolicyDocument"]["Id"] == "x"
    iam.delete_role(RoleName=role_name)
    refused(lambda: iam.get_role(RoleName=role_name), "NoSuchEntity", f"The role with name {role_name} cannot be found.", 404)


def policies_have_versions_and_attachments():
    with Cleaner() as made:
        iam = made.iam
        role = made.role()
        policy = made.policy(allow("s3:GetObject"), Description="d")
        arn = policy["Arn"]
        assert (policy["DefaultVersionId"], policy["AttachmentCount"], "Description" in policy) == ("v1", 0, False), policy
        assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"), SetAsDefault=True)["PolicyVersion"]["VersionId"] == "v2"
        document = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
        assert document["Statement"][0]["Action"] == "s3:*", document
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        for attached in (arn, LAMBDA_BASIC):
            iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=attached)
            made.later(iam.detach_role_policy, RoleName=role["RoleName"], PolicyArn=attached)
        listed = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert {each["PolicyArn"] for each in listed} == {arn, LAMBDA_BASIC}, listed
        assert [each["RoleName"] for each in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]] == [role["RoleName"]]
        refused(lambda: iam.delete_policy(PolicyArn=arn), "DeleteConflict", "Cannot delete a policy attached to entities.", 409)
        refused(lambda: iam.create_policy(PolicyName=policy["PolicyName"], PolicyDocument=allow("s3:*")), "EntityAlreadyExists",
                f"A policy called {policy['PolicyName']} already exists. Duplicate names are not allowed.", 409)


def lists_are_paginated():
    with Cleaner() as made:
        path = f"/{name('p')}/"
        names = sorted(made.role(Path=path)["RoleName"] for _ in range(5))
        pages = list(made.iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
        assert len(pages) == 3, pages
        assert [role["RoleName"] for page in pages for role in page["Roles"]] == names
        everything = list(made.iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
        assert set(names) <= {role["RoleName"] for page in everything for role in page["RoleDetailList"]}
        aws = {policy["Arn"] for page in made.iam.get_paginator("list_policies").paginate(Scope="AWS") for policy in page["Policies"]}
        assert LAMBDA_BASIC in aws and "arn:aws:iam::aws:policy/AdministratorAccess" in aws


def a_user_may_what_its_groups_and_policies_say():
    with Cleaner() as made:
        iam = made.iam
        user = made.user()
        key = made.key(user)
        functions = client("lambda", key["AccessKeyId"], key["SecretAccessKey"])
        refused(lambda: functions.list_functions(), "AccessDeniedException", status=403)
        group = name("group")
        iam.create_group(GroupName=group)
        made.later(iam.delete_group, GroupName=group)
        iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=allow("lambda:List*"))
        made.later(iam.delete_group_policy, GroupName=group, PolicyName="p")
        iam.add_user_to_group(GroupName=group, UserName=user["UserName"])
        made.later(iam.remove_user_from_group, GroupName=group, UserName=user["UserName"])
        functions.list_functions()
        boundary = made.policy(allow("s3:*"))
        iam.put_user_permissions_boundary(UserName=user["UserName"], PermissionsBoundary=boundary["Arn"])
        refused(lambda: functions.list_functions(), "AccessDeniedException", status=403)
        iam.delete_user_permissions_boundary(UserName=user["UserName"])
        functions.list_functions()
        iam.update_access_key(UserName=user["UserName"], AccessKeyId=key["AccessKeyId"], Status="Inactive")
        refused(lambda: functions.list_functions(), "UnrecognizedClientException", "The security token included in the request is invalid.", 403)


def a_user_manages_its_own_keys():
    with Cleaner() as made:
        user = made.user()
        key = made.key(user)
        made.iam.put_user_policy(UserName=user["UserName"], PolicyName="self", PolicyDocument=allow(
            ["iam:GetUser", "iam:ListAccessKeys"], "arn:aws:iam::*:user/${aws:username}"))
        made.later(made.iam.delete_user_policy, UserName=user["UserName"], PolicyName="self")
        own = client("iam", key["AccessKeyId"], key["SecretAccessKey"])
        assert own.get_user()["User"]["UserId"] == user["UserId"]
        assert own.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]
        other = made.user()
        refused(lambda: own.get_user(UserName=other["UserName"]), "AccessDenied",
                f"User: {user['Arn']} is not authorized to perform: iam:GetUser on resource: {other['Arn']} "
                "because no identity-based policy allows the iam:GetUser action", 403)
        used = eventually(lambda: made.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"])
        assert (used["ServiceName"], used["Region"]) == ("iam", "us-east-1"), used


def what_a_policy_may_attach_can_be_limited():
    with Cleaner() as made:
        user, role = made.user(), made.role()
        key = made.key(user)
        document = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"], "Resource": "*",
            "Condition": {"ArnEquals": {"iam:PolicyARN": LAMBDA_BASIC}}}]})
        made.iam.put_user_policy(UserName=user["UserName"], PolicyName="p", PolicyDocument=document)
        made.later(made.iam.delete_user_policy, UserName=user["UserName"], PolicyName="p")
        own = client("iam", key["AccessKeyId"], key["SecretAccessKey"])
        own.attach_role_policy(RoleName=role["RoleName"], PolicyArn=LAMBDA_BASIC)
        refused(lambda: own.attach_role_policy(RoleName=role["RoleName"], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"), "AccessDenied", status=403)
        own.detach_role_policy(RoleName=role["RoleName"], PolicyArn=LAMBDA_BASIC)


def roles_are_made_only_within_a_boundary():
    with Cleaner() as made:
        user, bounded, free = made.user(), made.role(Tags=[{"Key": "team", "Value": "blue"}]), made.role()
        key, boundary = made.key(user), made.policy(allow("s3:*"))
        made.iam.put_role_permissions_boundary(RoleName=bounded["RoleName"], PermissionsBoundary=boundary["Arn"])
        made.later(made.iam.delete_role_permissions_boundary, RoleName=bounded["RoleName"])
        document = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["iam:PutRolePolicy", "iam:DeleteRolePolicy"], "Resource": "*",
             "Condition": {"ArnEquals": {"iam:PermissionsBoundary": boundary["Arn"]}}},
            {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue"}}}]})
        made.iam.put_user_policy(UserName=user["UserName"], PolicyName="p", PolicyDocument=document)
        made.later(made.iam.delete_user_policy, UserName=user["UserName"], PolicyName="p")
        own = client("iam", key["AccessKeyId"], key["SecretAccessKey"])
        own.get_role(RoleName=bounded["RoleName"])
        refused(lambda: own.get_role(RoleName=free["RoleName"]), "AccessDenied", status=403)
        own.put_role_policy(RoleName=bounded["RoleName"], PolicyName="p", PolicyDocument=allow("s3:*"))
        refused(lambda: own.put_role_policy(RoleName=free["RoleName"], PolicyName="p", PolicyDocument=allow("s3:*")), "AccessDenied", status=403)
        own.delete_role_policy(RoleName=bounded["RoleName"], PolicyName="p")


def instance_profiles_carry_one_role():
    with Cleaner() as made:
        iam, role = made.iam, made.role()
        profile = name("profile")
        iam.create_instance_profile(InstanceProfileName=profile)
        made.later(iam.delete_instance_profile, InstanceProfileName=profile)
        iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role["RoleName"])
        made.later(iam.remove_role_from_instance_profile, InstanceProfileName=profile, RoleName=role["RoleName"])
        iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=profile)
        assert iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"][0]["Arn"] == role["Arn"]
        assert len(iam.list_instance_profiles_for_role(RoleName=role["RoleName"])["InstanceProfiles"]) == 1


def the_account_has_an_alias_a_summary_and_a_password_policy():
    iam = client("iam", "444455556666")
    iam.create_account_alias(AccountAlias="pilot-light")
    assert iam.list_account_aliases()["AccountAliases"] == ["pilot-light"]
    iam.delete_account_alias(AccountAlias="pilot-light")
    assert iam.list_account_aliases()["AccountAliases"] == []
    refused(iam.get_account_password_policy, "NoSuchEntity", "The Password Policy with domain name 444455556666 cannot be found.", 404)
    iam.update_account_password_policy(MinimumPasswordLength=12, MaxPasswordAge=90)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["ExpirePasswords"]) == (12, True), policy
    iam.delete_account_password_policy()
    assert iam.get_account_summary()["SummaryMap"]["Roles"] == 0


main({test.__name__: test for test in (
    roles_are_created_read_changed_and_deleted, policies_have_versions_and_attachments, lists_are_paginated,
    a_user_may_what_its_groups_and_policies_say, a_user_manages_its_own_keys, what_a_policy_may_attach_can_be_limited,
    roles_are_made_only_within_a_boundary,    instance_profiles_carry_one_role, the_account_has_an_alias_a_summary_and_a_password_policy)})
