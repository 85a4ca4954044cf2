using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>The roles that functions run with: whether Lambda may wear them, and what they let a function do that nobody sends a request for.</summary>
public sealed partial class ExecutionRoles(
    AccountCatalog accounts, AuthorizationFacts facts, IOptions<IamOptions> options, TimeProvider time, ILogger<ExecutionRoles> log)
{
    const string Lambda = "lambda.amazonaws.com";

    public static AwsError CannotBeAssumed { get; } =
        AwsError.InvalidParameter("The role defined for the function cannot be assumed by Lambda.");

    /// <summary>Invoking a function whose role is gone, or trusts Lambda no more.</summary>
    public static AwsError CannotBeAssumedAnyMore { get; } = AwsError.AccessDenied(CannotBeAssumed.Message);

    public bool AreEnforced => options.Value.Mode == IamMode.Enforce;

    /// <summary>Whether the role exists and its trust policy lets Lambda assume it for this function (its unqualified ARN).</summary>
    public bool CanBeAssumed(string roleArn, string functionArn)
    {
        var may = accounts.FindRole(roleArn) is { } role && Trusts(role, functionArn);
        if (may || options.Value.Mode == IamMode.Enforce)
            return may;
        WouldNotBeAssumed(roleArn, functionArn);
        return true;
    }

    bool Trusts(Role role, string functionArn) => role.TrustPolicy.CompileTrust(role.Arn) is { } trust && Evaluator.Decide(
        new AccessRequest
        {
            Principal = Authorizer.Service(Lambda),
            Action = "sts:AssumeRole",
            Resource = role.Arn,
            Context = new ConditionTable { ["aws:SourceArn"] = functionArn, ["aws:SourceAccount"] = role.AccountId },
            Time = time.GetUtcNow(),
        },
        PrincipalPolicies.None,
        ResourcePolicies.TrustOf(trust)).IsAllowed;

    /// <summary>Who code in a function's environment is; null when its role is gone.</summary>
    public Caller? SessionOf(string roleArn, string functionName, string functionArn) => accounts.FindRole(roleArn) is { } role
        ? new Caller
        {
            AccountId = role.AccountId,
            Arn = $"arn:aws:sts::{role.AccountId}:assumed-role/{role.Name}/{RoleSessions.SessionNameOf(functionName)}",
            UserId = $"{role.Id}:{RoleSessions.SessionNameOf(functionName)}",
            Kind = CallerKind.AssumedRole,
            RoleArn = roleArn,
            SessionOfArn = roleArn,
            PrincipalId = role.Id,
            SessionName = RoleSessions.SessionNameOf(functionName),
            SourceFunctionArn = functionArn,
        }
        : null;

    /// <summary>Null when the function's role allows the action, else the words of the refusal. For what Lambda does in the role's name.</summary>
    public string? Refusal(Caller session, string action, string resource)
    {
        var decision = facts.Decide(session, action, resource, ConditionTable.Empty, time.GetUtcNow());
        if (decision.IsAllowed)
            return null;
        var refusal = Refusals.Of(AwsService.Lambda, session, action, resource, facts.Resources.OwnerOf(resource), decision).Message;
        if (options.Value.Mode == IamMode.Enforce)
            return refusal;
        WouldRefuse(refusal);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Iam:Mode audit: role {Role} of {Function} does not exist or does not trust lambda.amazonaws.com")]
    partial void WouldNotBeAssumed(string role, string function);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Iam:Mode audit: would be refused: {Refusal}")]
    partial void WouldRefuse(string refusal);
}
