using System.Text.Json;

namespace Pilotlight.RuntimeSupport;

/// <summary>An exception as AWS shows it to the caller: simple type name, message, stack trace, cause and causes, at most 256 KB.</summary>
static class ErrorPayload
{
    const int Largest = 256 * 1024, DeepestCause = 32;

    static readonly string[] s_frames =
    [
        "at Pilotlight.RuntimeSupport.", "at System.RuntimeMethodHandle.InvokeMethod", "at System.Reflection.Method", "at System.Reflection.RuntimeMethodInfo.",
        "at System.Reflection.RuntimeConstructorInfo.", "at InvokeStub_", "at System.RuntimeType.CreateInstance", "at System.Activator.",
    ];

    public static byte[] Of(Exception exception)
    {
        var full = Write(exception, DeepestCause);
        if (full.Length <= Largest) return full;
        var alone = Write(exception, 0);
        return alone.Length <= Largest ? alone : "{\"errorMessage\": \"Exception exceeded maximum payload size of 256KB.\"}"u8.ToArray();
    }

    public static bool IsOurs(string frame) => s_frames.Any(ours => frame.StartsWith(ours, StringComparison.Ordinal));

    static byte[] Write(Exception exception, int causes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            Write(json, exception, causes);
        }
        return stream.ToArray();
    }

    static void Write(Utf8JsonWriter json, Exception exception, int causes)
    {
        json.WriteStartObject();
        json.WriteString("errorType", exception.GetType().Name);
        json.WriteString("errorMessage", exception.Message);
        var frames = (exception.StackTrace ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !IsOurs(line)).ToArray();
        if (frames.Length > 0)
        {
            json.WriteStartArray("stackTrace");
            foreach (var frame in frames) json.WriteStringValue(frame);
            json.WriteEndArray();
        }
        if (causes > 0 && exception.InnerException is { } inner)
        {
            json.WritePropertyName("cause");
            Write(json, inner, causes - 1);
        }
        if (causes > 0 && exception is AggregateException { InnerExceptions.Count: > 0 } aggregate)
        {
            json.WriteStartArray("causes");
            foreach (var one in aggregate.InnerExceptions.Take(DeepestCause)) Write(json, one, causes - 1);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
