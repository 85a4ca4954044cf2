using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Identities;

public sealed class RoleSessionsTests
{
    static CredentialStatus StatusOf(IdentityFixture identities, string accessKeyId, string token) =>
        identities.Credentials.Find(accessKeyId, token).Status;

    [Fact]
    public async Task A_session_proves_its_role_and_function()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        var session = identities.Issue();

        var found = identities.Credentials.Find(session.AccessKeyId, session.SessionToken);

        Assert.Equal(CredentialStatus.Valid, found.Status);
        var caller = found.Credential!.Caller;
        Assert.Equal("arn:aws:sts::000000000000:assumed-role/worker/resize", caller.Arn);
        Assert.Matches("^AROA[A-Z2-7]{17}:resize$", caller.UserId);
        Assert.Equal(CallerKind.AssumedRole, caller.Kind);
        Assert.Equal(session.AccessKeyId, caller.AccessKeyId);
        Assert.Equal(IdentityFixture.RoleArn, caller.RoleArn);
        Assert.Equal(IdentityFixture.FunctionArn, caller.SourceFunctionArn);
        Assert.Matches("^ASIA[A-Z2-7]{16}$", session.AccessKeyId);
        Assert.Equal(40, session.SecretAccessKey.Length);
        Assert.Equal(identities.Time.GetUtcNow().AddHours(6), session.Expiration);
    }

    [Fact]
    public async Task The_id_of_a_role_is_the_same_in_every_session_and_another_for_another_role()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        Assert.Equal(RoleIdOf(identities.Issue()), RoleIdOf(identities.Issue(sessionName: "other")));
        var other = identities.Sessions.Issue(IdentityFixture.Account, "arn:aws:iam::000000000000:role/worker", "s", null, TimeSpan.FromHours(1));
        Assert.NotEqual(RoleIdOf(identities.Issue()), RoleIdOf(other));

        string RoleIdOf(SessionCredentials session) =>
            identities.Credentials.Find(session.AccessKeyId, session.SessionToken).Credential!.Caller.UserId.Split(':')[0];
    }

    [Fact]
    public async Task A_session_ends_at_its_expiration_though_it_was_remembered()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        var session = identities.Issue(TimeSpan.FromMinutes(10));
        Assert.Equal(CredentialStatus.Valid, StatusOf(identities, session.AccessKeyId, session.SessionToken));
        identities.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal(CredentialStatus.Valid, StatusOf(identities, session.AccessKeyId, session.SessionToken));
        identities.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(CredentialStatus.Expired, StatusOf(identities, session.AccessKeyId, session.SessionToken));
    }

    [Fact]
    public async Task A_session_outlives_a_restart_of_its_own_installation_only()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        var session = identities.Issue();
        var restarted = new RoleSessions(identities.Instance, identities.Accounts, identities.Time);
        Assert.Equal(CredentialStatus.Valid, restarted.Find(session.AccessKeyId, session.SessionToken).Status);
        var elsewhere = new RoleSessions(new InstanceKey(new byte[32]), identities.Accounts, identities.Time);
        Assert.Equal(CredentialStatus.Unknown, elsewhere.Find(session.AccessKeyId, session.SessionToken).Status);
    }

    [Fact]
    public async Task A_token_belongs_to_its_key_and_no_byte_of_it_can_be_changed()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        var (mine, other) = (identities.Issue(), identities.Issue());
        Assert.Equal(CredentialStatus.Valid, StatusOf(identities, mine.AccessKeyId, mine.SessionToken));
        Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, mine.AccessKeyId, other.SessionToken));
        Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, "test", mine.SessionToken));
        Assert.NotEqual(mine.SecretAccessKey, other.SecretAccessKey);
        var token = Convert.FromBase64String(mine.SessionToken);
        for (var i = 0; i < token.Length; i++)
        {
            token[i] ^= 1;
            Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, mine.AccessKeyId, Convert.ToBase64String(token)));
            token[i] ^= 1;
        }

        for (var length = 0; length < mine.SessionToken.Length; length++)
            Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, mine.AccessKeyId, mine.SessionToken[..length]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("====")]
    [InlineData("AQ==")]
    [InlineData("Ag==")]
    [InlineData("not base 64!")]
    [InlineData("\u0000\ud800é")]
    public async Task Refuses_a_token_that_is_none(string token)
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, "ASIAQAAAAAAACEC7MMHZ", token));
        Assert.Equal(CredentialStatus.Unknown, StatusOf(identities, "é\ud800", token));
    }

    [Fact]
    public async Task Signs_with_the_secret_that_was_handed_out()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var session = fixture.Identities.Issue();
        var signer = new RequestSigner(session.AccessKeyId, session.SecretAccessKey, session.SessionToken);
        Assert.Null(fixture.Verify(signer.Sign("lambda", "GET", "/", "")));
        Assert.Equal("InvalidSignatureException", fixture.Verify((signer with { Secret = "test" }).Sign("lambda", "GET", "/", ""))!.Code);
        // The same key id with another token is another session, with another secret.
        var other = fixture.Identities.Issue();
        Assert.Equal(
            "UnrecognizedClientException", fixture.Verify((signer with { Token = other.SessionToken }).Sign("lambda", "GET", "/", ""))!.Code);
    }

    [Theory]
    [InlineData("f", "f@lambda_function")]
    [InlineData("fn", "fn")]
    public void One_letter_functions_get_a_longer_session_name(string function, string session) =>
        Assert.Equal(session, RoleSessions.SessionNameOf(function));
}
