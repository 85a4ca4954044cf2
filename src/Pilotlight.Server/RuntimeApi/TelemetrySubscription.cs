using System.Text.Json;

namespace Pilotlight.RuntimeApi;

/// <summary>The names are those of AWS's error types.</summary>
public enum TelemetryApi
{
    Telemetry,

    /// <summary>The Logs API, which came before.</summary>
    Logs,
}

[Flags]
public enum TelemetryTypes
{
    None = 0,
    Platform = 1,
    Function = 2,
    Extension = 4,
}

/// <summary>What one extension asked to be sent, how and where (spec/runtime-api.md 4 and 5).</summary>
public sealed record TelemetrySubscription
{
    public required TelemetryApi Api { get; init; }
    public required string SchemaVersion { get; init; }
    public required TelemetryTypes Types { get; init; }
    public int MaxItems { get; init; } = 10_000;
    public int MaxBytes { get; init; } = 256 * 1024;
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where to inside the sandbox; null for TCP.</summary>
    public Uri? Uri { get; init; }

    public required int Port { get; init; }

    public HttpMethod Method { get; init; } = HttpMethod.Post;

    /// <summary>As AWS lists them, in its order.</summary>
    public IEnumerable<string> TypeNames
    {
        get
        {
            if (Types.HasFlag(TelemetryTypes.Platform))
                yield return "platform";
            if (Types.HasFlag(TelemetryTypes.Function))
                yield return "function";
            if (Types.HasFlag(TelemetryTypes.Extension))
                yield return "extension";
        }
    }

    /// <summary>Whether this API and schema know an event at all; then the types decide.</summary>
    public bool Wants(TelemetryTypes kind, string type) => Types.HasFlag(kind) && (kind != TelemetryTypes.Platform || Api switch
    {
        TelemetryApi.Telemetry => type is not ("platform.end" or "platform.logsSubscription"),
        _ => type is "platform.start" or "platform.end" or "platform.report" or "platform.extension" or "platform.logsSubscription"
            or "platform.logsDropped" or "platform.fault" || (type == "platform.runtimeDone" && SchemaVersion == "2021-03-18"),
    });

    /// <summary>Whether lines that are JSON are sent as such, where the function's log format is JSON.</summary>
    public bool TakesObjects => Api == TelemetryApi.Telemetry && SchemaVersion != "2022-07-01";

    /// <summary>A subscription, or everything that is wrong with the body in one line, as AWS says it.</summary>
    public static (TelemetrySubscription? Subscription, string? Problem) Parse(TelemetryApi api, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (null, "the body is not a JSON object");
            List<string> problems = [];
            var subscription = Read(api, document.RootElement, problems);
            return problems.Count == 0 ? (subscription, null) : (null, string.Join("; ", problems));
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return (null, "the body is not valid JSON");
        }
    }

    static TelemetrySubscription Read(TelemetryApi api, JsonElement root, List<string> problems)
    {
        var schema = Text(root, "schemaVersion") ?? (api == TelemetryApi.Telemetry ? "2022-07-01" : "2020-08-15");
        if (!(api == TelemetryApi.Telemetry ? schema is "2022-07-01" or "2022-12-13" or "2025-01-29" : schema is "2020-08-15" or "2021-03-18"))
            problems.Add("schemaVersion is not supported");
        var (uri, port, method) = Destination(api, root, problems);
        var types = TypesOf(root, problems);
        root.TryGetProperty("buffering", out var buffering);
        if (buffering.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object))
            problems.Add("buffering should be an object");
        return new TelemetrySubscription
        {
            Api = api,
            SchemaVersion = schema,
            Types = types,
            MaxItems = Number(buffering, "maxItems", 1_000, 10_000, 10_000, problems),
            MaxBytes = Number(buffering, "maxBytes", 262_144, 1_048_576, 262_144, problems),
            Timeout = TimeSpan.FromMilliseconds(Number(buffering, "timeoutMs", 25, 30_000, 1_000, problems)),
            Uri = uri,
            Port = port,
            Method = method,
        };
    }

    static (Uri? Uri, int Port, HttpMethod Method) Destination(TelemetryApi api, JsonElement root, List<string> problems)
    {
        if (!root.TryGetProperty("destination", out var destination) || destination.ValueKind != JsonValueKind.Object)
        {
            problems.Add("destination is not provided");
            return (null, 0, HttpMethod.Post);
        }

        var method = HttpMethod.Post;
        if (api == TelemetryApi.Logs && Text(destination, "method") is { } named)
        {
            if (named is not ("PUT" or "POST"))
                problems.Add("destination method should be PUT or POST");
            method = named == "PUT" ? HttpMethod.Put : HttpMethod.Post;
        }

        if (api == TelemetryApi.Logs && Text(destination, "encoding") is { } encoding && encoding != "JSON")
            problems.Add("destination encoding should be JSON");
        switch (Text(destination, "protocol")?.ToUpperInvariant())
        {
            case "TCP":
                if (destination.TryGetProperty("port", out var port) && port.ValueKind == JsonValueKind.Number
                    && port.TryGetInt32(out var number) && number is > 0 and <= 65535)
                    return (null, number, method);
                problems.Add("destination port is not provided");
                return (null, 0, method);
            case "HTTP":
                var text = Text(destination, "URI") ?? Text(destination, "uri");
                if (text is null || !System.Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != System.Uri.UriSchemeHttp)
                    problems.Add("URI is not provided or not valid");
                else if (uri.Host is not ("sandbox.localdomain" or "sandbox" or "sandbox.local"))
                    problems.Add("URI host should be sandbox.localdomain");
                else if (uri.IsDefaultPort && !text.Contains($"{uri.Host}:80", StringComparison.OrdinalIgnoreCase))
                    problems.Add("URI port is not provided");
                else
                    return (uri, uri.Port, method);
                return (null, 0, method);
            default:
                problems.Add("destination protocol should be HTTP or TCP");
                return (null, 0, method);
        }
    }

    static TelemetryTypes TypesOf(JsonElement root, List<string> problems)
    {
        var types = TelemetryTypes.None;
        if (root.TryGetProperty("types", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in list.EnumerateArray())
            {
                switch (item.ValueKind == JsonValueKind.String ? item.GetString() : null)
                {
                    case "platform":
                        types |= TelemetryTypes.Platform;
                        break;
                    case "function":
                        types |= TelemetryTypes.Function;
                        break;
                    case "extension":
                        types |= TelemetryTypes.Extension;
                        break;
                    default:
                        problems.Add("types should be platform, function or extension");
                        return types;
                }
            }
        }

        if (types == TelemetryTypes.None)
            problems.Add("types should not be empty");
        return types;
    }

    static int Number(JsonElement buffering, string name, int least, int most, int otherwise, List<string> problems)
    {
        if (buffering.ValueKind != JsonValueKind.Object || !buffering.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return otherwise;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        problems.Add($"{name} should be between {least} and {most}");
        return otherwise;
    }

    static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
