using System.Security.Cryptography;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>One request to an API on its way: what is known of it before anything is invoked.</summary>
sealed record ApiRequest
{
    const int RequestIdBytes = 11;

    public required HttpContext Http { get; init; }
    public required UrlAddress Address { get; init; }
    public required ServedRoute Route { get; init; }

    /// <summary>Decoded; begins with the stage's name unless that is <c>$default</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The path behind the stage's name, as it was sent.</summary>
    public required string RoutedPath { get; init; }

    /// <summary>What stands for the parameters of the route's path, as it was sent.</summary>
    public required IReadOnlyList<string> PathValues { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>As API Gateway makes them: sixteen letters of base64.</summary>
    public string RequestId { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(RequestIdBytes));

    public IReadOnlyList<KeyValuePair<string, string>> PathParameters =>
        field ??= [.. PathValues.Select((value, index) => KeyValuePair.Create(Route.Parameters[index], Uri.UnescapeDataString(value)))];

    public ServedStage Stage => Route.Stage;

    public string Method => Http.Request.Method;

    public string Domain => Address.Host ?? $"{Stage.Api.ApiId}.execute-api.{Stage.Api.Region}.localhost";

    /// <summary>What execute-api:Invoke is judged on, and what an authorizer is asked about.</summary>
    public string Arn => field ??= $"{Stage.Arn}/{Method}{Uri.UnescapeDataString(RoutedPath)}";

    public UrlRequest Event(string traceId, ApiIdentity identity, Action<Utf8JsonWriter>? lead = null) => new()
    {
        Http = Http,
        Id = Stage.Api.ApiId,
        RawPath = Path,
        RawQuery = Address.RawQuery,
        Domain = Domain,
        Body = Body,
        Caller = (identity as ApiIdentity.Signed)?.Caller,
        TraceId = traceId,
        Time = Time,
        RouteKey = Route.Route.RouteKey,
        Stage = Stage.Name,
        AccountId = Stage.Api.AccountId,
        RequestId = RequestId,
        Lead = lead,
        Authorizer = identity.Write2,
        PathParameters = PathParameters,
        StageVariables = Stage.Variables,
    };
}

/// <summary>What is known of whoever sends a request.</summary>
abstract record ApiIdentity
{
    public static ApiIdentity Nobody { get; } = new Anybody();

    /// <summary>The member <c>authorizer</c> of payload 2.0.</summary>
    public abstract void Write2(Utf8JsonWriter json);

    /// <summary>The same of payload 1.0.</summary>
    public abstract void Write1(Utf8JsonWriter json);

    sealed record Anybody : ApiIdentity
    {
        public override void Write2(Utf8JsonWriter json)
        {
        }

        public override void Write1(Utf8JsonWriter json)
        {
        }
    }

    /// <summary>It signed.</summary>
    public sealed record Signed(Caller Caller) : ApiIdentity
    {
        public override void Write2(Utf8JsonWriter json)
        {
            json.WritePropertyName("authorizer");
            UrlEvent.WriteCaller(json, Caller);
        }

        public override void Write1(Utf8JsonWriter json) => Write2(json);
    }

    /// <summary>A Lambda authorizer let it in.</summary>
    /// <param name="Context">A JSON object, or undefined.</param>
    public sealed record Vouched(JsonElement Context, string? PrincipalId) : ApiIdentity
    {
        public override void Write2(Utf8JsonWriter json)
        {
            json.WriteStartObject("authorizer");
            json.WriteStartObject("lambda");
            WriteContext(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        public override void Write1(Utf8JsonWriter json)
        {
            json.WriteStartObject("authorizer");
            json.WriteNull("claims");
            json.WriteNull("scopes");
            WriteContext(json);
            if (PrincipalId is not null)
                json.WriteString("principalId", PrincipalId);
            json.WriteEndObject();
        }

        void WriteContext(Utf8JsonWriter json)
        {
            if (Context.ValueKind != JsonValueKind.Object)
                return;
            foreach (var member in Context.EnumerateObject())
                member.WriteTo(json);
        }
    }

    /// <summary>A token vouches for it.</summary>
    /// <param name="Scopes">Null when the route asks for none.</param>
    public sealed record Token(JsonElement Claims, IReadOnlyList<string>? Scopes) : ApiIdentity
    {
        public override void Write2(Utf8JsonWriter json)
        {
            json.WriteStartObject("authorizer");
            json.WriteStartObject("jwt");
            WriteClaims(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        public override void Write1(Utf8JsonWriter json)
        {
            json.WriteStartObject("authorizer");
            WriteClaims(json);
            json.WriteEndObject();
        }

        /// <summary>Every claim is text: lists as <c>[a b]</c>.</summary>
        void WriteClaims(Utf8JsonWriter json)
        {
            json.WriteStartObject("claims");
            foreach (var claim in Claims.EnumerateObject())
            {
                json.WriteString(claim.Name, claim.Value.ValueKind switch
                {
                    JsonValueKind.String => claim.Value.GetString(),
                    JsonValueKind.Array => $"[{string.Join(' ', claim.Value.EnumerateArray().Select(each => each.ToString()))}]",
                    _ => claim.Value.GetRawText(),
                });
            }

            json.WriteEndObject();
            if (Scopes is null)
            {
                json.WriteNull("scopes");
                return;
            }

            json.WriteStartArray("scopes");
            foreach (var scope in Scopes)
                json.WriteStringValue(scope);
            json.WriteEndArray();
        }
    }
}
