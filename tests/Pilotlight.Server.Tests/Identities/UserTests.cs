using System.Net;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

public sealed class UserTests : IAsyncLifetime
{
    PilotlightServer _server = null!;
    IamClient _root = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await IamClient.StartAsync();
        _root = new IamClient(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_key_proves_its_user_until_it_is_deactivated_or_deleted()
    {
        var ann = await _root.CreateUserAsync("ann");
        var identity = (await ann.StsAsync("GetCallerIdentity")).Ok();
        Assert.Equal("arn:aws:iam::000000000000:user/ann", identity["Arn"]);
        Assert.Matches("^AIDA[A-Z2-7]{17}$", identity["UserId"]);

        (await _root.IamAsync("UpdateAccessKey", ("UserName", "ann"), ("AccessKeyId", ann.AccessKeyId), ("Status", "Inactive"))).Ok();
        Assert.Equal("InvalidClientTokenId", (await ann.StsAsync("GetCallerIdentity"))["Code"]);
        (await _root.IamAsync("UpdateAccessKey", ("UserName", "ann"), ("AccessKeyId", ann.AccessKeyId), ("Status", "Active"))).Ok();
        (await ann.StsAsync("GetCallerIdentity")).Ok();
        (await _root.IamAsync("DeleteAccessKey", ("UserName", "ann"), ("AccessKeyId", ann.AccessKeyId))).Ok();
        Assert.Equal("InvalidClientTokenId", (await ann.StsAsync("GetCallerIdentity"))["Code"]);
    }

    [Fact]
    public async Task The_last_use_of_a_key_is_kept()
    {
        var ann = await _root.CreateUserAsync("ann");
        Assert.Equal("N/A", (await _root.IamAsync("GetAccessKeyLastUsed", ("AccessKeyId", ann.AccessKeyId))).Ok()["ServiceName"]);
        await ann.StsAsync("GetCallerIdentity");
        var used = (await _root.IamAsync("GetAccessKeyLastUsed", ("AccessKeyId", ann.AccessKeyId))).Ok();
        Assert.Equal(("sts", "us-east-1", "ann"), (used["ServiceName"], used["Region"], used["UserName"]));
        Assert.True(used.Has("LastUsedDate"));
    }

    [Fact]
    public async Task A_user_has_two_keys_at_most_and_goes_only_without_any()
    {
        var ann = await _root.CreateUserAsync("ann");
        var second = (await _root.IamAsync("CreateAccessKey", ("UserName", "ann"))).Ok();
        (await _root.IamAsync("CreateAccessKey", ("UserName", "ann"))).Refused(
            HttpStatusCode.Conflict, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2");
        (await _root.IamAsync("DeleteUser", ("UserName", "ann"))).Refused(
            HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete entity, must delete access keys first.");
        foreach (var id in new[] { ann.AccessKeyId, second["AccessKeyId"] })
            (await _root.IamAsync("DeleteAccessKey", ("UserName", "ann"), ("AccessKeyId", id))).Ok();
        (await _root.IamAsync("DeleteAccessKey", ("UserName", "ann"), ("AccessKeyId", ann.AccessKeyId))).Refused(
            HttpStatusCode.NotFound, "NoSuchEntity", $"The Access Key with id {ann.AccessKeyId} cannot be found.");
        (await _root.IamAsync("DeleteUser", ("UserName", "ann"))).Ok();
        (await _root.IamAsync("GetUser", ("UserName", "ann"))).Refused(HttpStatusCode.NotFound, "NoSuchEntity", "The user with name ann cannot be found.");
    }

    [Fact]
    public async Task A_renamed_user_keeps_its_id_its_keys_and_its_groups()
    {
        var ann = await _root.CreateUserAsync("ann");
        (await _root.IamAsync("CreateGroup", ("GroupName", "g"))).Ok();
        (await _root.IamAsync("AddUserToGroup", ("GroupName", "g"), ("UserName", "ann"))).Ok();
        var id = (await ann.StsAsync("GetCallerIdentity")).Ok()["UserId"];
        (await _root.IamAsync("UpdateUser", ("UserName", "ann"), ("NewUserName", "bea"), ("NewPath", "/team/"))).Ok();
        (await _root.IamAsync("UpdateGroup", ("GroupName", "g"), ("NewGroupName", "h"))).Ok();
        var identity = (await ann.StsAsync("GetCallerIdentity")).Ok();
        Assert.Equal((id, "arn:aws:iam::000000000000:user/team/bea"), (identity["UserId"], identity["Arn"]));
        Assert.Equal("h", (await _root.IamAsync("ListGroupsForUser", ("UserName", "bea"))).Ok()["GroupName"]);
        (await _root.IamAsync("DeleteGroup", ("GroupName", "h"))).Refused(
            HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete entity, must remove users from group first.");
        Assert.Equal("NoSuchEntity", (await _root.IamAsync("GetUser", ("UserName", "ann")))["Code"]);
    }

    [Fact]
    public async Task What_force_destroy_asks_for_is_empty_or_absent()
    {
        await _root.CreateUserAsync("ann");
        foreach (var action in new[] { "ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials" })
            Assert.Equal("false", (await _root.IamAsync(action, ("UserName", "ann"))).Ok()["IsTruncated"]);
        (await _root.IamAsync("ListVirtualMFADevices")).Ok();
        (await _root.IamAsync("DeleteLoginProfile", ("UserName", "ann"))).Refused(
            HttpStatusCode.NotFound, "NoSuchEntity", "Login Profile for User ann cannot be found.");
    }

    [Fact]
    public async Task Tags_at_the_making_need_the_permission_to_tag()
    {
        var ann = await _root.CreateUserAsync("ann");
        await AllowAsync("iam:CreateRole");
        (string, string)[] role = [("RoleName", "worker"), ("AssumeRolePolicyDocument", IamClient.TrustLambda), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
        Assert.Contains("is not authorized to perform: iam:TagRole on resource: arn:aws:iam::000000000000:role/worker", (await ann.IamAsync("CreateRole", role))["Message"]);
        await AllowAsync("iam:*Role");
        (await ann.IamAsync("CreateRole", role)).Ok();

        async Task AllowAsync(string action) => (await _root.IamAsync("PutUserPolicy", ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument",
            $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{action}}","Resource":"*"}]}"""))).Ok();
    }

    [Fact]
    public async Task Accounts_do_not_see_each_other()
    {
        await _root.CreateUserAsync("ann");
        var other = new IamClient(_server, "111122223333");
        Assert.Equal("arn:aws:iam::111122223333:root", (await other.StsAsync("GetCallerIdentity")).Ok()["Arn"]);
        Assert.Empty((await other.IamAsync("ListUsers")).Ok().All("UserName"));
        var ann = await other.CreateUserAsync("ann");
        Assert.Equal("111122223333", (await ann.StsAsync("GetCallerIdentity")).Ok()["Account"]);
        Assert.Equal("InvalidClientTokenId", (await new IamClient(_server, "11112222333").StsAsync("GetCallerIdentity"))["Code"]);
        Assert.Equal("SignatureDoesNotMatch", (await new IamClient(_server, "111122223333", "other").StsAsync("GetCallerIdentity"))["Code"]);
    }
}
