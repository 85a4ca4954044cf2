using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Invocations;

/// <summary><c>InvokeWithResponseStream</c> (spec/invoke.md 3): what the function writes leaves in frames as it is written.</summary>
static class InvokeWithResponseStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, InvocationServices services)
    {
        var type = request.Header("X-Amz-Invocation-Type") ?? "RequestResponse";
        var (version, invocation, refused) = await Invoke.PrepareAsync(request, type, catalog, services.Time);
        if (refused is not null)
            return refused;
        if (type == "DryRun")
            return AwsResult.Empty(204);
        var execution = await services.Invoker.InvokeAsync(version, invocation with { Response = ResponseMode.Streaming });
        if (execution.Outcome is InvocationOutcome.Throttled throttled)
            return InvocationErrors.Throttled(throttled.Reason);
        if (execution.Outcome is InvocationOutcome.Recursive)
            return InvocationErrors.Recursive;
        var response = request.Http.Response;
        response.Headers["X-Amzn-Trace-Id"] = invocation.TraceId;
        response.Headers["X-Amz-Executed-Version"] = version.Version;
        response.Headers["X-Amzn-Remapped-Content-Type"] = ContentTypeOf(execution.Outcome);
        response.ContentType = EventStream.ContentType;
        await WriteAsync(response.BodyWriter, execution, invocation.Tail);
        return AwsResult.AlreadyWritten;
    }

    static async Task WriteAsync(PipeWriter to, Execution execution, LogTail tail)
    {
        var outcome = execution.Outcome;
        if (outcome is InvocationOutcome.Streaming streaming)
        {
            if (!await WriteChunksAsync(to, streaming.Body))
                return;
            outcome = await streaming.End;
        }
        else if (outcome is InvocationOutcome.Succeeded { Payload.Length: > 0 } whole)
        {
            EventStream.WritePayloadChunk(to, new ReadOnlySequence<byte>(whole.Payload));
        }

        var log = tail == LogTail.Tail ? (await execution.Finished).LogTail : null;
        EventStream.WriteInvokeComplete(to, InvokeComplete(outcome, log));
        await to.FlushAsync();
    }

    /// <summary>False when the client is gone: the function goes on, and is billed, as at AWS.</summary>
    static async Task<bool> WriteChunksAsync(PipeWriter to, PipeReader from)
    {
        try
        {
            await to.FlushAsync();
            while (true)
            {
                var read = await from.ReadAsync();
                if (!read.Buffer.IsEmpty)
                {
                    EventStream.WritePayloadChunk(to, read.Buffer);
                    if ((await to.FlushAsync()).IsCompleted)
                        return false;
                }

                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return true;
            }
        }
        finally
        {
            await from.CompleteAsync();
        }
    }

    /// <summary>Only a response has a content type of its own.</summary>
    static string ContentTypeOf(InvocationOutcome outcome) => outcome switch
    {
        InvocationOutcome.Streaming streaming => HeaderText(streaming.ContentType),
        InvocationOutcome.Succeeded succeeded => HeaderText(succeeded.ContentType),
        _ => "application/json",
    };

    /// <summary>The function chose it; what no header can carry is not passed on.</summary>
    static string HeaderText(string text) => text.All(letter => letter is >= ' ' and <= '~') ? text : "application/octet-stream";

    static byte[] InvokeComplete(InvocationOutcome outcome, byte[]? log)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (ErrorOf(outcome) is var (code, details))
            {
                writer.WriteString("ErrorCode", code);
                writer.WriteString("ErrorDetails", details);
            }

            if (log is not null)
                writer.WriteBase64String("LogResult", log);
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <summary>The platform's failures have codes of their own; what the function reports is <c>Unhandled</c> unless it named a code.</summary>
    static (string Code, string Details)? ErrorOf(InvocationOutcome outcome) => outcome switch
    {
        InvocationOutcome.PlatformError error => (error.ErrorType, Encoding.UTF8.GetString(error.Payload.Span)),
        InvocationOutcome.FunctionError error => (
            error.ErrorType is "Runtime.Unknown" or "Function.Unknown" ? "Unhandled" : error.ErrorType, Encoding.UTF8.GetString(error.Payload.Span)),
        _ => null,
    };
}
