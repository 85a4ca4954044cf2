using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pilotlight.Authorization;

namespace Pilotlight.EventBuses;

/// <summary>A bus. Every account has a default one in every region, which nobody made.</summary>
sealed record EventBus : IBusResource
{
    public const string Default = "default";

    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public string? KmsKeyIdentifier { get; init; }
    public string? DeadLetterArn { get; init; }
    public JsonElement? LogConfig { get; init; }

    /// <summary>The whole policy; null when it has none.</summary>
    public BusPolicy? Policy { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ModifiedAt { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => Name;

    [JsonIgnore]
    public string Arn => Scope.BusArn(Name);
}

/// <summary>Who else may put events on a bus. One object a state, so that what is compiled of it may be kept by it.</summary>
sealed record BusPolicy(string Document) : IPolicyDocument
{
    public static BusPolicy Put(BusPolicy? policy, JsonObject statement)
    {
        var document = Parse(policy);
        var statements = document["Statement"]!.AsArray();
        var sid = statement["Sid"]!.GetValue<string>();
        var known = statements.FirstOrDefault(one => SidOf(one) == sid);
        if (known is not null)
            statements[statements.IndexOf(known)] = statement;
        else
            statements.Add(statement);
        return new BusPolicy(Text(document));
    }

    /// <summary>Null when it was the last; the policy itself when there is no such statement.</summary>
    public static BusPolicy? Remove(BusPolicy policy, string sid)
    {
        var document = Parse(policy);
        var statements = document["Statement"]!.AsArray();
        if (statements.FirstOrDefault(one => SidOf(one) == sid) is not { } known)
            return policy;
        statements.Remove(known);
        return statements.Count == 0 ? null : new BusPolicy(Text(document));
    }

    static JsonObject Parse(BusPolicy? policy)
    {
        if (policy is null)
            return new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = new JsonArray() };
        var document = JsonNode.Parse(policy.Document)!.AsObject();
        if (document["Statement"] is JsonObject only)
        {
            document.Remove("Statement");
            document["Statement"] = new JsonArray(only);
        }

        return document;
    }

    static string? SidOf(JsonNode? statement) => statement is JsonObject one && one["Sid"] is JsonValue value && value.TryGetValue<string>(out var sid) ? sid : null;

    static string Text(JsonObject document) => System.Text.Encoding.UTF8.GetString(BusAnswer.Write(writer => document.WriteTo(writer)));
}
