using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary>What a destination is told of an event: AWS's record, version 1.0, its members in AWS's order (spec/invoke.md 4.1).</summary>
static class DestinationRecord
{
    static readonly JsonWriterOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="attempts">AWS's approximateInvokeCount.</param>
    /// <param name="answer">Null when the event never ran.</param>
    public static byte[] Write(WaitingEvent waiting, string condition, int attempts, EventAnswer? answer, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + waiting.Payload.Length + (answer?.Payload.Length ?? 0));
        using (var json = new Utf8JsonWriter(buffer, s_relaxed))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteString("timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteStartObject("requestContext");
            json.WriteString("requestId", waiting.RequestId);
            json.WriteString("functionArn", ArnOf(waiting));
            json.WriteString("condition", condition);
            json.WriteNumber("approximateInvokeCount", attempts);
            json.WriteEndObject();
            json.WritePropertyName("requestPayload");
            WritePayload(json, waiting.Payload.Span);
            if (answer is not null)
            {
                json.WriteStartObject("responseContext");
                json.WriteNumber("statusCode", 200);
                json.WriteString("executedVersion", answer.ExecutedVersion);
                if (condition != EventCondition.Success)
                    json.WriteString("functionError", "Unhandled");
                json.WriteEndObject();
                json.WritePropertyName("responsePayload");
                WritePayload(json, answer.Payload.Span);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Always qualified.</summary>
    public static string ArnOf(WaitingEvent waiting) => $"{waiting.Function.Arn}:{waiting.Function.Qualifier ?? FunctionVersion.Latest}";

    /// <summary>As it came, when it is JSON; else (a custom runtime answers with anything) as a string.</summary>
    static void WritePayload(Utf8JsonWriter json, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            json.WriteNullValue();
        else if (PayloadJson.Problem(payload) is null)
            json.WriteRawValue(payload, skipInputValidation: true);
        else
            json.WriteStringValue(System.Text.Encoding.UTF8.GetString(payload));
    }
}
