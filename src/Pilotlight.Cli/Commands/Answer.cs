using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <summary>How <c>run</c> and <c>invoke</c> show what a function answered, and the exit code that says how it went.</summary>
static class Answer
{
    /// <summary>As it came, or, for a person, laid out over lines.</summary>
    public static int Show(InvokeAnswer answer, Terminal terminal)
    {
        var text = Encoding.UTF8.GetString(answer.Payload);
        terminal.Out.WriteLine(terminal.OutIsTerminal ? Terminal.Printable(Pretty(text)) : text);
        return ExitCodeOf(answer);
    }

    /// <summary>One JSON object: the answer and what is known about it.</summary>
    public static int ShowJson(InvokeAnswer answer, IReadOnlyList<string> log, Terminal terminal)
    {
        JsonNode? payload;
        try
        {
            payload = JsonNode.Parse(answer.Payload);
        }
        catch (JsonException)
        {
            payload = Encoding.UTF8.GetString(answer.Payload);
        }

        var shown = new JsonObject
        {
            ["requestId"] = answer.RequestId,
            ["executedVersion"] = answer.ExecutedVersion,
            ["functionError"] = answer.FunctionError,
            ["payload"] = payload,
            ["log"] = new JsonArray([.. log.Select(line => (JsonNode)line)]),
        };
        terminal.Out.WriteLine(shown.ToJsonString());
        return ExitCodeOf(answer);
    }

    public static int ExitCodeOf(InvokeAnswer answer) => answer.FunctionError is null ? ExitCode.Success : ExitCode.FunctionError;

    static string Pretty(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                document.WriteTo(writer);
            return Encoding.UTF8.GetString(buffer.ToArray());
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
