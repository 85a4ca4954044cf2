using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Pilotlight.RuntimeApi;

/// <summary>The Runtime API 2018-06-01 over HTTP (spec/runtime-api.md 1 and 2), for the environment whose connection it is. What belongs to
/// extensions goes on to <see cref="ExtensionsEndpoint"/>.</summary>
public static partial class RuntimeApiEndpoint
{
    /// <summary>6 MiB and 100 bytes: the largest response or error body.</summary>
    public const int MaxPayloadBytes = 6 * 1024 * 1024 + 100;

    const string ErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";

    const string Prefix = "/2018-06-01/";
    const string Invocation = "/2018-06-01/runtime/invocation/";

    /// <summary>Ours alone: where a runtime client that was started ahead of need asks for its function.</summary>
    const string Assignment = "/_pilotlight/assignment";

    static readonly byte[] s_accepted = "{\"status\":\"OK\"}\n"u8.ToArray();

    public static Task HandleAsync(HttpContext http, RuntimeSession session)
    {
        var path = http.Request.Path.Value ?? "";
        if (path.StartsWith(Invocation, StringComparison.Ordinal))
        {
            var rest = path.AsSpan(Invocation.Length);
            if (rest is "next")
                return Get(http) ? NextAsync(http, session) : MethodNotAllowed(http);
            var slash = rest.IndexOf('/');
            if (slash > 0)
            {
                var id = rest[..slash].ToString();
                switch (rest[(slash + 1)..])
                {
                    case "response":
                        return Post(http) ? RespondAsync(http, session, id) : MethodNotAllowed(http);
                    case "error":
                        return Post(http) ? FailAsync(http, session, id) : MethodNotAllowed(http);
                }
            }
        }

        return path switch
        {
            Prefix + "runtime/init/error" => Post(http) ? FailInitAsync(http, session) : MethodNotAllowed(http),
            Assignment => Get(http) ? AssignAsync(http, session) : MethodNotAllowed(http),
            Prefix + "ping" => Get(http) ? PongAsync(http) : MethodNotAllowed(http),
            _ => ExtensionsEndpoint.TryHandle(http, path, session) ?? NotFound(http),
        };
    }

    static async Task NextAsync(HttpContext http, RuntimeSession session)
    {
        var poll = new WaitingPoll();
        if (session.Poll(poll) is { } current)
            poll.Give(current);
        RuntimeEvent next;
        await using (http.RequestAborted.UnsafeRegister(static state =>
        {
            var (session, poll) = ((RuntimeSession, WaitingPoll))state!;
            session.Forget(poll);
            poll.TrySetCanceled();
        }, (session, poll)))
        {
            try
            {
                next = await poll.Task;
            }
            catch (OperationCanceledException)
            {
                http.Abort();
                return;
            }
        }

        Unhurried(http);
        var response = http.Response;
        var headers = response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = next.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = next.DeadlineUnixMilliseconds.ToString();
        headers["Lambda-Runtime-Invoked-Function-Arn"] = next.InvokedFunctionArn;
        if (!string.IsNullOrEmpty(next.TraceId))
            headers["Lambda-Runtime-Trace-Id"] = next.TraceId;
        if (!string.IsNullOrEmpty(next.ClientContext))
            headers["Lambda-Runtime-Client-Context"] = next.ClientContext;
        if (!string.IsNullOrEmpty(next.CognitoIdentity))
            headers["Lambda-Runtime-Cognito-Identity"] = next.CognitoIdentity;
        response.ContentType = next.ContentType;
        response.ContentLength = next.Payload.Length;
        await response.Body.WriteAsync(next.Payload);
    }

    static async Task AssignAsync(HttpContext http, RuntimeSession session)
    {
        if (session.Assignment?.Take() is not { } assigning)
        {
            await NotFound(http);
            return;
        }

        Unhurried(http);
        ReadOnlyMemory<byte> assignment;
        try
        {
            assignment = await assigning.WaitAsync(http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = assignment.Length;
        await http.Response.Body.WriteAsync(assignment);
    }

    static async Task RespondAsync(HttpContext http, RuntimeSession session, string id)
    {
        if (session.BeginAnswer(id, RuntimeState.InvocationResponse) is { } refusal)
        {
            await RefuseAsync(http, refusal);
            return;
        }

        var mode = http.Request.Headers["Lambda-Runtime-Function-Response-Mode"].ToString();
        var streaming = mode == "streaming";
        if (mode.Length > 0 && !streaming)
        {
            session.CompleteAnswer(new RuntimeAnswer(RuntimeAnswerKind.Error, default, "application/octet-stream", "Runtime.InvalidResponseModeHeader"));
            await RefuseAsync(http, RuntimeRefusal.InvalidResponseMode);
            return;
        }

        var contentType = http.Request.ContentType ?? "application/json";
        if (streaming && session.TryBeginStream(contentType) is { } stream)
        {
            await StreamAsync(http, session, stream);
            return;
        }

        var (body, failure) = await ReadBodyAsync(http, MaxPayloadBytes);
        if (failure is not null)
        {
            var type = failure == RuntimeRefusal.TooLarge ? "Function.ResponseSizeTooLarge" : "Runtime.TruncatedResponse";
            session.CompleteAnswer(PlatformFailure(type, id));
            await RefuseAsync(http, failure);
            return;
        }

        var answer = streaming && StreamFailure(http) is { } failed
            ? failed
            : new RuntimeAnswer(RuntimeAnswerKind.Response, body, contentType, null);
        session.CompleteAnswer(answer);
        await AcceptAsync(http);
    }

    static async Task StreamAsync(HttpContext http, RuntimeSession session, RuntimeStream stream)
    {
        Unhurried(http);
        Unlimited(http);
        var end = await stream.PumpAsync(http.Request.BodyReader, () => StreamFailure(http) is { } failed
            ? new RuntimeStreamEnd(RuntimeStreamEndKind.Failed, failed.Body, failed.ErrorType)
            : null);
        session.CompleteAnswer(null);
        switch (end.Kind)
        {
            case RuntimeStreamEndKind.Complete or RuntimeStreamEndKind.Failed:
                await AcceptAsync(http);
                break;
            case RuntimeStreamEndKind.TooLarge:
                await RefuseAsync(http, RuntimeRefusal.StreamTooLarge);
                break;
            case RuntimeStreamEndKind.Truncated:
                await RefuseAsync(http, RuntimeRefusal.Truncated);
                break;
            default:
                http.Abort();
                break;
        }
    }

    static async Task FailAsync(HttpContext http, RuntimeSession session, string id)
    {
        if (session.BeginAnswer(id, RuntimeState.InvocationErrorResponse) is { } refusal)
        {
            await RefuseAsync(http, refusal);
            return;
        }

        var (body, failure) = await ReadBodyAsync(http, MaxPayloadBytes);
        if (failure is not null)
        {
            var type = failure == RuntimeRefusal.TooLarge ? "Function.ResponseSizeTooLarge" : "Runtime.TruncatedResponse";
            session.CompleteAnswer(PlatformFailure(type, id));
            await RefuseAsync(http, failure);
            return;
        }

        session.CompleteAnswer(ErrorAnswer(body, http.Request.ContentType, http.Request.Headers[ErrorTypeHeader].ToString()));
        await AcceptAsync(http);
    }

    static async Task FailInitAsync(HttpContext http, RuntimeSession session)
    {
        var (body, failure) = await ReadBodyAsync(http, MaxPayloadBytes);
        if (failure is null)
            failure = session.FailInitialization(ErrorAnswer(body, http.Request.ContentType, http.Request.Headers[ErrorTypeHeader].ToString()));
        if (failure is not null)
            await RefuseAsync(http, failure);
        else
            await AcceptAsync(http);
    }

    /// <summary>The error as the caller gets it: verbatim, but for the X-Ray cause, which is for telemetry.</summary>
    /// <param name="typeHeader">What <c>Lambda-Runtime-Function-Error-Type</c> says; empty for nothing.</param>
    internal static RuntimeAnswer ErrorAnswer(ReadOnlyMemory<byte> body, string? contentType, string typeHeader)
    {
        var type = NormalizeErrorType(typeHeader);
        if (contentType != "application/vnd.aws.lambda.error.cause+json")
            return new RuntimeAnswer(RuntimeAnswerKind.Error, body, IsJson(body) ? "application/json" : "application/octet-stream", type);
        return TryStripCause(body) is { } stripped
            ? new RuntimeAnswer(RuntimeAnswerKind.Error, stripped, "application/json", type)
            : new RuntimeAnswer(RuntimeAnswerKind.Error, "\"Invalid error body\""u8.ToArray(), "application/octet-stream", type);
    }

    internal static string NormalizeErrorType(string header) =>
        ErrorTypePattern().IsMatch(header) ? header
        : header.StartsWith("Function.", StringComparison.Ordinal) ? "Function.Unknown"
        : "Runtime.Unknown";

    static byte[]? TryStripCause(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var buffer = new ArrayBufferWriter<byte>(body.Length);
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (var member in document.RootElement.EnumerateObject().Where(member => member.Name != "errorCause"))
                    member.WriteTo(writer);
                writer.WriteEndObject();
            }

            return buffer.WrittenSpan.ToArray();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A stream that broke says so in trailers: the type, and the error JSON in base64.</summary>
    static RuntimeAnswer? StreamFailure(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestTrailersFeature>() is not { Available: true, Trailers: { Count: > 0 } trailers })
            return null;
        var type = trailers[ErrorTypeHeader].ToString();
        var encoded = trailers["Lambda-Runtime-Function-Error-Body"].ToString();
        if (type.Length == 0 && encoded.Length == 0)
            return null;
        var body = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, body, out var length)
            ? new RuntimeAnswer(RuntimeAnswerKind.Error, body.AsMemory(0, length), "application/json", NormalizeErrorType(type))
            : new RuntimeAnswer(RuntimeAnswerKind.Error, default, "application/octet-stream", NormalizeErrorType(type));
    }

    static bool IsJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            while (reader.Read())
                reader.TrySkip();
            return body.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The answer of a connection that broke off in the middle of one.</summary>
    internal static RuntimeAnswer Truncated(string requestId) => PlatformFailure("Runtime.TruncatedResponse", requestId);

    /// <summary>What the caller gets when the platform had to refuse the runtime's answer.</summary>
    static RuntimeAnswer PlatformFailure(string type, string requestId) => new(RuntimeAnswerKind.Error, Encoding.UTF8.GetBytes(
        type == "Function.ResponseSizeTooLarge"
            ? $$"""{"errorType":"{{type}}","errorMessage":"Response payload size exceeded maximum allowed payload size ({{MaxPayloadBytes}} bytes)."}"""
            : $$"""{"errorType":"{{type}}","errorMessage":"RequestId: {{requestId}} Error: HTTP request detected as truncated"}"""),
        "application/json", type);

    internal static async ValueTask<(ReadOnlyMemory<byte> Body, RuntimeRefusal? Failure)> ReadBodyAsync(HttpContext http, int maxBytes)
    {
        Unhurried(http);
        Unlimited(http);
        try
        {
            if (http.Request.ContentLength is { } length)
            {
                if (length > maxBytes)
                    return (default, RuntimeRefusal.TooLarge);
                var exact = GC.AllocateUninitializedArray<byte>((int)length);
                await http.Request.Body.ReadExactlyAsync(exact, http.RequestAborted);
                return (exact, null);
            }

            var reader = http.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(http.RequestAborted);
                if (read.Buffer.Length > maxBytes)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    return (default, RuntimeRefusal.TooLarge);
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return (body, null);
                }

                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception broken) when (broken is BadHttpRequestException or IOException or OperationCanceledException)
        {
            return (default, RuntimeRefusal.Truncated);
        }
    }

    /// <summary>A function may be slow, or frozen, in the middle of a body: Kestrel's minimum rates are for the internet.</summary>
    internal static void Unhurried(HttpContext http)
    {
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } reading)
            reading.MinDataRate = null;
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } writing)
            writing.MinDataRate = null;
    }

    /// <summary>The limits are ours: a streamed body is longer than Kestrel would take, a buffered one is refused in AWS's words.</summary>
    static void Unlimited(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }

    internal static Task AcceptAsync(HttpContext http) => WriteAsync(http, 202, "application/json", s_accepted);

    static Task PongAsync(HttpContext http) => WriteAsync(http, 200, "text/plain; charset=utf-8", "pong"u8.ToArray());

    static Task NotFound(HttpContext http) => WriteAsync(http, 404, "text/plain; charset=utf-8", "404 page not found\n"u8.ToArray());

    static Task MethodNotAllowed(HttpContext http) => WriteAsync(http, 405, null, []);

    static Task RefuseAsync(HttpContext http, RuntimeRefusal refusal) => WriteAsync(
        http, refusal.Status, "application/json",
        Encoding.UTF8.GetBytes($$"""{"errorMessage":"{{refusal.Message}}","errorType":"{{refusal.Type}}"}""" + "\n"));

    internal static async Task WriteAsync(HttpContext http, int status, string? contentType, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }

    static bool Get(HttpContext http) => HttpMethods.IsGet(http.Request.Method);

    static bool Post(HttpContext http) => HttpMethods.IsPost(http.Request.Method);

    [GeneratedRegex(@"(Runtime|Function)\.[A-Z][a-zA-Z]+")]
    private static partial Regex ErrorTypePattern();

    /// <summary>A <c>next</c> call on a connection of the web server.</summary>
    sealed class WaitingPoll() : TaskCompletionSource<RuntimeEvent>(TaskCreationOptions.RunContinuationsAsynchronously), IRuntimePoll
    {
        public void Give(RuntimeEvent next) => TrySetResult(next);
    }
}
