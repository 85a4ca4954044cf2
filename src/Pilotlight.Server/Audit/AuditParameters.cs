using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>
/// What a call was given and what it answered, in CloudTrail's spelling and without anything that is secret or somebody's data: code,
/// variables, keys, tokens, passwords, payloads, and links that carry a signature.
/// </summary>
static class AuditParameters
{
    static readonly FrozenSet<string> s_secret = new[]
    {
        "zipFile", "variables", "payload", "clientContext", "location", "secretAccessKey", "sessionToken", "password", "newPassword", "oldPassword",
        "privateKey", "tokenCode", "authenticationCode1", "authenticationCode2", "samlAssertion", "webIdentityToken", "providedContexts",
        "logEvents", "serviceSpecificCredential", "certificateBody", "certificateChain", "base32StringSeed", "qrCodePng", "token",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static JsonSerializerOptions Relaxed { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = System.Text.Json.Serialization.Metadata.JsonTypeInfoResolver.Combine(),
    };

    public static JsonObject? OfRequest(AwsRequest request)
    {
        var parameters = request.Operation.Service.Protocol == AwsProtocol.Query ? OfForm(request.Form) : OfJson(BodyOf(request));
        foreach (var (name, value) in request.Http.Request.RouteValues)
        {
            if (value is string)
                parameters[Camel(name)] = request.Path(name);
        }

        if (request.Operation.Service.Protocol == AwsProtocol.RestJson)
        {
            foreach (var (name, values) in request.Http.Request.Query)
            {
                if (!name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) && !s_secret.Contains(name))
                    parameters[Camel(name)] = values.Count == 1 ? values[0] : new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
            }
        }

        return parameters.Count == 0 ? null : parameters;
    }

    /// <summary>What is no CBOR has no members to tell of.</summary>
    static ReadOnlyMemory<byte> BodyOf(AwsRequest request)
    {
        try
        {
            return request.JsonBody;
        }
        catch (AwsException)
        {
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    public static JsonNode? OfAnswer(AwsRequest request)
    {
        if (request.Answer.IsEmpty)
            return null;
        if (request.Operation.Service.Protocol != AwsProtocol.Query)
            return OfJson(request.Answer) is { Count: > 0 } members ? members : null;
        try
        {
            var xml = XDocument.Parse(Encoding.UTF8.GetString(request.Answer.Span));
            return xml.Root?.Elements().FirstOrDefault(element => element.Name.LocalName == request.Operation.Name + "Result") is { HasElements: true } result
                ? OfXml(result)
                : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    static JsonObject OfJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            return !body.IsEmpty && JsonNode.Parse(body.Span) is JsonObject members ? (JsonObject)Filtered(members)! : [];
        }
        catch (JsonException)
        {
            return [];
        }
        catch (ArgumentException)
        {
            // A member that stands there twice.
            return [];
        }
    }

    static JsonNode? Filtered(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Where(member => !s_secret.Contains(member.Key))
            .DistinctBy(member => Camel(member.Key))
            .Select(member => KeyValuePair.Create(Camel(member.Key), Filtered(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Filtered)]),
        _ => node?.DeepClone(),
    };

    /// <summary><c>Tags.member.1.Key=a</c> becomes <c>"tags": [{"key": "a"}]</c>.</summary>
    static JsonObject OfForm(IReadOnlyDictionary<string, string> form)
    {
        var root = new JsonObject();
        foreach (var (name, value) in form.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var parts = name.Split('.', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "member").ToArray();
            if (parts.Length == 0 || parts[0] is "Action" or "Version" || parts[0].StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)
                || parts.Any(s_secret.Contains))
                continue;
            var place = root;
            foreach (var part in parts[..^1])
            {
                if (place[Camel(part)] is not JsonObject below)
                    place[Camel(part)] = below = [];
                place = below;
            }

            place[Camel(parts[^1])] = value;
        }

        return (JsonObject)Numbered(root)!;
    }

    /// <summary>An object whose members are 1, 2, 3 is a list.</summary>
    static JsonNode? Numbered(JsonNode? node)
    {
        if (node is not JsonObject members)
            return node?.DeepClone();
        return members.Count > 0 && members.All(member => int.TryParse(member.Key, out _))
            ? new JsonArray([.. members.OrderBy(member => int.Parse(member.Key)).Select(member => Numbered(member.Value))])
            : new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Numbered(member.Value))));
    }

    static JsonNode OfXml(XElement element)
    {
        if (!element.HasElements)
            return JsonValue.Create(element.Value);
        if (element.Elements().All(child => child.Name.LocalName is "member" or "entry"))
            return new JsonArray([.. element.Elements().Select(OfXml)]);
        var members = new JsonObject();
        foreach (var child in element.Elements().Where(child => !s_secret.Contains(child.Name.LocalName)))
            members[Camel(child.Name.LocalName)] = OfXml(child);
        return members;
    }

    static string Camel(string name) => name.Length > 0 && char.IsAsciiLetterUpper(name[0]) ? char.ToLowerInvariant(name[0]) + name[1..] : name;
}
