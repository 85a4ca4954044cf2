using Pilotlight.Api;
using Pilotlight.Iam;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html</summary>
static class AssumeRoleWithWebIdentity
{
    const int DefaultSeconds = 3_600;

    public static QueryModel Model { get; } = new(
    [
        RequiredBody("RoleArn", StsShapes.Arn), RequiredBody("RoleSessionName", StsShapes.SessionName),
        RequiredBody("WebIdentityToken", StsShapes.WebIdentityToken), Body("ProviderId", StsShapes.Url), .. StsShapes.SessionPolicies,
        Body("DurationSeconds", StsShapes.RoleDuration),
    ]);

    /// <summary>Not signed: the token is the proof.</summary>
    public static async ValueTask<AwsResult> Handle(StsRequest request)
    {
        var roleArn = request["RoleArn"];
        var accountId = AssumeRole.AccountOf(roleArn);
        var limits = request.Limits(accountId);
        var identity = await request.Services.WebIdentities.VerifyAsync(
            request.Services.Accounts.Find(accountId), request["WebIdentityToken"], request.Aws.Aborted);
        if (request.Services.Accounts.FindRole(roleArn) is not { } role || !IsTrusted(request, role, identity, limits))
            return StsErrors.AccessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
        var seconds = request.Number("DurationSeconds") ?? DefaultSeconds;
        if (AssumeRole.TooLong(role, seconds) is { } tooLong)
            return tooLong;
        return AssumeRole.Issue(request, role, limits, seconds, sourceIdentity: null, identity.Provider.Arn, xml =>
        {
            xml.Text("SubjectFromWebIdentityToken", identity.Subject);
            xml.Text("Provider", identity.Issuer);
            xml.Text("Audience", identity.Audience);
        });
    }

    static bool IsTrusted(StsRequest request, Role role, WebIdentity identity, SessionLimits limits)
    {
        var principal = new Principal
        {
            Kind = PrincipalKind.WebIdentity,
            Arn = identity.Provider.Arn,
            AccountId = "",
            UserId = identity.Subject,
            SessionKeys = ConditionTable.From(
            [
                new($"{identity.Provider.Name}:sub", identity.Subject), new($"{identity.Provider.Name}:aud", identity.Audience),
                new("aws:FederatedProvider", identity.Provider.Arn),
            ]),
        };
        return AssumeRole.IsAllowed(
            request, role, principal, PrincipalPolicies.None, new AssumeRoleKeys(request, role, limits), "sts:AssumeRoleWithWebIdentity");
    }
}
