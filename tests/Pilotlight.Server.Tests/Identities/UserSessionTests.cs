using System.Net;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

/// <summary>GetSessionToken and GetFederationToken: sessions of users, which die with the key that asked for them.</summary>
public sealed class UserSessionTests : IAsyncLifetime
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
    public async Task A_session_token_is_the_user_itself_without_IAM_and_without_further_sessions()
    {
        var ann = await _root.CreateUserAsync("ann");
        var session = ann.With((await ann.StsAsync("GetSessionToken")).Ok());
        Assert.Equal("arn:aws:iam::000000000000:user/ann", (await session.StsAsync("GetCallerIdentity")).Ok()["Arn"]);
        (await session.StsAsync("GetSessionToken")).Refused(HttpStatusCode.Forbidden, "AccessDenied", "Cannot call GetSessionToken with session credentials");
        var root = _root.With((await _root.StsAsync("GetSessionToken")).Ok());
        (await root.IamAsync("ListUsers")).Refused(HttpStatusCode.Forbidden, "InvalidClientTokenId", "The security token included in the request is invalid");
        Assert.Equal("AccessDenied", (await ann.StsAsync("GetSessionToken", ("SerialNumber", "arn:aws:iam::000000000000:mfa/ann"), ("TokenCode", "123456")))["Code"]);
    }

    [Fact]
    public async Task It_dies_with_the_key_that_asked_for_it()
    {
        var ann = await _root.CreateUserAsync("ann");
        var session = ann.With((await ann.StsAsync("GetSessionToken")).Ok());
        (await session.StsAsync("GetCallerIdentity")).Ok();
        (await _root.IamAsync("UpdateAccessKey", ("UserName", "ann"), ("AccessKeyId", ann.AccessKeyId), ("Status", "Inactive"))).Ok();
        Assert.Equal("InvalidClientTokenId", (await session.StsAsync("GetCallerIdentity"))["Code"]);
    }

    [Fact]
    public async Task A_federated_user_has_a_name_of_its_own_and_needs_the_permission()
    {
        var ann = await _root.CreateUserAsync("ann");
        Assert.Equal("AccessDenied", (await ann.StsAsync("GetFederationToken", ("Name", "guest")))["Code"]);
        var answer = (await _root.StsAsync("GetFederationToken", ("Name", "guest"), ("Policy", IamClient.AllowS3))).Ok();
        Assert.Equal("000000000000:guest", answer["FederatedUserId"]);
        Assert.True(int.Parse(answer["PackedPolicySize"]) > 0);
        Assert.Equal("arn:aws:sts::000000000000:federated-user/guest", (await _root.With(answer).StsAsync("GetCallerIdentity")).Ok()["Arn"]);
    }
}
