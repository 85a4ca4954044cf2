using System.Text;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>Names a move task; opaque to callers.</summary>
readonly record struct MoveTaskHandle(string SourceArn, string Id)
{
    public static AwsError NoSuchSource { get; } = SqsErrors.NotFound("The resource that you specified for the SourceArn parameter doesn't exist.");

    public string Write() => Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"taskId":"{{Id}}","sourceArn":"{{SourceArn}}"}"""));

    /// <exception cref="AwsException">It is none that was handed out.</exception>
    public static MoveTaskHandle Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String(text));
            if (json.RootElement.GetProperty("sourceArn").GetString() is { } source && json.RootElement.GetProperty("taskId").GetString() is { } id)
                return new MoveTaskHandle(source, id);
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Said below.
        }

        throw SqsErrors.InvalidParameter("Value for parameter TaskHandle is invalid.").AsException();
    }
}
