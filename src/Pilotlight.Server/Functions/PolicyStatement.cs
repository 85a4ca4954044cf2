using System.Text.Json;

namespace Pilotlight.Functions;

/// <summary>One condition of a statement, such as <c>ArnLike</c>, <c>AWS:SourceArn</c>, <c>arn:aws:s3:::pictures</c>.</summary>
public sealed record PolicyCondition(string Operator, string Key, string Value);

/// <summary>
/// One grant of a resource policy: who may do what to which resource. Text throughout, as AWS shows it; whoever decides compiles
/// the document of the whole policy.
/// </summary>
public sealed record PolicyStatement
{
    public required string Sid { get; init; }
    public required PolicyPrincipal Principal { get; init; }
    public required string Action { get; init; }
    public required string Resource { get; init; }

    /// <summary>In the order of the document: conditions of one operator stand together.</summary>
    public IReadOnlyList<PolicyCondition> Conditions { get; init; } = [];

    public string ToJson() => PolicyText.Of(Write);

    /// <summary>AWS's order of members: Sid, Effect, Principal, Action, Resource, Condition.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("Sid", Sid);
        writer.WriteString("Effect", "Allow");
        writer.WritePropertyName("Principal");
        Principal.Write(writer);
        writer.WriteString("Action", Action);
        writer.WriteString("Resource", Resource);
        if (Conditions.Count > 0)
            WriteConditions(writer);
        writer.WriteEndObject();
    }

    void WriteConditions(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("Condition");
        foreach (var block in Conditions.GroupBy(condition => condition.Operator))
        {
            writer.WriteStartObject(block.Key);
            foreach (var condition in block)
                writer.WriteString(condition.Key, condition.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
