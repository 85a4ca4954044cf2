using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.Functions;

/// <summary>Compact JSON text, as AWS writes the documents of policies.</summary>
static class PolicyText
{
    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
