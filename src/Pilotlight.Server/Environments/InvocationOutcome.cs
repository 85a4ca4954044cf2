using System.IO.Pipelines;
using System.Text;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Environments;

/// <summary>One invocation as an environment sees it.</summary>
public sealed record InvocationRequest
{
    public required string RequestId { get; init; }
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The ARN as invoked, with the qualifier the caller used.</summary>
    public required string InvokedFunctionArn { get; init; }

    public string? TraceId { get; init; }

    /// <summary>Decoded JSON.</summary>
    public string? ClientContext { get; init; }

    /// <summary>The caller wants the last 4 KB of the log.</summary>
    public LogTail Tail { get; init; }

    /// <summary>A caller that takes the answer as it comes may get <see cref="InvocationOutcome.Streaming"/>.</summary>
    public ResponseMode Response { get; init; }
}

public enum LogTail
{
    None,
    Tail,
}

/// <summary>How an invocation ended: everything a caller can be told.</summary>
public abstract record InvocationOutcome
{
    /// <summary>The bytes the caller gets.</summary>
    public abstract ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The function answered.</summary>
    public sealed record Succeeded(ReadOnlyMemory<byte> Answer, string ContentType) : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload => Answer;
    }

    /// <summary>
    /// The function is answering, to a caller that asked for a stream. <paramref name="Body"/> must be read to its end or completed;
    /// <paramref name="End"/> says afterwards how it went: <see cref="Succeeded"/> without bytes, or an error.
    /// </summary>
    public sealed record Streaming(PipeReader Body, string ContentType, Task<InvocationOutcome> End) : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload => default;
    }

    /// <summary>The runtime posted an error, at INIT or for the event; it is passed on verbatim.</summary>
    public sealed record FunctionError(ReadOnlyMemory<byte> Answer, string ErrorType) : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload => Answer;
    }

    /// <summary>The platform ended it: <c>Sandbox.Timedout</c>, <c>Runtime.ExitError</c>, <c>Runtime.InvalidEntrypoint</c>.</summary>
    public sealed record PlatformError(string ErrorType, string Message) : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload { get; } = Encoding.UTF8.GetBytes(
            $$"""{"errorType":"{{ErrorType}}","errorMessage":{{Quote(Message)}}}""");

        static string Quote(string text) =>
            $"\"{System.Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
    }

    /// <summary>There was no concurrency left; the reason is AWS's word.</summary>
    public sealed record Throttled(string Reason) : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload => default;
    }

    /// <summary>The function has run too often in its chain of invocations.</summary>
    public sealed record Recursive : InvocationOutcome
    {
        public override ReadOnlyMemory<byte> Payload => default;
    }

    public static PlatformError TimedOut(string requestId, TimeSpan timeout) =>
        new("Sandbox.Timedout", FormattableString.Invariant($"RequestId: {requestId} Error: Task timed out after {timeout.TotalSeconds:F2} seconds"));

    public static PlatformError TooLarge(long maxBytes) =>
        new("Function.ResponseSizeTooLarge", $"Response payload size exceeded maximum allowed payload size ({maxBytes} bytes).");

    public static PlatformError Truncated(string requestId) =>
        new("Runtime.TruncatedResponse", $"RequestId: {requestId} Error: HTTP request detected as truncated");

    /// <summary>An extension was the end of it.</summary>
    public static PlatformError Failed(string requestId, ExtensionFailure failure) =>
        new(failure.ErrorType, $"RequestId: {requestId} Error: {failure.Message}");

    /// <param name="errorType">Another than the runtime's own exit, where an extension had reported one before.</param>
    public static PlatformError Exited(string requestId, Sandbox.ExitStatus status, string? errorType = null) => new(
        errorType ?? "Runtime.ExitError",
        status is { Signaled: false, Code: 0 }
            ? $"RequestId: {requestId} Error: Runtime exited without providing a reason"
            : $"RequestId: {requestId} Error: Runtime exited with error: {status}");
}
