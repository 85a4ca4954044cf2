using System.Buffers;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary><c>Invoke</c>: RequestResponse, Event and DryRun (spec/invoke.md 1).</summary>
static class Invoke
{
    public const long MaxPayloadBytes = 6 * 1024 * 1024;
    const int MaxEventBytes = 1024 * 1024;
    const int MaxClientContextBytes = 3583;

    static readonly SearchValues<char> s_plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    static readonly byte[] s_emptyObject = "{}"u8.ToArray();

    /// <summary>The model; a bare name without qualifier or options, which is nearly every call, needs none of its patterns.</summary>
    public static AwsError? Validate(AwsRequest request)
    {
        var headers = request.Http.Request.Headers;
        var plain = !request.Http.Request.QueryString.HasValue && !headers.ContainsKey("X-Amz-Invocation-Type") && !headers.ContainsKey("X-Amz-Log-Type")
            && !headers.ContainsKey("X-Amz-Tenant-Id") && !headers.ContainsKey("X-Amz-Durable-Execution-Name")
            && request.Path("FunctionName") is { Length: > 0 and <= 64 } name && !name.AsSpan().ContainsAnyExcept(s_plain);
        return plain ? null : LambdaInputs.Invoke.Validate(request);
    }

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, InvocationServices services)
    {
        var type = request.Header("X-Amz-Invocation-Type") ?? "RequestResponse";
        var (version, invocation, refused) = await PrepareAsync(request, type, catalog, services.Time);
        if (refused is not null)
            return refused;
        if (type == "DryRun")
            return AwsResult.Empty(204);
        var headers = request.Http.Response.Headers;
        headers["X-Amzn-Trace-Id"] = invocation.TraceId;
        if (type == "Event")
        {
            _ = FunctionName.Resolve(request, out var reference);
            await services.Events.AcceptAsync(reference, invocation.RequestId, invocation.TraceId, invocation.Payload);
            return AwsResult.Empty(202);
        }

        // A client that goes away does not stop the function.
        var execution = await services.Invoker.InvokeAsync(version, invocation);
        if (execution.Outcome is InvocationOutcome.Throttled throttled)
            return InvocationErrors.Throttled(throttled.Reason);
        if (execution.Outcome is InvocationOutcome.Recursive)
            return InvocationErrors.Recursive;
        headers["X-Amz-Executed-Version"] = version.Version;
        headers["x-amzn-Remapped-Content-Length"] = "0";
        if (execution.Outcome is not InvocationOutcome.Succeeded)
            headers["X-Amz-Function-Error"] = "Unhandled";
        if (invocation.Tail == LogTail.Tail)
            headers["X-Amz-Log-Result"] = Convert.ToBase64String((await execution.Finished).LogTail);
        return AwsResult.Bytes(execution.Outcome.Payload, "application/json");
    }

    /// <summary>What a request to invoke means, or why it is refused, in AWS's order of checks. Both halves are null only when it is refused.</summary>
    public static async ValueTask<(FunctionVersion Version, InvocationRequest Invocation, AwsError? Refused)> PrepareAsync(
        AwsRequest request, string type, FunctionCatalog catalog, TimeProvider time)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return Refuse(refused);
        if (catalog.Find(reference) is not { } version)
            return Refuse(reference.NotFoundByInvoke);
        if (TenantRules.Refuse(request, version) is { } misplaced)
            return Refuse(misplaced);
        if (type == "Event" && request.Body.Length > MaxEventBytes)
            return Refuse(AwsError.TooLarge(MaxEventBytes, "InvokeFunction"));
        if (!request.Body.IsEmpty && PayloadJson.Problem(request.Body.Span) is { } problem)
            return Refuse(new AwsError(400, "InvalidRequestContentException", problem));
        var (clientContext, badContext) = ClientContext(request.Header("X-Amz-Client-Context"));
        if (badContext is not null)
            return Refuse(badContext);
        if (version.State == "Pending")
        {
            // Without a VPC or an image AWS lets the call wait for the function to become active, and so do we.
            if (await catalog.FindSettledAsync(reference, request.Aborted) is not { } settled)
                return Refuse(reference.NotFoundByInvoke);
            version = settled;
        }

        if (version.State != "Active")
            return Refuse(InvocationErrors.NotActive(version.State));
        if (type != "DryRun" && version.NotRunnable is { } what)
            return Refuse(FunctionErrors.NotRunnable(what));
        return (version, new InvocationRequest
        {
            RequestId = request.RequestId,
            Payload = request.Body.IsEmpty ? s_emptyObject : request.Body,
            InvokedFunctionArn = reference.QualifiedArn,
            TraceId = TraceHeader.From(request.Header("X-Amzn-Trace-Id"), version, time),
            ClientContext = type == "Event" ? null : clientContext,
            Tail = type != "Event" && request.Header("X-Amz-Log-Type") == "Tail" ? LogTail.Tail : LogTail.None,
        }, null);

        static (FunctionVersion, InvocationRequest, AwsError?) Refuse(AwsError error) => (null!, null!, error);
    }

    static (string? Json, AwsError? Error) ClientContext(string? header)
    {
        if (string.IsNullOrEmpty(header))
            return (null, null);
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header, bytes, out var length) || length > MaxClientContextBytes)
            return (null, InvocationErrors.BadClientContext);
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return (null, InvocationErrors.BadClientContext);

            // It becomes a header of the Runtime API: line ends and non-ASCII must not get there raw.
            return (OneLine(json.RootElement), null);
        }
        catch (JsonException)
        {
            return (null, InvocationErrors.BadClientContext);
        }
    }

    static string OneLine(JsonElement json)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            json.WriteTo(writer);
        return Encoding.ASCII.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}

/// <summary>Refusals of the invocation operations, as AWS words them.</summary>
static class InvocationErrors
{
    public static AwsError BadClientContext { get; } =
        new(400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");

    public static AwsError NotActive(string state) => AwsError.Conflict(
        $"The operation cannot be performed at this time. The function is currently in the following state: {state}");

    public static AwsError Recursive { get; } = new(
        400, "RecursiveInvocationException",
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources "
        + "and stopped your function's invocation.");

    public static AwsError Throttled(string reason) =>
        new(429, "TooManyRequestsException", "Rate Exceeded.") { Reason = reason, RetryAfterSeconds = 1 };
}
