using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.RuntimeSupport;

/// <summary>Takes a function of our own through all that a function's start and its events go through, so that what it needs is loaded and compiled.</summary>
static class WarmUp
{
    const int Events = 3;

    public static void Run()
    {
        var log = FunctionLog.Silent();
        var handler = HandlerLoader.Load("Pilotlight.RuntimeSupport::Pilotlight.RuntimeSupport.WarmUp::Handle", log);
        var payload = Encoding.UTF8.GetBytes("{\"name\":\"a\",\"more\":[1,2.5,null]}");
        var output = new MemoryStream();
        for (var i = 0; i < Events; i++)
        {
            output.SetLength(0);
            var invocation = new Invocation { RequestId = "0", Payload = payload, DeadlineMs = 1 };
            log.Begin(invocation);
            handler.Handle(invocation, output);
            log.Write("Information", null, "{one}", [i]);
            log.Output.WriteLine("one");
            log.Flush();
        }
        FunctionFiles.Framework.Find("");
    }

    static Stream Handle(Stream input)
    {
        var sample = JsonSerializer.Deserialize(input, WarmUpJson.Default.WarmUpSample)!;
        using var json = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(sample, WarmUpJson.Default.WarmUpSample));
        var answer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(answer)) json.RootElement.WriteTo(writer);
        answer.Position = 0;
        return answer;
    }
}

/// <summary>An event as functions commonly have them.</summary>
record WarmUpSample(string? Name, double?[]? More);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WarmUpSample))]
partial class WarmUpJson : JsonSerializerContext;
