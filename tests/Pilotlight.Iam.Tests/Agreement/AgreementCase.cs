using System.Text;
using System.Text.Json;

namespace Pilotlight.Iam.Tests.Agreement;

/// <summary>One question that both evaluators are asked. Policies are documents.</summary>
sealed record AgreementCase
{
    public required Principal Principal { get; init; }
    public required string Action { get; init; }
    public required string Resource { get; init; }

    /// <summary>The account that owns the resource.</summary>
    public required string Owner { get; init; }

    /// <summary>Keys that come with the request; values are strings or lists.</summary>
    public required IReadOnlyDictionary<string, string[]> Lists { get; init; }

    public required IReadOnlyDictionary<string, string> Keys { get; init; }
    public IReadOnlyList<string> Identity { get; init; } = [];
    public string? Boundary { get; init; }
    public string? Session { get; init; }
    public string? ResourcePolicy { get; init; }
    public PolicyKind ResourcePolicyKind { get; init; } = PolicyKind.Resource;
    public IReadOnlyList<IReadOnlyList<string>> ServiceControl { get; init; } = [];
    public IReadOnlyList<IReadOnlyList<string>> ResourceControl { get; init; } = [];

    public IEnumerable<string> Documents =>
        [.. Identity, .. One(Boundary), .. One(Session), .. One(ResourcePolicy), .. ServiceControl.SelectMany(level => level), .. ResourceControl.SelectMany(level => level)];

    public Explanation Ours()
    {
        var request = new AccessRequest
        {
            Principal = Principal,
            Action = Action,
            Resource = Resource,
            ResourceAccountId = Owner,
            Context = ConditionTable.From(
                [.. Keys.Select(key => KeyValuePair.Create(key.Key, new ConditionValues(key.Value))),
                 .. Lists.Select(key => KeyValuePair.Create(key.Key, new ConditionValues(key.Value)))]),
        };
        var principal = new PrincipalPolicies
        {
            Identity = [.. Identity.Select(document => Policy.Parse(document, PolicyKind.Identity, "identity"))],
            PermissionsBoundary = Boundary is null ? null : Policy.Parse(Boundary, PolicyKind.Identity, "boundary"),
            Session = Session is null ? null : [Policy.Parse(Session, PolicyKind.Identity, "session")],
            ServiceControl = Levels(ServiceControl, PolicyKind.ServiceControl),
        };
        var resource = new ResourcePolicies
        {
            Policy = ResourcePolicy is null ? null : Policy.Parse(ResourcePolicy, ResourcePolicyKind, "resource"),
            MustNamePrincipal = ResourcePolicyKind == PolicyKind.Trust,
            ResourceControl = Levels(ResourceControl, PolicyKind.ResourceControl),
        };
        var explanation = Evaluator.Explain(request, principal, resource);
        var decision = Evaluator.Decide(request, principal, resource);
        Assert.Equal((decision.Outcome, decision.DecidedBy), (explanation.Decision.Outcome, explanation.Decision.DecidedBy));
        return explanation;
    }

    /// <summary>For the other evaluator, which wants to be told the principal's keys too.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("principal", Principal.Arn);
            json.WriteString("action", Action);
            json.WriteString("resource", Resource);
            json.WriteString("owner", Owner);
            json.WriteStartObject("keys");
            foreach (var (key, value) in KeysOf(Principal).Where(key => !Keys.ContainsKey(key.Key)).Concat(Keys))
                json.WriteString(key, value);
            foreach (var (key, values) in Lists)
            {
                json.WriteStartArray(key);
                foreach (var value in values)
                    json.WriteStringValue(value);
                json.WriteEndArray();
            }

            json.WriteString("aws:ResourceAccount", Owner);
            json.WriteEndObject();
            json.WriteStartArray("identity");
            foreach (var document in Identity)
                json.WriteRawValue(document);
            json.WriteEndArray();
            foreach (var (name, document) in new[] { ("boundary", Boundary), ("session", Session), ("resourcePolicy", ResourcePolicy) })
            {
                if (document is not null)
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(document);
                }
            }

            foreach (var (name, levels) in new[] { ("serviceControl", ServiceControl), ("resourceControl", ResourceControl) })
            {
                json.WriteStartArray(name);
                foreach (var level in levels)
                {
                    json.WriteStartArray();
                    foreach (var document in level)
                        json.WriteRawValue(document);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>What AWS says the keys of a principal are; written out here a second time, so that ours are checked too.</summary>
    static IEnumerable<KeyValuePair<string, string>> KeysOf(Principal principal)
    {
        var keys = new Dictionary<string, string>
        {
            ["aws:PrincipalIsAWSService"] = principal.Kind == PrincipalKind.Service ? "true" : "false",
        };
        var type = principal.Kind switch
        {
            PrincipalKind.Root => "Account",
            PrincipalKind.User => "User",
            PrincipalKind.RoleSession => "AssumedRole",
            PrincipalKind.FederatedUser => "FederatedUser",
            PrincipalKind.Anonymous => "Anonymous",
            _ => null,
        };
        if (type is not null)
            keys["aws:PrincipalType"] = type;
        if (principal.Kind == PrincipalKind.Anonymous)
            keys["aws:userid"] = "anonymous";
        else if (principal.UserId.Length > 0)
            keys["aws:userid"] = principal.UserId;
        if (principal.UserName is { } name)
            keys["aws:username"] = name;
        if (principal.AccountId.Length > 0)
        {
            keys["aws:PrincipalAccount"] = principal.AccountId;
            keys["aws:PrincipalArn"] = principal.Kind == PrincipalKind.RoleSession ? principal.SessionOfArn! : principal.Arn;
        }

        if (principal.OrganizationId is { } organization)
            keys["aws:PrincipalOrgID"] = organization;
        foreach (var (tag, value) in principal.Tags)
            keys[$"aws:PrincipalTag/{tag}"] = value;
        return keys;
    }

    static IReadOnlyList<IReadOnlyList<Policy>> Levels(IReadOnlyList<IReadOnlyList<string>> levels, PolicyKind kind) =>
        [.. levels.Select(level => level.Select(document => Policy.Parse(document, kind, "control")).ToArray())];

    static string[] One(string? document) => document is null ? [] : [document];
}
