using System.Text;

namespace Pilotlight.Iam;

/// <summary>A policy document, compiled once and then only read. Make it through <see cref="TryParse"/> or <see cref="Parse"/>.</summary>
public sealed class Policy
{
    internal Policy(PolicyKind kind, string source, string? id, string version) =>
        (Kind, Source, Id, Version) = (kind, source, id, version);

    public PolicyKind Kind { get; }

    /// <summary>Where it comes from, for traces: the ARN of a managed policy, the name of an inline one, the ARN of a resource.</summary>
    public string Source { get; }

    /// <summary>The document's own <c>Id</c>.</summary>
    public string? Id { get; }

    /// <summary><c>2012-10-17</c>, or <c>2008-10-17</c>, which is also meant when a document says nothing.</summary>
    public string Version { get; }

    public IReadOnlyList<Statement> Statements => _statements;

    internal Statement[] _statements = [];

    /// <summary>Reads a document that somebody wrote.</summary>
    /// <returns>Null when it is no policy of that kind; then <paramref name="error"/> says why in IAM's words.</returns>
    public static Policy? TryParse(string json, PolicyKind kind, string source, out PolicyError? error) =>
        PolicyReader.TryRead(Encoding.UTF8.GetBytes(json), kind, source, out error);

    /// <summary>Reads a document that was checked when it was stored.</summary>
    /// <exception cref="MalformedPolicyException">It is no policy of that kind.</exception>
    public static Policy Parse(string json, PolicyKind kind, string source) =>
        TryParse(json, kind, source, out var error) ?? throw new MalformedPolicyException(error!);

    /// <summary>The size that counts against IAM's limits: characters without white space between the JSON's tokens.</summary>
    public static int SizeOf(string json)
    {
        var size = 0;
        var inString = false;
        for (var at = 0; at < json.Length; at++)
        {
            var character = json[at];
            if (inString || !char.IsWhiteSpace(character))
                size++;
            if (character == '\\' && inString && at + 1 < json.Length)
            {
                size++;
                at++;
            }
            else if (character == '"')
                inString = !inString;
        }

        return size;
    }
}
