using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <param name="FunctionError">Null when the function answered.</param>
/// <param name="LogTail">The last 4 KB of the log, when it was asked for.</param>
sealed record InvokeAnswer(byte[] Payload, string? FunctionError, string RequestId, string? ExecutedVersion, string? LogTail);

enum InvocationKind
{
    Synchronous,
    Event,
}

/// <summary>The operations of the Lambda API that the commands use.</summary>
sealed class LambdaClient(PlatformClient platform)
{
    const string Functions = "/2015-03-31/functions";

    /// <summary>Null when there is no such function.</summary>
    public async Task<JsonElement?> TryGetConfigurationAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return (await SendAsync(HttpMethod.Get, $"{Path(name)}/configuration", null, cancellation)).Json();
        }
        catch (RefusedException refused) when (refused.Code == "ResourceNotFoundException")
        {
            return null;
        }
    }

    public async Task CreateAsync(JsonObject settings, byte[] zip, CancellationToken cancellation)
    {
        var request = (JsonObject)settings.DeepClone();
        request["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) };
        await SendAsync(HttpMethod.Post, Functions, request, cancellation);
    }

    public Task UpdateCodeAsync(string name, byte[] zip, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, $"{Path(name)}/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) }, cancellation);

    public Task UpdateConfigurationAsync(string name, JsonObject settings, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, $"{Path(name)}/configuration", settings, cancellation);

    /// <summary>Waits until the function is Active and its last update has succeeded.</summary>
    public async Task<JsonElement> WaitUntilReadyAsync(string name, TimeSpan patience, CancellationToken cancellation)
    {
        var deadline = platform.Time.GetUtcNow() + patience;
        while (true)
        {
            var found = await TryGetConfigurationAsync(name, cancellation)
                ?? throw new CliException(ExitCode.Refused, $"{name} was deleted while it was being deployed");
            var (state, update) = (Text(found, "State"), Text(found, "LastUpdateStatus"));
            if (state == "Failed" || update == "Failed")
                throw new CliException(ExitCode.Refused, $"{name}: {Text(found, "StateReason") ?? Text(found, "LastUpdateStatusReason") ?? "failed"}");
            if (state == "Active" && update is null or "Successful")
                return found;
            if (platform.Time.GetUtcNow() > deadline)
                throw new CliException(ExitCode.Refused, $"{name} is still {state}/{update} after {patience.TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromMilliseconds(50), platform.Time, cancellation);
        }
    }

    public async Task<InvokeAnswer> InvokeAsync(
        string name, string? qualifier, byte[] payload, InvocationKind kind, CancellationToken cancellation)
    {
        var path = $"{Path(name)}/invocations{(qualifier is null ? "" : $"?Qualifier={Uri.EscapeDataString(qualifier)}")}";
        (string, string)[] headers = kind == InvocationKind.Event
            ? [("X-Amz-Invocation-Type", "Event")]
            : [("X-Amz-Invocation-Type", "RequestResponse"), ("X-Amz-Log-Type", "Tail")];
        var answer = await platform.SendAsync("lambda", HttpMethod.Post, path, payload, cancellation, headers);
        return new InvokeAnswer(
            answer.Body,
            answer.Header("X-Amz-Function-Error"),
            answer.Header("x-amzn-RequestId") ?? "",
            answer.Header("X-Amz-Executed-Version"),
            answer.Header("X-Amz-Log-Result") is { } log ? Encoding.UTF8.GetString(Convert.FromBase64String(log)) : null);
    }

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string Path(string name) => $"{Functions}/{Uri.EscapeDataString(name)}";

    Task<PlatformAnswer> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation) =>
        platform.SendAsync("lambda", method, path, body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString()), cancellation);
}
