using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>
/// The policy of one resource: of a function, of one of its versions or aliases, or of a layer version. Immutable; there is no empty
/// one. Its document and its revision change together, so whoever compiles the document may keep the result under the revision.
/// </summary>
public sealed class ResourcePolicy : IPolicyDocument
{
    const int MaxDocumentBytes = 20_480;

    /// <summary>Made from the statements when it is first asked for.</summary>
    string? _document;

    public required ImmutableArray<PolicyStatement> Statements { get; init; }

    /// <summary>The policy's own, independent of the revision of the function.</summary>
    public required string RevisionId { get; init; }

    /// <summary>The whole policy as GetPolicy shows it.</summary>
    [JsonIgnore]
    public string Document => _document ??= PolicyText.Of(Write);

    /// <summary>The policy with one more statement.</summary>
    /// <exception cref="AwsException">Its Sid is taken, or the policy would become too long.</exception>
    public static ResourcePolicy Add(ResourcePolicy? policy, PolicyStatement statement)
    {
        var statements = policy?.Statements ?? [];
        if (statements.Any(known => known.Sid == statement.Sid))
            throw PolicyErrors.StatementExists(statement.Sid).AsException();
        var next = Of(statements.Add(statement));
        var size = Encoding.UTF8.GetByteCount(next.Document);
        return size > MaxDocumentBytes ? throw PolicyErrors.TooLong(size, MaxDocumentBytes).AsException() : next;
    }

    /// <summary>The policy without that statement; null when it was the last one.</summary>
    /// <exception cref="AwsException">There is no such statement.</exception>
    public ResourcePolicy? Remove(string sid)
    {
        var rest = Statements.RemoveAll(statement => statement.Sid == sid);
        if (rest.Length == Statements.Length)
            throw PolicyErrors.StatementNotFound(sid).AsException();
        return rest.IsEmpty ? null : Of(rest);
    }

    static ResourcePolicy Of(ImmutableArray<PolicyStatement> statements) =>
        new() { Statements = statements, RevisionId = Guid.NewGuid().ToString() };

    void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("Version", "2012-10-17");
        writer.WriteString("Id", "default");
        writer.WriteStartArray("Statement");
        foreach (var statement in Statements)
            statement.Write(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
