using System.Net;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

public sealed class ManagedPolicyTests : IAsyncLifetime
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
    public async Task Has_up_to_five_versions_whose_numbers_are_never_used_again()
    {
        var arn = (await _root.IamAsync("CreatePolicy", ("PolicyName", "p"), ("PolicyDocument", IamClient.AllowS3), ("Description", "d"))).Ok()["Arn"];
        for (var number = 2; number <= 5; number++)
            Assert.Equal($"v{number}", (await NewVersionAsync(number == 5)).Ok()["VersionId"]);
        (await NewVersionAsync(false)).Refused(HttpStatusCode.Conflict, "LimitExceeded",
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
        (await VersionAsync("DeletePolicyVersion", "v5")).Refused(
            HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete the default version of a policy.");
        (await VersionAsync("SetDefaultPolicyVersion", "v1")).Ok();
        (await VersionAsync("DeletePolicyVersion", "v5")).Ok();
        Assert.Equal("v6", (await NewVersionAsync(false)).Ok()["VersionId"]);
        Assert.Equal(["v6", "v4", "v3", "v2", "v1"], (await _root.IamAsync("ListPolicyVersions", ("PolicyArn", arn))).Ok().All("VersionId"));
        (await _root.IamAsync("DeletePolicy", ("PolicyArn", arn))).Refused(HttpStatusCode.Conflict, "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
        foreach (var version in new[] { "v2", "v3", "v4", "v6" })
            (await VersionAsync("DeletePolicyVersion", version)).Ok();
        (await _root.IamAsync("DeletePolicy", ("PolicyArn", arn))).Ok();
        (await _root.IamAsync("GetPolicy", ("PolicyArn", arn))).Refused(HttpStatusCode.NotFound, "NoSuchEntity", $"Policy {arn} was not found.");

        Task<IamAnswer> NewVersionAsync(bool asDefault) => _root.IamAsync(
            "CreatePolicyVersion", ("PolicyArn", arn), ("PolicyDocument", IamClient.AllowS3), ("SetAsDefault", asDefault ? "true" : "false"));

        Task<IamAnswer> VersionAsync(string action, string version) => _root.IamAsync(action, ("PolicyArn", arn), ("VersionId", version));
    }

    [Fact]
    public async Task Those_of_AWS_can_be_read_listed_and_attached_and_not_changed()
    {
        const string arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        var policy = (await _root.IamAsync("GetPolicy", ("PolicyArn", arn))).Ok();
        Assert.Equal(("/service-role/", "0"), (policy["Path"], policy["AttachmentCount"]));
        Assert.Contains("logs:PutLogEvents", Uri.UnescapeDataString(
            (await _root.IamAsync("GetPolicyVersion", ("PolicyArn", arn), ("VersionId", policy["DefaultVersionId"]))).Ok()["Document"]));
        await _root.CreateRoleAsync("worker");
        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", arn))).Ok();
        Assert.Equal([arn], (await _root.IamAsync("ListPolicies", ("Scope", "AWS"), ("OnlyAttached", "true"))).Ok().All("Arn"));
        Assert.Equal(["worker"], (await _root.IamAsync("ListEntitiesForPolicy", ("PolicyArn", arn))).Ok().All("RoleName"));
        Assert.Equal("AccessDenied", (await _root.IamAsync("DeletePolicy", ("PolicyArn", arn)))["Code"]);
        Assert.Empty((await _root.IamAsync("ListPolicies", ("Scope", "Local"))).Ok().All("Arn"));
    }

    [Fact]
    public async Task A_boundary_is_a_policy_that_exists_and_cannot_be_deleted_while_it_bounds()
    {
        var arn = (await _root.IamAsync("CreatePolicy", ("PolicyName", "p"), ("PolicyDocument", IamClient.AllowS3))).Ok()["Arn"];
        await _root.CreateRoleAsync("worker", IamClient.TrustLambda, ("PermissionsBoundary", arn));
        Assert.Equal(arn, (await _root.IamAsync("GetRole", ("RoleName", "worker"))).Ok()["PermissionsBoundaryArn"]);
        Assert.Equal("1", (await _root.IamAsync("GetPolicy", ("PolicyArn", arn))).Ok()["PermissionsBoundaryUsageCount"]);
        (await _root.IamAsync("DeletePolicy", ("PolicyArn", arn))).Refused(
            HttpStatusCode.Conflict, "DeleteConflict", "Cannot delete a policy attached to entities.");
        (await _root.IamAsync("DeleteRolePermissionsBoundary", ("RoleName", "worker"))).Ok();
        (await _root.IamAsync("DeletePolicy", ("PolicyArn", arn))).Ok();
        Assert.Equal("NoSuchEntity", (await _root.IamAsync("PutRolePermissionsBoundary", ("RoleName", "worker"), ("PermissionsBoundary", arn)))["Code"]);
    }
}
