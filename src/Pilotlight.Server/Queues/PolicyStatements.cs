using System.Text.Json.Nodes;

namespace Pilotlight.Queues;

/// <summary>A queue's policy, to add statements to and take them from by their label.</summary>
sealed class PolicyStatements
{
    readonly JsonObject _policy;
    readonly JsonArray _statements;

    PolicyStatements(JsonObject policy)
    {
        _policy = policy;
        if (policy["Statement"] is JsonArray several)
        {
            _statements = several;
            return;
        }

        _statements = policy["Statement"] is { } one ? [one.DeepClone()] : [];
        policy["Statement"] = _statements;
    }

    public int Count => _statements.Count;

    public static PolicyStatements Of(Queue queue) => new(queue.Settings.Values.TryGetValue("Policy", out var text) && JsonNode.Parse(text) is JsonObject policy
        ? policy
        : new JsonObject { ["Version"] = "2008-10-17", ["Id"] = $"{queue.Arn}/SQSDefaultPolicy" });

    public JsonNode? Find(string label) =>
        _statements.FirstOrDefault(statement => statement is JsonObject && statement["Sid"] is JsonValue sid && sid.TryGetValue(out string? text) && text == label);

    public void Add(JsonObject statement) => _statements.Add(statement);

    public void Remove(JsonNode statement) => _statements.Remove(statement);

    public override string ToString() => _policy.ToJsonString();
}
