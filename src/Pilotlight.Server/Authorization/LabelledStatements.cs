using System.Text.Json.Nodes;

namespace Pilotlight.Authorization;

/// <summary>A resource's policy, to add statements to and take them from by their label, as AddPermission and RemovePermission do.</summary>
public sealed class LabelledStatements
{
    readonly JsonObject _policy;
    readonly JsonArray _statements;

    LabelledStatements(JsonObject policy)
    {
        _policy = policy;
        if (policy["Statement"] is JsonArray several)
        {
            _statements = several;
            return;
        }

        // A policy with a single statement need not have a list.
        _statements = policy["Statement"] is { } one ? [one.DeepClone()] : [];
        policy["Statement"] = _statements;
    }

    public int Count => _statements.Count;

    /// <param name="document">Null where nothing was put.</param>
    public static LabelledStatements Of(string? document, string defaultId) => new(document is not null && JsonNode.Parse(document) is JsonObject policy
        ? policy
        : new JsonObject { ["Version"] = "2008-10-17", ["Id"] = defaultId });

    /// <summary>False when there is a statement of this label.</summary>
    public bool TryAdd(string label, IEnumerable<string> accounts, IEnumerable<string> actions, string resource)
    {
        if (Find(label) is not null)
            return false;
        _statements.Add((JsonNode)new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrMany(accounts.Select(static account => $"arn:aws:iam::{account}:root")) },
            ["Action"] = OneOrMany(actions),
            ["Resource"] = resource,
        });
        return true;
    }

    /// <summary>False when there is no statement of this label.</summary>
    public bool TryRemove(string label) => Find(label) is { } statement && _statements.Remove(statement);

    public override string ToString() => _policy.ToJsonString();

    JsonNode? Find(string label) =>
        _statements.FirstOrDefault(statement => statement is JsonObject && statement["Sid"] is JsonValue sid && sid.TryGetValue(out string? text) && text == label);

    static JsonNode OneOrMany(IEnumerable<string> texts)
    {
        var all = texts.ToArray();
        return all.Length == 1 ? JsonValue.Create(all[0]) : new JsonArray([.. all.Select(static text => (JsonNode)JsonValue.Create(text)!)]);
    }
}
