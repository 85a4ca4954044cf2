using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Urls;

/// <summary>From what a function answered to HTTP (spec/invoke.md 8.3 and 8.5).</summary>
static class UrlAnswer
{
    const string Json = "application/json";
    internal const int MaxDepth = 1000;

    static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    /// <summary>The function failed, or answered what is no answer.</summary>
    public static Task WriteFailureAsync(HttpContext http, FunctionUrlCors? cors)
    {
        http.Response.StatusCode = StatusCodes.Status502BadGateway;
        http.Response.Headers["x-amzn-ErrorType"] = "InternalServerErrorException";
        UrlCors.Overwrite(http, cors);
        return WriteAsync(http, Json, "Internal Server Error"u8.ToArray());
    }

    /// <summary>A whole answer, read as payload format 2.0 has it.</summary>
    public static Task WriteBufferedAsync(HttpContext http, FunctionUrlCors? cors, InvocationOutcome.Succeeded answer)
    {
        if (answer.ContentType == UrlPrelude.ContentType)
            return WriteWholeStreamAsync(http, cors, answer.Answer);
        try
        {
            using var document = JsonDocument.Parse(answer.Answer, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return WriteJsonAsync(http, cors, document.RootElement);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            // A function that streams need not stream JSON.
            return answer.ContentType.StartsWith(Json, StringComparison.OrdinalIgnoreCase)
                ? WriteFailureAsync(http, cors)
                : WriteHeadlessAsync(http, cors, answer);
        }
    }

    /// <summary>What a function that does not stream gives a URL that does: its bytes as they are.</summary>
    public static Task WriteHeadlessAsync(HttpContext http, FunctionUrlCors? cors, InvocationOutcome.Succeeded answer)
    {
        UrlCors.Overwrite(http, cors);
        return WriteAsync(http, ContentTypeOf(answer.ContentType), answer.Answer);
    }

    /// <summary>An answer that is still being written. A failure after the head can only be shown by breaking off.</summary>
    public static async Task WriteStreamAsync(HttpContext http, FunctionUrlCors? cors, InvocationOutcome.Streaming answer)
    {
        var from = answer.Body;
        try
        {
            if (answer.ContentType != UrlPrelude.ContentType)
            {
                http.Response.ContentType = ContentTypeOf(answer.ContentType);
            }
            else if (await ReadHeadAsync(from) is { } head)
            {
                head.WriteTo(http.Response, "application/octet-stream");
            }
            else
            {
                await WriteFailureAsync(http, cors);
                return;
            }

            UrlCors.Overwrite(http, cors);
            await http.Response.StartAsync();
            if (await CopyAsync(from, http.Response.BodyWriter, MayHaveBody(http)) && await answer.End is not InvocationOutcome.Succeeded)
                http.Abort();
        }
        finally
        {
            await from.CompleteAsync();
        }
    }

    static async Task<UrlHead?> ReadHeadAsync(PipeReader from)
    {
        while (true)
        {
            var read = await from.ReadAsync();
            var state = UrlPrelude.TryRead(read.Buffer, out var head, out var body);
            if (state == PreludeState.Complete)
            {
                from.AdvanceTo(body);
                return head;
            }

            from.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (state == PreludeState.Malformed || read.IsCompleted)
                return null;
        }
    }

    /// <summary>False when the client is gone: the function goes on.</summary>
    static async Task<bool> CopyAsync(PipeReader from, PipeWriter to, bool mayHaveBody)
    {
        while (true)
        {
            var read = await from.ReadAsync();
            if (mayHaveBody)
            {
                foreach (var part in read.Buffer)
                    to.Write(part.Span);
                if (!read.Buffer.IsEmpty && (await to.FlushAsync()).IsCompleted)
                    return false;
            }

            from.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return true;
        }
    }

    /// <summary>A buffered URL of a function that streams: the head and the body came together.</summary>
    static Task WriteWholeStreamAsync(HttpContext http, FunctionUrlCors? cors, ReadOnlyMemory<byte> answer)
    {
        var received = new ReadOnlySequence<byte>(answer);
        if (UrlPrelude.TryRead(received, out var head, out var body) != PreludeState.Complete)
            return WriteFailureAsync(http, cors);
        head!.WriteTo(http.Response, "application/octet-stream");
        UrlCors.Overwrite(http, cors);
        return WriteAsync(http, null, received.Slice(body).ToArray());
    }

    static Task WriteJsonAsync(HttpContext http, FunctionUrlCors? cors, JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.String)
        {
            UrlCors.Overwrite(http, cors);
            return WriteAsync(http, Json, System.Text.Encoding.UTF8.GetBytes(answer.GetString()!));
        }

        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("statusCode", out _))
        {
            UrlCors.Overwrite(http, cors);
            return WriteAsync(http, Json, Compact(answer));
        }

        if (UrlHead.TryRead(answer) is not { } head || !TryReadBody(answer, out var body))
            return WriteFailureAsync(http, cors);
        head.WriteTo(http.Response, Json);
        UrlCors.Overwrite(http, cors);
        return WriteAsync(http, null, body);
    }

    internal static bool TryReadBody(JsonElement answer, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!answer.TryGetProperty("body", out var given) || given.ValueKind == JsonValueKind.Null)
            return true;
        if (given.ValueKind != JsonValueKind.String)
            return false;
        if (!answer.TryGetProperty("isBase64Encoded", out var encoded) || encoded.ValueKind != JsonValueKind.True)
        {
            body = System.Text.Encoding.UTF8.GetBytes(given.GetString()!);
            return true;
        }

        if (!given.TryGetBytesFromBase64(out var bytes))
            return false;
        body = bytes;
        return true;
    }

    internal static ReadOnlyMemory<byte> Compact(JsonElement json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_compact))
            json.WriteTo(writer);
        return buffer.WrittenMemory;
    }

    /// <param name="contentType">Null: it was set with the function's headers.</param>
    internal static async Task WriteAsync(HttpContext http, string? contentType, ReadOnlyMemory<byte> body)
    {
        if (contentType is not null)
            http.Response.ContentType = contentType;
        if (http.Response.StatusCode is 204 or 304)
            return;
        http.Response.ContentLength = body.Length;
        if (MayHaveBody(http))
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    static bool MayHaveBody(HttpContext http) => http.Response.StatusCode is not (204 or 304) && !HttpMethods.IsHead(http.Request.Method);

    static string ContentTypeOf(string chosen) => chosen.Length > 0 && UrlHeaders.IsValue(chosen) ? chosen : "application/octet-stream";
}
