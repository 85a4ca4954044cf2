using System.Text.RegularExpressions;
using Pilotlight.Api;
using Pilotlight.Iam;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html</summary>
static partial class AssumeRole
{
    const int DefaultSeconds = 3_600;
    const int MaxChainedSeconds = 3_600;

    public static QueryModel Model { get; } = new(
    [
        RequiredBody("RoleArn", StsShapes.Arn), RequiredBody("RoleSessionName", StsShapes.SessionName), .. StsShapes.SessionPolicies,
        Body("DurationSeconds", StsShapes.RoleDuration), Body("Tags", IamShapes.Tags), Body("TransitiveTagKeys", IamShapes.TagKeys),
        Body("ExternalId", StsShapes.ExternalId), .. StsShapes.SecondFactor, Body("SourceIdentity", StsShapes.SessionName),
    ]);

    /// <summary>The role's trust policy and the caller's own policies decide together, so the operation judges itself.</summary>
    public static ValueTask<AwsResult> Handle(StsRequest request)
    {
        var (roleArn, caller) = (request["RoleArn"], request.Caller);
        var accountId = AccountOf(roleArn);
        var isChained = caller.Kind == CallerKind.AssumedRole;
        var limits = request.Limits(accountId, isChained ? caller : null);
        if (request.Text("SerialNumber") is not null)
            return (AwsResult)StsErrors.WrongSecondFactor;
        if (request.Services.Accounts.FindRole(roleArn) is not { } role || caller is { Kind: CallerKind.FederatedUser } or { Kind: CallerKind.Root, IssuedAt: not null })
            return (AwsResult)StsErrors.MayNot(caller, "sts:AssumeRole", roleArn);
        if (Refusal(request, role, limits) is { } refused)
            return (AwsResult)refused;
        var seconds = request.Number("DurationSeconds") ?? DefaultSeconds;
        if (isChained && seconds > MaxChainedSeconds)
        {
            return (AwsResult)StsErrors.Validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
        }

        return TooLong(role, seconds) is { } tooLong ? (AwsResult)tooLong : Issue(request, role, limits, seconds, request.Text("SourceIdentity") ?? caller.SourceIdentity);
    }

    static AwsError? Refusal(StsRequest request, Role role, SessionLimits limits)
    {
        var caller = request.Caller;
        var asked = new List<string> { "sts:AssumeRole" };
        if (limits.Tags.Count > 0)
            asked.Add("sts:TagSession");
        if (request.Text("SourceIdentity") is { } source)
        {
            // Who was named at the start of a chain stays named to its end.
            if (caller.SourceIdentity is { } known && known != source)
                return StsErrors.MayNot(caller, "sts:SetSourceIdentity", role.Arn);
            asked.Add("sts:SetSourceIdentity");
        }

        var principal = request.Services.Principals.Of(caller);
        var keys = new AssumeRoleKeys(request, role, limits);
        var denied = asked.Find(action => !IsAllowed(request, role, principal.Principal, principal.Policies, keys, action));
        return denied is null ? null : StsErrors.MayNot(caller, denied, role.Arn);
    }

    public static bool IsAllowed(
        StsRequest request, Role role, Principal principal, PrincipalPolicies policies, IConditionKeys keys, string action) =>
        role.TrustPolicy.CompileTrust(role.Arn) is { } trust
        && Evaluator.Decide(
            new AccessRequest
            {
                Principal = principal,
                Action = action,
                Resource = role.Arn,
                ResourceAccountId = role.AccountId,
                Context = keys,
                Time = request.Now,
            },
            policies, ResourcePolicies.TrustOf(trust)).IsAllowed;

    /// <exception cref="AwsException">It is no ARN of a role.</exception>
    public static string AccountOf(string roleArn) =>
        RoleArn().IsMatch(roleArn) ? roleArn.Split(':')[4] : throw StsErrors.Validation($"{roleArn} is invalid").AsException();

    public static AwsError? TooLong(Role role, int seconds) => TimeSpan.FromSeconds(seconds) > role.MaxSession
        ? StsErrors.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        : null;

    public static AwsResult Issue(
        StsRequest request, Role role, SessionLimits limits, int seconds, string? sourceIdentity, string? provider = null, Action<QueryXml>? more = null)
    {
        var name = request["RoleSessionName"];
        var credentials = request.Services.Sessions.Issue(new Session
        {
            AccountId = role.AccountId,
            OfArn = role.Arn,
            OfId = role.Id,
            Name = name,
            IssuedAt = request.Now,
            Expiration = request.Now.AddSeconds(seconds),
            SourceIdentity = sourceIdentity,
            FederatedProvider = provider,
            Limits = limits,
        });
        return request.Answer(credentials, xml =>
        {
            more?.Invoke(xml);
            xml.Structure("AssumedRoleUser", xml =>
            {
                xml.Text("AssumedRoleId", $"{role.Id}:{name}");
                xml.Text("Arn", $"arn:aws:sts::{role.AccountId}:assumed-role/{role.Name}/{name}");
            });
            xml.Number("PackedPolicySize", limits.IsNone ? null : limits.PackedPercent);
            xml.Text("SourceIdentity", sourceIdentity);
        });
    }

    [GeneratedRegex(@"\Aarn:aws:iam::[0-9]{12}:role/[\x21-\x7e]+\z")]
    private static partial Regex RoleArn();
}
