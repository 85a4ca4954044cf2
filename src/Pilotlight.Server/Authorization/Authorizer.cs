using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>What a service asks for on somebody's behalf: <c>s3.amazonaws.com</c> wants to invoke a function for a bucket.</summary>
/// <param name="Service">The service principal.</param>
public sealed record ServiceCall(string Service, string Action, string Resource)
{
    /// <summary>The resource on whose behalf, such as a bucket's ARN.</summary>
    public string? SourceArn { get; init; }

    public string? SourceAccount { get; init; }
}

/// <summary>
/// Judges whether a request's caller may do an action on a resource. The middleware asks for the action of the route; handlers ask
/// for what else their operation needs, such as <c>iam:PassRole</c>; sources of events ask for services.
/// </summary>
public sealed partial class Authorizer(
    AuthorizationFacts facts, IOptions<IamOptions> options, TimeProvider time, ILogger<Authorizer> log)
{
    readonly IamMode _mode = options.Value.Mode;

    public bool IsEnforced => _mode == IamMode.Enforce;

    /// <summary>Null when the caller may, else AWS's refusal.</summary>
    /// <param name="conditions">Condition keys of this action beside those of the request and its operation.</param>
    public AwsError? Check(AwsRequest request, string action, string resource, Func<string, ConditionValues>? conditions = null)
    {
        if (!request.IsAuthenticated)
            throw new InvalidOperationException("A request reached authorization without authentication.");
        var decision = Decide(request, action, resource, conditions);
        if (decision.IsAllowed)
            return null;
        var refused = Refusals.Of(request.Operation.Service, request.Caller, action, resource, facts.Resources.OwnerOf(resource), decision);
        if (_mode == IamMode.Enforce)
            return request.Operation.Service.RefusalCode is { } code ? refused with { Code = code } : refused;
        WouldRefuse(refused.Message);
        return null;
    }

    /// <summary>Whether the resource's policy lets a service in. Services have no other permissions.</summary>
    public bool Allows(ServiceCall call)
    {
        var decision = Evaluator.Decide(
            new AccessRequest
            {
                Principal = Service(call.Service),
                Action = call.Action,
                Resource = call.Resource,
                Context = SourceKeys(call),
                Time = time.GetUtcNow(),
            },
            PrincipalPolicies.None, facts.Resources.PolicyOf(call.Resource));
        if (decision.IsAllowed)
            return true;
        var text = $"{call.Service} for {call.SourceArn ?? "nobody"} is not authorized to perform: {call.Action} on resource: {call.Resource}";
        if (_mode == IamMode.Enforce)
            return false;
        WouldRefuse(text);
        return true;
    }

    /// <summary>Whether the resource's policy lets everybody in, signed or not; the request carries <see cref="CallerKind.Anonymous"/>.</summary>
    public bool AllowsAnybody(AwsRequest request, string action, string resource, Func<string, ConditionValues> conditions)
    {
        var decision = Evaluator.Decide(
            new AccessRequest
            {
                Principal = Principal.Anonymous,
                Action = action,
                Resource = resource,
                Context = KeysOf(request, resource, conditions),
                Time = time.GetUtcNow(),
            },
            PrincipalPolicies.None, facts.Resources.PolicyOf(resource));
        if (decision.IsAllowed)
            return true;
        if (_mode == IamMode.Enforce)
            return false;
        WouldRefuse($"Anybody is not authorized to perform: {action} on resource: {resource}");
        return true;
    }

    Decision Decide(AwsRequest request, string action, string resource, Func<string, ConditionValues>? conditions)
    {
        var known = facts.Principals.Of(request.Caller);
        var ofResource = facts.Resources.PolicyOf(resource);
        var owner = facts.Resources.OwnerOf(resource);
        var decisions = Decisions.Of(known);
        if (decisions.TryRecall(action, resource, owner, ofResource, out var decision))
            return decision;
        var keys = KeysOf(request, resource, conditions);
        decision = Evaluator.Decide(AccessRequestOf(known, action, resource, owner, keys), known.Policies, ofResource);
        if (!keys.WereAsked)
            decisions.Remember(action, resource, owner, ofResource, decision);
        return decision;
    }

    internal static Principal Service(string name) => new() { Kind = PrincipalKind.Service, Arn = name, AccountId = "" };

    RequestKeys KeysOf(AwsRequest request, string resource, Func<string, ConditionValues>? conditions) => new(request, resource, facts.Resources, conditions)
    {
        OrganizationOfResource = facts.Organization.Id,
    };

    AccessRequest AccessRequestOf(KnownPrincipal known, string action, string resource, string? owner, IConditionKeys keys) => new()
    {
        Principal = known.Principal,
        Action = action,
        Resource = resource,
        // AWS's own managed policies (account "aws") and what has no account are everybody's.
        ResourceAccountId = owner ?? known.Principal.AccountId,
        Context = keys,
        Time = time.GetUtcNow(),
    };

    ConditionTable SourceKeys(ServiceCall call)
    {
        var keys = new List<KeyValuePair<string, ConditionValues>>();
        if (call.SourceArn is { } arn)
            keys.Add(KeyValuePair.Create("aws:SourceArn", new ConditionValues(arn)));
        if (call.SourceAccount is { } account)
        {
            keys.Add(KeyValuePair.Create("aws:SourceAccount", new ConditionValues(account)));
            if (facts.Organization.Id is { } organization)
                keys.Add(KeyValuePair.Create("aws:SourceOrgID", new ConditionValues(organization)));
        }

        return ConditionTable.From(keys);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Iam:Mode audit: would be refused: {Refusal}")]
    partial void WouldRefuse(string refusal);
}
