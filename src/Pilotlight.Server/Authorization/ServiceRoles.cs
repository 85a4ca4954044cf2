using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>A role that a service wears to do something that nobody sends a request for: the execution role of a function, the role of a target.</summary>
/// <param name="Service">The service principal that wears it.</param>
/// <param name="SourceArn">For <c>aws:SourceArn</c>: the function, the schedule, the rule.</param>
public sealed record WornRole(string RoleArn, string Service, string SourceArn);

/// <summary>Whether a role may be worn by a service, and lets it do an action.</summary>
public sealed partial class ServiceRoles(
    AccountCatalog accounts, AuthorizationFacts facts, IOptions<IamOptions> options, ILogger<ServiceRoles> log)
{
    /// <summary>One caller a role: what it may is compiled once. A changed role is another object.</summary>
    readonly ConditionalWeakTable<Role, Caller> _sessions = [];

    /// <summary>Null when the role may, else AWS's words for the refusal.</summary>
    public string? Refusal(WornRole worn, string action, string resource, DateTimeOffset now)
    {
        var refusal = RefusalOf(worn, action, resource, now);
        if (refusal is null || options.Value.Mode == IamMode.Enforce)
            return refusal;
        WouldRefuse(refusal);
        return null;
    }

    /// <summary>Whether the role exists and trusts the service.</summary>
    public bool CanBeWorn(WornRole worn, DateTimeOffset now) =>
        (accounts.FindRole(worn.RoleArn) is { } role && Trusts(role, worn, now)) || options.Value.Mode != IamMode.Enforce;

    string? RefusalOf(WornRole worn, string action, string resource, DateTimeOffset now)
    {
        if (accounts.FindRole(worn.RoleArn) is not { } role || !Trusts(role, worn, now))
            return $"The role {worn.RoleArn} cannot be assumed by {worn.Service}.";
        var session = _sessions.GetValue(role, static role => new Caller
        {
            AccountId = role.AccountId,
            Arn = $"arn:aws:sts::{role.AccountId}:assumed-role/{role.Name}/pilotlight",
            UserId = $"{role.Id}:pilotlight",
            PrincipalId = role.Id,
            Kind = CallerKind.AssumedRole,
            RoleArn = role.Arn,
            SessionOfArn = role.Arn,
            SessionName = "pilotlight",
        });
        var context = new ConditionTable { ["aws:SourceArn"] = worn.SourceArn, ["aws:SourceAccount"] = role.AccountId };
        var decision = facts.Decide(session, action, resource, context, now);
        return decision.IsAllowed ? null : Refusals.Of(AwsService.Lambda, session, action, resource, facts.Resources.OwnerOf(resource), decision).Message;
    }

    static bool Trusts(Role role, WornRole worn, DateTimeOffset now) => role.TrustPolicy.CompileTrust(role.Arn) is { } trust && Evaluator.Decide(
        new AccessRequest
        {
            Principal = Authorizer.Service(worn.Service),
            Action = "sts:AssumeRole",
            Resource = role.Arn,
            Context = new ConditionTable { ["aws:SourceArn"] = worn.SourceArn, ["aws:SourceAccount"] = role.AccountId },
            Time = now,
        },
        PrincipalPolicies.None,
        ResourcePolicies.TrustOf(trust)).IsAllowed;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Iam:Mode audit: would be refused: {Refusal}")]
    partial void WouldRefuse(string refusal);
}
