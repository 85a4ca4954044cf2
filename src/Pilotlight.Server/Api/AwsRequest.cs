using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Pilotlight.Api;

/// <summary>
/// One request to one operation, from the moment the operation is known. The stations before the handler fill it:
/// body (Api), caller and region (Authentication).
/// </summary>
public sealed class AwsRequest(HttpContext http, AwsOperation operation, string requestId)
{
    JsonDocument? _json;
    ReadOnlyMemory<byte>? _jsonBody;

    public HttpContext Http { get; } = http;

    public AwsOperation Operation { get; } = operation;

    /// <summary>UUID, sent back as <c>x-amzn-RequestId</c>.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>The whole body. Empty when there was none.</summary>
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>Whether the client speaks CBOR, and is answered in it.</summary>
    public bool SpeaksCbor { get; } = operation.Service.Cbor is not null
        && http.Request.ContentType is { } type && type.StartsWith(AwsCbor.ContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>The body as JSON text, in whatever form it came.</summary>
    /// <exception cref="AwsException">SerializationException: it is no CBOR.</exception>
    public ReadOnlyMemory<byte> JsonBody => _jsonBody ??= SpeaksCbor && !Body.IsEmpty ? AwsCbor.ToJson(Body) : Body;

    /// <summary>Decoded form (query protocol), else empty.</summary>
    public IReadOnlyDictionary<string, string> Form { get; internal set; } = EmptyForm;

    /// <summary>Set once the signature was verified.</summary>
    public Caller Caller
    {
        get => field ?? throw new InvalidOperationException("The request was not authenticated yet.");
        set;
    }

    public bool IsAuthenticated { get; internal set; }

    /// <summary>The region in the signature's scope.</summary>
    public string Region { get; internal set; } = "us-east-1";

    public string AccountId => Caller.AccountId;

    /// <summary>What it was refused with, once the refusal was written.</summary>
    public AwsError? Refusal { get; internal set; }

    /// <summary>The body it was answered with, once it was; empty for what the handler writes itself.</summary>
    public ReadOnlyMemory<byte> Answer { get; internal set; }

    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>A path parameter, percent-decoded; empty when absent.</summary>
    public string Path(string name) =>
        Http.Request.RouteValues[name] is string value ? (value.Contains('%') ? Uri.UnescapeDataString(value) : value) : "";

    /// <summary>A query parameter, or null.</summary>
    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[0] ?? "" : null;

    /// <summary>Every value of a repeated query parameter.</summary>
    public IReadOnlyList<string> QueryAll(string name) =>
        Http.Request.Query.TryGetValue(name, out var values) ? [.. values.Select(value => value ?? "")] : [];

    public string? Header(string name) => Http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>The body as JSON, parsed once; an empty body is an empty object.</summary>
    /// <exception cref="AwsException">SerializationException: the body is not a JSON object.</exception>
    public JsonElement Json()
    {
        if (_json is null)
        {
            var body = JsonBody;
            JsonDocument json;
            try
            {
                json = body.IsEmpty ? JsonDocument.Parse("{}") : JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            }
            catch (JsonException)
            {
                throw AwsError.Serialization("Could not parse request body into json").AsException();
            }

            if (!Utf8.IsValid(body.Span) || HasLoneSurrogate(body.Span, json.RootElement))
                throw AwsError.Serialization(Operation.Service.Protocol == AwsProtocol.RestJson
                    ? "Could not parse request body into json"
                    : "A string of the request is not valid Unicode.").AsException();

            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw AwsError.Serialization("Start of structure or map found where not expected.").AsException();
            _json = json;
            Http.Response.RegisterForDispose(json);
        }

        return _json.RootElement;
    }

    /// <summary>Members of an answer, in the form that the client speaks, and what that form is called.</summary>
    public (ReadOnlyMemory<byte> Body, string ContentType) Encode(ReadOnlyMemory<byte> json) => SpeaksCbor
        ? (AwsCbor.FromJson(json, Operation.Service.Cbor!), AwsCbor.ContentType)
        : (json, OperationEndpoint.ContentType(Operation.Service.Protocol));

    /// <summary>The body as a typed request. Unknown members are ignored, as AWS does.</summary>
    /// <exception cref="AwsException">SerializationException: a member has the wrong type.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return Json().Deserialize(type)!;
        }
        catch (JsonException)
        {
            throw AwsError.Serialization("A member of the request has a value of the wrong type.").AsException();
        }
    }

    /// <summary>A string with half a surrogate pair is JSON, but no text: reading it would throw wherever it is read first.</summary>
    static bool HasLoneSurrogate(ReadOnlySpan<byte> body, JsonElement json) =>
        (body.IndexOf("\\ud"u8) >= 0 || body.IndexOf("\\uD"u8) >= 0) && !IsText(json);

    static bool IsText(JsonElement json)
    {
        try
        {
            switch (json.ValueKind)
            {
                case JsonValueKind.String:
                    json.GetString();
                    return true;
                case JsonValueKind.Array:
                    return json.EnumerateArray().All(IsText);
                case JsonValueKind.Object:
                    return json.EnumerateObject().All(member => member.Name.Length >= 0 && IsText(member.Value));
                default:
                    return true;
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    internal static readonly IReadOnlyDictionary<string, string> EmptyForm = new Dictionary<string, string>();
}

/// <summary>The way from an <see cref="HttpContext"/> to its <see cref="AwsRequest"/>.</summary>
public static class AwsRequestExtensions
{
    extension(HttpContext http)
    {
        /// <summary>The AWS request, or null for paths that are none (<c>/_pilotlight</c>).</summary>
        public AwsRequest? AwsRequest
        {
            get => http.Features.Get<AwsRequest>();
            set => http.Features.Set(value);
        }
    }
}
