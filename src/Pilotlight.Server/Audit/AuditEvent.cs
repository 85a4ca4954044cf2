using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>Writes a call as CloudTrail records it (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).</summary>
static class AuditEvent
{
    const string Version = "1.11";
    const int MaxPartChars = 100_000;
    const int MaxUserAgentChars = 1024;

    static readonly JsonWriterOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AuditRecord Of(AwsRequest request, AwsError? error, DateTimeOffset now)
    {
        var caller = request.Caller;
        var operation = request.Operation;
        var readOnly = ControlPlane.IsReadOnly(operation);
        var (id, name, source) = (Guid.NewGuid().ToString(), ControlPlane.EventName(request), $"{operation.Service.Name}.amazonaws.com");
        var time = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_relaxed))
        {
            json.WriteStartObject();
            json.WriteString("eventVersion", Version);
            WriteIdentity(json, caller, time);
            json.WriteString("eventTime", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteString("eventSource", source);
            json.WriteString("eventName", name);
            json.WriteString("awsRegion", request.Region);
            json.WriteString("sourceIPAddress", request.Http.Connection.RemoteIpAddress?.MapToIPv4Mapped() ?? "unknown");
            json.WriteString("userAgent", Cut(request.Header("User-Agent") ?? "", MaxUserAgentChars));
            if (error is not null)
            {
                json.WriteString("errorCode", error.Code);
                json.WriteString("errorMessage", error.Message);
            }

            WritePart(json, "requestParameters", () => AuditParameters.OfRequest(request));
            WritePart(json, "responseElements", () => readOnly || error is not null ? null : AuditParameters.OfAnswer(request));
            json.WriteString("requestID", request.RequestId);
            json.WriteString("eventID", id);
            json.WriteBoolean("readOnly", readOnly);
            json.WriteString("eventType", "AwsApiCall");
            json.WriteBoolean("managementEvent", true);
            json.WriteString("recipientAccountId", caller.AccountId);
            json.WriteString("eventCategory", "Management");
            if (request.Http.Request.IsHttps)
            {
                json.WriteStartObject("tlsDetails");
                json.WriteString("clientProvidedHostHeader", request.Http.Request.Host.Value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return new AuditRecord(
            id, caller.AccountId, request.Region, time, name, source, Username(caller), caller.AccessKeyId, readOnly, Resources(request, error),
            Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    static string MapToIPv4Mapped(this System.Net.IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    static void WriteIdentity(Utf8JsonWriter json, Caller caller, DateTimeOffset time)
    {
        json.WriteStartObject("userIdentity");
        json.WriteString("type", caller.Kind switch
        {
            CallerKind.User => "IAMUser",
            CallerKind.Service => "AWSService",
            CallerKind.Anonymous => "Unknown",
            var kind => kind.ToString(),
        });
        json.WriteString("principalId", caller.UserId);
        json.WriteString("arn", caller.Arn);
        json.WriteString("accountId", caller.AccountId);
        json.WriteString("accessKeyId", caller.AccessKeyId);
        if (caller.Kind == CallerKind.User)
            json.WriteString("userName", Username(caller));
        if (caller.RoleArn is { } role)
        {
            json.WriteStartObject("sessionContext");
            json.WriteStartObject("sessionIssuer");
            json.WriteString("type", "Role");
            json.WriteString("principalId", caller.UserId.Split(':')[0]);
            json.WriteString("arn", role);
            json.WriteString("accountId", caller.AccountId);
            json.WriteString("userName", role[(role.LastIndexOf('/') + 1)..]);
            json.WriteEndObject();
            json.WriteStartObject("attributes");
            json.WriteString("mfaAuthenticated", "false");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>What lookups know a caller by: <c>root</c>, the user's name, the session's name.</summary>
    static string Username(Caller caller) => caller.Kind == CallerKind.Root ? "root" : caller.Arn[(caller.Arn.LastIndexOf('/') + 1)..];

    static void WritePart(Utf8JsonWriter json, string name, Func<JsonNode?> part)
    {
        json.WritePropertyName(name);
        var text = Text(part);
        if (text.Length <= MaxPartChars)
        {
            json.WriteRawValue(text);
            return;
        }

        // As CloudTrail does with events beyond 256 KB.
        json.WriteStartObject();
        json.WriteBoolean("omitted", true);
        json.WriteNumber("originalSize", text.Length);
        json.WriteString("reason", $"{name} too large");
        json.WriteEndObject();
    }

    /// <summary>What a request holds that is JSON but no text (half a surrogate pair, a name twice) was refused, and is recorded as nothing.</summary>
    static string Text(Func<JsonNode?> part)
    {
        try
        {
            return part()?.ToJsonString(AuditParameters.Relaxed) ?? "null";
        }
        catch (Exception failed) when (failed is InvalidOperationException or ArgumentException or JsonException or FormatException)
        {
            return "null";
        }
    }

    static List<AuditResource> Resources(AwsRequest request, AwsError? error)
    {
        // What model validation refused may name nothing, or nothing that can be read.
        if (error?.Code is "ValidationException" or "SerializationException")
            return [];
        string arn;
        try
        {
            arn = request.Operation.Resource(request);
        }
        catch (Exception failed) when (failed is AwsException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return [];
        }

        if (ControlPlane.ResourceType(arn) is not { } type)
            return [];
        var name = type switch
        {
            "AWS::Lambda::Function" or "AWS::Lambda::LayerVersion" or "AWS::Lambda::EventSourceMapping" =>
                arn.Split(':') is [_, _, _, _, _, _, var part, ..] ? part : arn,
            _ => arn[(arn.LastIndexOf('/') + 1)..],
        };
        return name == arn || name.Length == 0 ? [new AuditResource(type, arn)] : [new AuditResource(type, name), new AuditResource(type, arn)];
    }

    static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
