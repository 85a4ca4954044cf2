using System.Globalization;
using System.Text.Json;

namespace Pilotlight.RuntimeSupport;

/// <summary>Makes the ILambdaContext of each invocation, in the shape of the function's own Amazon.Lambda.Core.</summary>
sealed class FunctionContext
{
    readonly Func<Func<string, object?[], object?>, object> _make;
    readonly Type _shape;
    readonly FunctionLog _log;
    readonly string? _functionName = Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME");
    readonly string? _functionVersion = Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_VERSION");
    readonly string? _logGroup = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_GROUP_NAME");
    readonly string? _logStream = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME");
    readonly int _memoryMB = int.TryParse(Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), CultureInfo.InvariantCulture, out var size) ? size : 0;
    object? _logger;

    public FunctionContext(Type shape, FunctionLog log)
    {
        _shape = shape;
        _log = log;
        // TraceId and TenantId came later, with default implementations; what comes after them keeps its own.
        _make = Shape.Of(shape, member => member is "TraceId" or "TenantId");
    }

    public object For(Invocation invocation)
    {
        var client = Parse(invocation.ClientContext, "Client Context");
        var identity = Parse(invocation.CognitoIdentity, "Cognito Identity");
        object? clientContext = null, cognitoIdentity = null;
        return _make((member, _) => member switch
        {
            "AwsRequestId" => invocation.RequestId,
            "FunctionName" => _functionName,
            "FunctionVersion" => _functionVersion,
            "InvokedFunctionArn" => invocation.FunctionArn,
            "LogGroupName" => _logGroup,
            "LogStreamName" => _logStream,
            "MemoryLimitInMB" => _memoryMB,
            "RemainingTime" => DateTimeOffset.FromUnixTimeMilliseconds(invocation.DeadlineMs) - DateTimeOffset.UtcNow,
            "TraceId" => invocation.TraceId ?? "",
            "TenantId" => invocation.TenantId,
            "Logger" => _logger ??= Logger(TypeOf("Logger")),
            "ClientContext" => client is { } json ? clientContext ??= ClientContext(TypeOf("ClientContext"), json) : null,
            "Identity" => identity is { } json ? cognitoIdentity ??= Identity(TypeOf("Identity"), json) : null,
            _ => null,
        });
    }

    Type TypeOf(string property) => _shape.GetProperty(property)!.PropertyType;

    object Logger(Type shape) => Shape.Of(shape, member => member.StartsWith("Log", StringComparison.Ordinal))((member, arguments) =>
    {
        Log(member, arguments);
        return null;
    });

    /// <summary>All overloads at once: an optional level in the name or first, an optional exception, the message, an optional array of arguments.</summary>
    void Log(string member, object?[] arguments)
    {
        if (member == "Log" && arguments is [string raw])
        {
            _log.WriteRaw(raw);
            return;
        }
        var rest = arguments.AsSpan();
        string? level = member is "Log" or "LogLine" ? nameof(LogLevel.Information) : member[3..];
        if (member == "Log" && rest.Length > 1)
        {
            level = rest[0]?.ToString();
            rest = rest[1..];
        }
        Exception? exception = null;
        if (rest is [null or Exception, string or null, ..])
        {
            exception = (Exception?)rest[0];
            rest = rest[1..];
        }
        _log.Write(level, exception, rest.Length > 0 ? rest[0] as string : null, rest.Length > 1 ? rest[1] as object?[] ?? [] : []);
    }

    static object Identity(Type shape, JsonElement json) => Shape.Of(shape, _ => false)((member, _) => member switch
    {
        "IdentityId" => Text(json, "cognitoIdentityId"),
        "IdentityPoolId" => Text(json, "cognitoIdentityPoolId"),
        _ => null,
    });

    static object ClientContext(Type shape, JsonElement json) => Shape.Of(shape, _ => false)((member, _) => member switch
    {
        "Custom" => Texts(json, "custom"),
        "Environment" => Texts(json, "env"),
        "Client" when json.TryGetProperty("client", out var client) && client.ValueKind == JsonValueKind.Object => Client(shape.GetProperty("Client")!.PropertyType, client),
        _ => null,
    });

    static object Client(Type shape, JsonElement json) => Shape.Of(shape, _ => false)((member, _) => member switch
    {
        "AppPackageName" => Text(json, "app_package_name"),
        "AppTitle" => Text(json, "app_title"),
        "AppVersionCode" => Text(json, "app_version_code"),
        "AppVersionName" => Text(json, "app_version_name"),
        "InstallationId" => Text(json, "installation_id"),
        _ => null,
    });

    static JsonElement? Parse(string? text, string what)
    {
        if (string.IsNullOrEmpty(text)) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json.RootElement.Clone();
        }
        catch (JsonException malformed)
        {
            throw new ArgumentException($"Unable to parse {what} JSON: {malformed.Message}", malformed);
        }
        throw new ArgumentException($"Unable to parse {what} JSON: not an object");
    }

    static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;

    static Dictionary<string, string>? Texts(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var map) || map.ValueKind != JsonValueKind.Object) return null;
        var texts = new Dictionary<string, string>();
        foreach (var property in map.EnumerateObject()) texts[property.Name] = property.Value.ToString();
        return texts;
    }
}
