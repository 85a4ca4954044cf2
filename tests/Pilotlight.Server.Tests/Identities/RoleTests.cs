using System.Net;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

public sealed class RoleTests : IAsyncLifetime
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
    public async Task A_created_role_shows_what_was_given_and_a_read_one_its_defaults_too()
    {
        var created = await _root.CreateRoleAsync("worker", IamClient.TrustLambda, ("Path", "/service-role/"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue"));
        Assert.Matches("^AROA[A-Z2-7]{17}$", created["RoleId"]);
        Assert.Equal("arn:aws:iam::000000000000:role/service-role/worker", created["Arn"]);
        Assert.Equal(IamClient.TrustLambda, Uri.UnescapeDataString(created["AssumeRolePolicyDocument"]));
        Assert.StartsWith("%7B%22Version%22", created["AssumeRolePolicyDocument"]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", created["CreateDate"]);
        Assert.False(created.Has("MaxSessionDuration"));
        Assert.False(created.Has("Description"));

        var read = (await _root.IamAsync("GetRole", ("RoleName", "worker"))).Ok();
        Assert.Equal(created["RoleId"], read["RoleId"]);
        Assert.Equal("3600", read["MaxSessionDuration"]);
        Assert.Equal("blue", read["Value"]);
    }

    [Fact]
    public async Task Refuses_in_the_words_of_IAM()
    {
        await _root.CreateRoleAsync("worker");
        (await _root.IamAsync("CreateRole", ("RoleName", "Worker"), ("AssumeRolePolicyDocument", IamClient.TrustLambda)))
            .Refused(HttpStatusCode.Conflict, "EntityAlreadyExists", "Role with name Worker already exists.");
        (await _root.IamAsync("GetRole", ("RoleName", "Worker"))).Refused(HttpStatusCode.NotFound, "NoSuchEntity", "The role with name Worker cannot be found.");
        (await _root.IamAsync("GetRole", ("RoleName", "a/b"))).Refused(HttpStatusCode.BadRequest, "ValidationError",
            @"1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+");
        (await _root.IamAsync("GetRole", ("RoleName", "é"))).Refused(HttpStatusCode.BadRequest, "ValidationError",
            @"1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+");
        (await _root.IamAsync("GetRole")).Refused(HttpStatusCode.BadRequest, "ValidationError",
            "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null");
        (await _root.IamAsync("CreateRole", ("RoleName", "other"), ("AssumeRolePolicyDocument", "{"))).Refused(
            HttpStatusCode.BadRequest, "MalformedPolicyDocument", "This policy contains invalid Json");
        (await _root.IamAsync("CreateRole", ("RoleName", "other"), ("AssumeRolePolicyDocument", IamClient.AllowS3))).Refused(
            HttpStatusCode.BadRequest, "MalformedPolicyDocument", "Has prohibited field Resource");
        (await _root.IamAsync("GetRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"))).Refused(
            HttpStatusCode.NotFound, "NoSuchEntity", "The role policy with name p cannot be found.");
        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", "this is no ARN, but long enough"))).Refused(
            HttpStatusCode.BadRequest, "ValidationError", "Invalid ARN:  Could not be parsed!");
        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", "arn:aws:iam::aws:policy/Nothing"))).Refused(
            HttpStatusCode.NotFound, "NoSuchEntity", "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.");
        (await _root.IamAsync("Nonsense")).Refused(HttpStatusCode.BadRequest, "InvalidAction", "Could not find operation Nonsense for version 2010-05-08");
    }

    [Fact]
    public async Task Is_deleted_only_after_all_that_hangs_on_it()
    {
        const string readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        await _root.CreateRoleAsync("worker");
        (await _root.IamAsync("PutRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"), ("PolicyDocument", IamClient.AllowS3))).Ok();
        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", readOnly))).Ok();
        (await _root.IamAsync("CreateInstanceProfile", ("InstanceProfileName", "ip"))).Ok();
        (await _root.IamAsync("AddRoleToInstanceProfile", ("InstanceProfileName", "ip"), ("RoleName", "worker"))).Ok();
        Task<IamAnswer> DeleteAsync() => _root.IamAsync("DeleteRole", ("RoleName", "worker"));

        (await DeleteAsync()).Refused(HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
        (await _root.IamAsync("RemoveRoleFromInstanceProfile", ("InstanceProfileName", "ip"), ("RoleName", "worker"))).Ok();
        (await DeleteAsync()).Refused(HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
        (await _root.IamAsync("DetachRolePolicy", ("RoleName", "worker"), ("PolicyArn", readOnly))).Ok();
        (await DeleteAsync()).Refused(HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete entity, must delete policies first.");
        (await _root.IamAsync("DeleteRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"))).Ok();
        (await DeleteAsync()).Ok();
        (await DeleteAsync()).Refused(HttpStatusCode.NotFound, "NoSuchEntity", "The role with name worker cannot be found.");
    }

    [Fact]
    public async Task Quotas_are_kept()
    {
        await _root.CreateRoleAsync("worker");
        for (var number = 0; number < 10; number++)
        {
            var policy = (await _root.IamAsync("CreatePolicy", ("PolicyName", $"p{number}"), ("PolicyDocument", IamClient.AllowS3))).Ok();
            (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", policy["Arn"]))).Ok();
        }

        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")))
            .Refused(HttpStatusCode.Conflict, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10");
        var large = IamClient.AllowS3.Replace("\"*\"", $"\"arn:aws:s3:::{new string('a', 10_200)}\"");
        (await _root.IamAsync("PutRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"), ("PolicyDocument", large)))
            .Refused(HttpStatusCode.Conflict, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role worker");
        var spaced = IamClient.AllowS3.Replace("{", "{" + new string(' ', 6_000));
        (await _root.IamAsync("PutRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"), ("PolicyDocument", spaced))).Ok();
    }

    [Fact]
    public async Task Lists_come_in_pages_and_by_path()
    {
        foreach (var name in new[] { "c", "A", "b" })
            await _root.CreateRoleAsync(name, IamClient.TrustLambda, ("Path", name == "b" ? "/team/" : "/"));
        var first = (await _root.IamAsync("ListRoles", ("MaxItems", "2"))).Ok();
        Assert.Equal(["A", "b"], first.All("RoleName"));
        Assert.Equal("true", first["IsTruncated"]);
        var second = (await _root.IamAsync("ListRoles", ("MaxItems", "2"), ("Marker", first["Marker"]))).Ok();
        Assert.Equal(["c"], second.All("RoleName"));
        Assert.Equal("false", second["IsTruncated"]);
        Assert.False(second.Has("Marker"));
        Assert.Equal(["b"], (await _root.IamAsync("ListRoles", ("PathPrefix", "/te"))).Ok().All("RoleName"));
        (await _root.IamAsync("ListRoles", ("Marker", "!"))).Refused(HttpStatusCode.BadRequest, "ValidationError", "Invalid Marker.");
        (await _root.IamAsync("ListRoles", ("MaxItems", "0"))).Refused(HttpStatusCode.BadRequest, "ValidationError",
            "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1");
        Assert.Equal("MalformedInput", (await _root.IamAsync("ListRoles", ("MaxItems", "many")))["Code"]);
    }

    [Fact]
    public async Task Tags_differ_by_more_than_case_and_are_replaced_and_removed()
    {
        await _root.CreateRoleAsync("worker", IamClient.TrustLambda, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue"));
        (await _root.IamAsync("TagRole", ("RoleName", "worker"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", ""), ("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "")))
            .Refused(HttpStatusCode.BadRequest, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        (await _root.IamAsync("TagRole", ("RoleName", "worker"), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red"))).Ok();
        Assert.Equal(["red"], (await _root.IamAsync("ListRoleTags", ("RoleName", "worker"))).Ok().All("Value"));
        (await _root.IamAsync("UntagRole", ("RoleName", "worker"), ("TagKeys.member.1", "team"))).Ok();
        Assert.Empty((await _root.IamAsync("ListRoleTags", ("RoleName", "worker"))).Ok().All("Value"));
    }

    [Fact]
    public async Task Everything_survives_a_restart()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        string roleId;
        IamClient user;
        await using (var first = await IamClient.StartAsync(folder))
        {
            var root = new IamClient(first);
            roleId = (await root.CreateRoleAsync("worker"))["RoleId"];
            (await root.IamAsync("PutRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"), ("PolicyDocument", IamClient.AllowS3))).Ok();
            (await root.IamAsync("CreateGroup", ("GroupName", "g"))).Ok();
            user = await root.CreateUserAsync("ann");
            (await root.IamAsync("AddUserToGroup", ("GroupName", "g"), ("UserName", "ann"))).Ok();
            (await root.IamAsync("CreateAccountAlias", ("AccountAlias", "home"))).Ok();
            await root.CreateRoleAsync("gone");
            (await root.IamAsync("DeleteRole", ("RoleName", "gone"))).Ok();
        }

        await using (var second = await IamClient.StartAsync(folder))
        {
            var root = new IamClient(second);
            Assert.Equal([roleId], (await root.IamAsync("ListRoles")).Ok().All("RoleId"));
            Assert.Equal(IamClient.AllowS3, Uri.UnescapeDataString((await root.IamAsync("GetRolePolicy", ("RoleName", "worker"), ("PolicyName", "p"))).Ok()["PolicyDocument"]));
            Assert.Equal("ann", (await root.IamAsync("GetGroup", ("GroupName", "g"))).Ok()["UserName"]);
            Assert.Equal(["home"], (await root.IamAsync("ListAccountAliases")).Ok().All("member"));
            Assert.EndsWith(":user/ann", (await user.On(second).StsAsync("GetCallerIdentity")).Ok()["Arn"]);
        }

        Directory.Delete(folder, recursive: true);
    }
}
