using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.RuntimeApi;

/// <summary>The Extensions API 2020-01-01, and the subscriptions of the Telemetry API 2022-07-01 and the Logs API 2020-08-15, over HTTP.</summary>
static class ExtensionsEndpoint
{
    /// <summary>Far more than any honest registration or subscription.</summary>
    const int MaxBodyBytes = 64 * 1024;

    const string Identifier = "Lambda-Extension-Identifier";
    const string ErrorType = "Lambda-Extension-Function-Error-Type";

    /// <summary>Null when the path is none of these APIs'.</summary>
    public static Task? TryHandle(HttpContext http, string path, RuntimeSession session)
    {
        if (!path.StartsWith("/202", StringComparison.Ordinal))
            return null;
        var (method, handle) = path.TrimEnd('/') switch
        {
            "/2020-01-01/extension/register" => ("POST", RegisterAsync),
            "/2020-01-01/extension/event/next" => ("GET", NextAsync),
            "/2020-01-01/extension/init/error" => ("POST", ReportInitErrorAsync),
            "/2020-01-01/extension/exit/error" => ("POST", ReportExitErrorAsync),
            "/2022-07-01/telemetry" => ("PUT", SubscribeToTelemetryAsync),
            "/2020-08-15/logs" => ("PUT", SubscribeToLogsAsync),
            _ => ("", (Func<HttpContext, RuntimeSession, Task>?)null),
        };
        if (handle is null)
            return null;
        if (session.ExtensionsAreOff)
            return RuntimeApiEndpoint.WriteAsync(http, 404, null, []);
        return http.Request.Method == method ? handle(http, session) : RuntimeApiEndpoint.WriteAsync(http, 405, null, []);
    }

    static async Task RegisterAsync(HttpContext http, RuntimeSession session)
    {
        var name = http.Request.Headers["Lambda-Extension-Name"].ToString();
        if (name.Length == 0)
        {
            await RefuseAsync(http, ExtensionRefusals.EmptyName);
            return;
        }

        if (await ReadAsync(http) is not { } body)
            return;
        var (events, malformed) = ParseRegistration(body);
        if (malformed is not null)
        {
            await RefuseAsync(http, ExtensionRefusals.InvalidFormat(malformed));
            return;
        }

        if (session.OpenExtensions() is not { } extensions)
        {
            await RefuseAsync(http, ExtensionRefusals.RegistrationClosed);
            return;
        }

        var (extension, refusal) = extensions.Register(name, events);
        if (refusal is not null)
        {
            await RefuseAsync(http, refusal);
            return;
        }

        http.Response.Headers[Identifier] = $"{extension!.Identifier:D}";
        var tellsAccount = http.Request.Headers["Lambda-Extension-Accept-Feature"].ToString()
            .Split(',', StringSplitOptions.TrimEntries).Contains("accountId");
        await RuntimeApiEndpoint.WriteAsync(http, 200, "application/json", Registration(extensions.Function, tellsAccount));
    }

    static async Task NextAsync(HttpContext http, RuntimeSession session)
    {
        if (await IdentifyAsync(http) is not { } identifier)
            return;
        if (session.Extensions is not { } extensions)
        {
            await RefuseAsync(http, ExtensionRefusals.UnknownExtension(identifier));
            return;
        }

        var (extension, waiting, refusal) = extensions.Next(identifier);
        if (refusal is not null)
        {
            await RefuseAsync(http, refusal);
            return;
        }

        RuntimeApiEndpoint.Unhurried(http);
        ExtensionEvent happening;
        try
        {
            happening = await waiting!.WaitAsync(http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            extensions.Forget(extension!, waiting!);
            http.Abort();
            return;
        }

        if (happening.EventIdentifier is { } id)
            http.Response.Headers["Lambda-Extension-Event-Identifier"] = id;
        await RuntimeApiEndpoint.WriteAsync(http, 200, "application/json", happening.Body);
    }

    static Task ReportInitErrorAsync(HttpContext http, RuntimeSession session) =>
        ReportAsync(http, session, static (extensions, identifier, type) => extensions.ReportInitError(identifier, type));

    static Task ReportExitErrorAsync(HttpContext http, RuntimeSession session) =>
        ReportAsync(http, session, static (extensions, identifier, type) => extensions.ReportExitError(identifier, type));

    static async Task ReportAsync(HttpContext http, RuntimeSession session, Func<ExtensionSet, Guid, string, RuntimeRefusal?> report)
    {
        if (await IdentifyAsync(http) is not { } identifier)
            return;
        var type = http.Request.Headers[ErrorType].ToString();
        var refusal = type.Length == 0 ? ExtensionRefusals.MissingErrorType
            : session.Extensions is { } extensions ? report(extensions, identifier, type)
            : ExtensionRefusals.UnknownIdentifier;
        if (refusal is not null)
            await RefuseAsync(http, refusal);
        else
            await RuntimeApiEndpoint.AcceptAsync(http);
    }

    static Task SubscribeToTelemetryAsync(HttpContext http, RuntimeSession session) => SubscribeAsync(http, session, TelemetryApi.Telemetry);

    static Task SubscribeToLogsAsync(HttpContext http, RuntimeSession session) => SubscribeAsync(http, session, TelemetryApi.Logs);

    static async Task SubscribeAsync(HttpContext http, RuntimeSession session, TelemetryApi api)
    {
        if (await IdentifyAsync(http) is not { } identifier)
            return;
        if (session.Extensions is not { } extensions || extensions.NameOf(identifier) is not { } name)
        {
            await RefuseAsync(http, ExtensionRefusals.UnknownExtension(identifier));
            return;
        }

        if (await ReadAsync(http) is not { } body)
            return;
        var (subscription, problem) = TelemetrySubscription.Parse(api, body);
        if (subscription is null)
        {
            await RefuseAsync(http, extensions.Telemetry.IsClosed
                ? ExtensionRefusals.SubscriptionClosed(api)
                : ExtensionRefusals.InvalidSubscription(api, problem!));
            return;
        }

        switch (extensions.Telemetry.Subscribe(name, subscription))
        {
            case SubscribeOutcome.Subscribed:
                await RuntimeApiEndpoint.WriteAsync(http, 200, "application/json", "\"OK\""u8.ToArray());
                break;
            case SubscribeOutcome.AlreadySubscribed:
                await RuntimeApiEndpoint.WriteAsync(http, 200, "application/json", "\"AlreadySubcribed\""u8.ToArray());
                break;
            case SubscribeOutcome.OtherApi:
                await RefuseAsync(http, ExtensionRefusals.InvalidSubscription(api, "the Logs API and the Telemetry API cannot both be subscribed to"));
                break;
            default:
                await RefuseAsync(http, ExtensionRefusals.SubscriptionClosed(api));
                break;
        }
    }

    /// <summary>The events asked for, or what is wrong with the body.</summary>
    static (IReadOnlyList<string> Events, string? Malformed) ParseRegistration(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return ([], "unexpected end of JSON input");
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Null)
                return ([], null);
            if (root.ValueKind != JsonValueKind.Object)
                return ([], "the body is not a JSON object");
            if (root.TryGetProperty("configurationKeys", out var keys) && keys.ValueKind == JsonValueKind.Array && keys.GetArrayLength() > 0)
                return ([], "configurationKeys are deprecated; use environment variables instead");
            if (!root.TryGetProperty("events", out var events) || events.ValueKind == JsonValueKind.Null)
                return ([], null);
            if (events.ValueKind != JsonValueKind.Array || events.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String))
                return ([], "events is not a list of strings");
            return ([.. events.EnumerateArray().Select(static item => item.GetString()!)], null);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A string may hold half a surrogate pair, which is only found when it is read.
            return ([], "invalid character in the JSON input");
        }
    }

    static byte[] Registration(ExtendedFunction function, bool tellsAccount)
    {
        using var stream = new MemoryStream(128);
        using (var json = new Utf8JsonWriter(stream, TelemetryHub.Relaxed))
        {
            json.WriteStartObject();
            if (tellsAccount)
                json.WriteString("accountId", function.AccountId);
            json.WriteString("functionName", function.Name);
            json.WriteString("functionVersion", function.Version);
            json.WriteString("handler", function.Handler);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Who calls; null when that was no identifier, and then it was refused.</summary>
    static async ValueTask<Guid?> IdentifyAsync(HttpContext http)
    {
        var header = http.Request.Headers[Identifier].ToString();
        if (header.Length > 0 && Guid.TryParse(header, out var identifier))
            return identifier;
        await RefuseAsync(http, header.Length == 0 ? ExtensionRefusals.MissingIdentifier : ExtensionRefusals.InvalidIdentifier);
        return null;
    }

    /// <summary>The whole body; null when it was too long or broke off, and then it was refused.</summary>
    static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpContext http)
    {
        var (body, failure) = await RuntimeApiEndpoint.ReadBodyAsync(http, MaxBodyBytes);
        if (failure is null)
            return body;
        await RefuseAsync(http, failure == RuntimeRefusal.TooLarge
            ? new RuntimeRefusal(413, failure.Type, $"Exceeded maximum allowed payload size ({MaxBodyBytes} bytes).")
            : failure);
        return null;
    }

    /// <summary>As Go's encoder writes it: what a browser could take for markup is escaped.</summary>
    static Task RefuseAsync(HttpContext http, RuntimeRefusal refusal)
    {
        var message = JsonEncodedText.Encode(refusal.Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()
            .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal).Replace("&", "\\u0026", StringComparison.Ordinal);
        return RuntimeApiEndpoint.WriteAsync(http, refusal.Status, "application/json",
            System.Text.Encoding.UTF8.GetBytes($$"""{"errorMessage":"{{message}}","errorType":"{{refusal.Type}}"}""" + "\n"));
    }
}
