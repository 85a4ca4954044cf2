using System.Text;
using System.Text.Json;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>From what a function answered to HTTP, and the answers that API Gateway gives itself.</summary>
static class ApiAnswer
{
    const string Json = "application/json";

    /// <summary>What goes out with a body that the function gave no type.</summary>
    const string Text = "text/plain;charset=UTF-8";

    public static Task WriteMessageAsync(HttpContext http, ServedCors? cors, int status, string message)
    {
        http.Response.StatusCode = status;
        cors?.Overwrite(http);
        return UrlAnswer.WriteAsync(http, Json, Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""));
    }

    public static Task WriteFailureAsync(HttpContext http, ServedCors? cors) => WriteMessageAsync(http, cors, 500, "Internal Server Error");

    /// <param name="isFormat2">Format 2.0 takes any JSON for an answer, 1.0 only an object with a status.</param>
    public static Task WriteAsync(HttpContext http, ServedCors? cors, ReadOnlyMemory<byte> answer, bool isFormat2)
    {
        try
        {
            using var document = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = UrlAnswer.MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("statusCode", out _))
                return WriteHeadedAsync(http, cors, root);
            if (!isFormat2)
                return WriteFailureAsync(http, cors);
            var body = root.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(root.GetString()!) : UrlAnswer.Compact(root);
            cors?.Overwrite(http);
            return UrlAnswer.WriteAsync(http, Json, body);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            return WriteFailureAsync(http, cors);
        }
    }

    static Task WriteHeadedAsync(HttpContext http, ServedCors? cors, JsonElement answer)
    {
        if (UrlHead.TryRead(answer) is not { } head || !UrlAnswer.TryReadBody(answer, out var body))
            return WriteFailureAsync(http, cors);
        head.WriteTo(http.Response, Text);
        cors?.Overwrite(http);
        return UrlAnswer.WriteAsync(http, null, body);
    }
}
