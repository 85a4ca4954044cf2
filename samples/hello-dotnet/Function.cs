using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hello;

/// <summary>
/// A function without any package: it takes the event as a stream and answers with one. With Amazon.Lambda.Core and a serializer package, its
/// method may take and return objects, and an ILambdaContext.
/// </summary>
public class Function
{
    public Stream Handle(Stream input)
    {
        var request = JsonSerializer.Deserialize(input, Json.Default.Request);
        Console.WriteLine($"greeting {request?.Name}");
        var answer = new Answer($"Hello, {request?.Name ?? "world"}!", Environment.Version.ToString());
        return new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(answer, Json.Default.Answer));
    }
}

public record Request(string? Name);

public record Answer(string Message, string Dotnet);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Answer))]
partial class Json : JsonSerializerContext;
