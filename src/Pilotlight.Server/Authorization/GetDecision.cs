using System.Text.Json.Serialization;
using Pilotlight.Api;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <param name="Decision"><c>allowed</c>, <c>implicitDeny</c> or <c>explicitDeny</c>, as simulations write it.</param>
/// <param name="DecidedBy">The kind of policy that allowed, denied, or whose allow was missing.</param>
/// <param name="Statement">The statement that allowed or denied; null when an allow was missing, and when root needs none.</param>
/// <param name="MissingContextKeys">Keys that statements tested and nobody gave.</param>
/// <param name="Explanation">The whole of it in words, line by line.</param>
sealed record GetDecisionResponse(
    string Principal, string Action, string Resource, string Decision, string DecidedBy, DecidingStatement? Statement, IReadOnlyList<string> MissingContextKeys,
    IReadOnlyList<string> Explanation);

/// <param name="Number">From 1, in the order of the document.</param>
sealed record DecidingStatement(string Policy, int Number, string? Sid, int Line);

[JsonSerializable(typeof(GetDecisionResponse))]
sealed partial class DecisionJson : JsonSerializerContext;

/// <summary><c>GET /_pilotlight/why?principal=&amp;action=&amp;resource=&amp;context=key=value</c>: what would be decided, and why.</summary>
static class GetDecision
{
    const int MaxChars = 2048;
    const int MaxKeys = 100;

    public static ValueTask<AwsResult> Handle(AwsRequest request, AuthorizationFacts facts, IamMode mode, TimeProvider time)
    {
        var who = Text(request, "principal");
        var action = Text(request, "action");
        if (action.Split(':') is not [{ Length: > 0 }, { Length: > 0 }])
            throw AwsError.Validation("action must be the name of a service and of an action, such as lambda:InvokeFunction.").AsException();
        var resource = Text(request, "resource");
        if (resource != "*" && !resource.StartsWith("arn:", StringComparison.Ordinal))
            throw AwsError.Validation("resource must be an ARN, or * for an action that knows no resources.").AsException();
        var given = ContextOf(request);
        if (facts.FindPrincipal(who) is not { } known)
            throw AwsError.NotFound($"There is no principal {who}: it is the ARN of a user, a role, a session of a role or an account's root, the number of an account, a service such as s3.amazonaws.com, or * for everybody.").AsException();
        var asked = new AccessRequest
        {
            Principal = known.Principal,
            Action = action,
            Resource = resource,
            ResourceAccountId = facts.Resources.OwnerOf(resource) ?? known.Principal.AccountId,
            Context = new AskedKeys(given, resource, request.Region, facts),
            Time = time.GetUtcNow(),
        };
        var explained = Evaluator.Explain(asked, known.Policies, facts.PolicyOf(action, resource));
        var statement = explained.Decision.Statement is { } decided
            ? new DecidingStatement(decided.Policy.Source, decided.Index + 1, decided.Sid, decided.Start.Line)
            : null;
        return AwsResult.Json(
            new GetDecisionResponse(
                known.Principal.Arn, action, resource, Name(explained.Decision.Outcome), Refusals.Name(explained.Decision.DecidedBy), statement,
                explained.MissingKeys, DecisionWords.Of(asked, explained, mode)),
            DecisionJson.Default.GetDecisionResponse);
    }

    static string Text(AwsRequest request, string name) => request.Query(name) is { Length: > 0 and <= MaxChars } text
        ? text
        : throw AwsError.Validation($"{name} must be between 1 and {MaxChars} characters long.").AsException();

    /// <summary>A key that is given twice is a list.</summary>
    static ConditionTable ContextOf(AwsRequest request)
    {
        var keys = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in request.QueryAll("context"))
        {
            var end = pair.IndexOf('=');
            if (end < 1)
                throw AwsError.Validation("context must be key=value, such as aws:SourceIp=192.0.2.1.").AsException();
            var key = pair[..end];
            if (!keys.TryGetValue(key, out var values))
                keys[key] = values = [];
            values.Add(pair[(end + 1)..]);
            if (keys.Count > MaxKeys)
                throw AwsError.Validation($"There may be {MaxKeys} context keys at most.").AsException();
        }

        return ConditionTable.From(keys.Select(pair =>
            KeyValuePair.Create(pair.Key, pair.Value is [var one] && !IsList(pair.Key) ? new ConditionValues(one) : new ConditionValues(pair.Value))));
    }

    static bool IsList(string key) => key.Equals("aws:TagKeys", StringComparison.OrdinalIgnoreCase);

    static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Allowed => "allowed",
        Outcome.ExplicitDeny => "explicitDeny",
        _ => "implicitDeny",
    };
}

/// <summary>What was given, and of the rest what is known without a request: the resource's tags, region and organisation.</summary>
sealed class AskedKeys(ConditionTable given, string resource, string region, AuthorizationFacts facts) : IConditionKeys
{
    const string ResourceTag = "aws:ResourceTag/";

    public ConditionValues Find(string key)
    {
        if (given.Find(key) is var values && (values.Exist || values.IsList))
            return values;
        if (key.StartsWith(ResourceTag, StringComparison.OrdinalIgnoreCase))
            return Optional(facts.Resources.TagsOf(resource)?.FirstOrDefault(tag => tag.Key.Equals(key[ResourceTag.Length..], StringComparison.OrdinalIgnoreCase)).Value);
        return key.ToLowerInvariant() switch
        {
            "aws:requestedregion" => resource.Split(':', 6) is [_, _, _, { Length: > 0 } named, ..] ? named : region,
            "aws:resourceorgid" => Optional(facts.Organization.Id),
            "aws:viaawsservice" => "false",
            _ => ConditionValues.None,
        };
    }

    static ConditionValues Optional(string? value) => value is null ? ConditionValues.None : value;
}
