using System.Net;
using System.Text;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Urls;

/// <summary>From what a function answered to HTTP, whole and streamed; CORS.</summary>
public sealed class UrlAnswerTests
{
    const string Cors = """
        {"AuthType":"NONE","Cors":{"AllowOrigins":["https://a.example"],"AllowMethods":["GET","PUT"],"AllowHeaders":["x-one","x-two"],
         "ExposeHeaders":["x-three"],"MaxAge":60,"AllowCredentials":true}}
        """;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"a": [1, "é"]}""", "{\"a\":[1,\"é\"]}")]
    [InlineData("[1, 2]", "[1,2]")]
    [InlineData("5", "5")]
    [InlineData("true", "true")]
    [InlineData("null", "null")]
    [InlineData("\"he said \\\"hi\\\"\"", "he said \"hi\"")]
    public async Task An_answer_without_status_is_200_and_JSON(string payload, string body)
    {
        await using var server = await UrlServer.StartAsync(_ => payload);
        var (status, text, answer) = await server.GetAsync();
        Assert.Equal((200, body, "application/json"), (status, text, answer.Content.Headers.ContentType!.ToString()));
        Assert.True(answer.Headers.Contains("x-amzn-RequestId") && answer.Headers.Contains("X-Amzn-Trace-Id"));
    }

    [Fact]
    public async Task An_answer_with_status_is_what_it_says()
    {
        await using var server = await UrlServer.StartAsync(_ => """
            {"statusCode":201,"headers":{"Content-Type":"image/x","X-N":5,"X-B":true,"Connection":"close","Transfer-Encoding":"chunked",
             "Content-Length":"99","Date":"now","Server":"mine","x-amzn-RequestId":"fake"},
             "multiValueHeaders":{"X-M":["1","2"]},"cookies":["a=1; Path=/","b=2"],"body":"aGk=","isBase64Encoded":true}
            """);
        var (status, text, answer) = await server.GetAsync();
        Assert.Equal((201, "hi", "image/x"), (status, text, answer.Content.Headers.ContentType!.ToString()));
        Assert.Equal(["a=1; Path=/", "b=2"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal(["1", "2"], answer.Headers.GetValues("X-M"));
        Assert.Equal(("5", "true"), (answer.Headers.GetValues("X-N").Single(), answer.Headers.GetValues("X-B").Single()));
        Assert.Equal("99", answer.Headers.GetValues("x-amzn-Remapped-Content-Length").Single());
        Assert.Equal("close", answer.Headers.GetValues("x-amzn-Remapped-Connection").Single());
        Assert.Equal("mine", answer.Headers.GetValues("x-amzn-Remapped-Server").Single());
        Assert.False(answer.Headers.Contains("Server") || answer.Headers.TransferEncodingChunked == true);
        Assert.NotEqual("fake", answer.Headers.GetValues("x-amzn-RequestId").Single());
    }

    [Theory]
    [InlineData("""{"statusCode":204}""", 204, "")]
    [InlineData("""{"statusCode":304,"body":"x"}""", 304, "")]
    [InlineData("""{"statusCode":"404","body":"no"}""", 404, "no")]
    [InlineData("""{"statusCode":200}""", 200, "")]
    [InlineData("""{"statusCode":200,"body":null,"headers":null}""", 200, "")]
    [InlineData("""{"statusCode":99}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":101}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":"x"}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":null}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":200,"body":{}}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":200,"body":"!","isBase64Encoded":true}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":200,"headers":{"a":"b\r\nc: d"}}""", 502, "Internal Server Error")]
    [InlineData("""{"statusCode":200,"body":"\ud800"}""", 502, "Internal Server Error")]
    [InlineData("\"\\ud800\"", 502, "Internal Server Error")]
    [InlineData("""{"a":"\ud800"}""", 502, "Internal Server Error")]
    public async Task A_malformed_answer_is_502(string payload, int expected, string body)
    {
        await using var server = await UrlServer.StartAsync(new FakeSandboxDriver(process => ServeJsonAsync(process, payload)));
        var (status, text, _) = await server.GetAsync();
        Assert.Equal((expected, body), (status, text));
    }

    [Fact]
    public async Task A_function_that_fails_is_502_and_a_throttled_one_429()
    {
        await using var server = await UrlServer.StartAsync(new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                await process.FailAsync(IdOf(next), """{"errorMessage":"no","errorType":"E"}""");
            }
        }));
        var (status, text, _) = await server.GetAsync();
        Assert.Equal((502, "Internal Server Error"), (status, text));
        using var reserved = await server.Server.Client.LambdaAsync(
            HttpMethod.Put, "/2017-10-31/functions/one/concurrency", """{"ReservedConcurrentExecutions":0}""");
        Assert.Equal(HttpStatusCode.OK, reserved.StatusCode);
        Assert.Equal(429, (await server.GetAsync()).Status);
    }

    [Fact]
    public async Task HEAD_has_the_length_and_no_body()
    {
        await using var server = await UrlServer.StartAsync(_ => """{"statusCode":200,"body":"hello"}""");
        using var answer = await server.SendAsync("HEAD");
        Assert.Equal((5, 200), (answer.Content.Headers.ContentLength, (int)answer.StatusCode));
        Assert.Equal("", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_preflight_is_answered_without_the_function()
    {
        await using var server = await UrlServer.StartAsync(_ => "1", Cors);
        using var answer = await server.SendAsync(
            "OPTIONS", "/x", null, null, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-one"));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("https://a.example", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("GET,PUT", Header(answer, "Access-Control-Allow-Methods"));
        Assert.Equal("x-one,x-two", Header(answer, "Access-Control-Allow-Headers"));
        Assert.Equal("60", Header(answer, "Access-Control-Max-Age"));
        Assert.Equal("true", Header(answer, "Access-Control-Allow-Credentials"));
        Assert.Empty(server.Driver.Sandboxes);
    }

    [Theory]
    [InlineData("https://b.example", "PUT")]
    [InlineData("https://a.example", "DELETE")]
    [InlineData("null", "GET")]
    public async Task A_preflight_of_what_is_not_allowed_says_nothing(string origin, string method)
    {
        await using var server = await UrlServer.StartAsync(_ => "1", Cors);
        using var answer = await server.SendAsync("OPTIONS", "/", null, null, ("Origin", origin), ("Access-Control-Request-Method", method));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Methods"));
    }

    [Fact]
    public async Task The_configuration_stands_in_place_of_the_functions_headers()
    {
        await using var server = await UrlServer.StartAsync(
            _ => """{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*","Access-Control-Allow-Methods":"ALL","Vary":"Accept"}}""", Cors);
        var (_, _, allowed) = await server.GetAsync("/", ("Origin", "https://a.example"));
        Assert.Equal("https://a.example", Header(allowed, "Access-Control-Allow-Origin"));
        Assert.Equal("x-three", Header(allowed, "Access-Control-Expose-Headers"));
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Methods"));
        Assert.Equal(["Accept", "Origin"], allowed.Headers.Vary);
        var (_, _, other) = await server.GetAsync("/", ("Origin", "https://b.example"));
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Without_a_configuration_OPTIONS_reaches_the_function()
    {
        await using var server = await UrlServer.StartAsync(_ => """{"statusCode":202,"headers":{"Access-Control-Allow-Origin":"*"}}""");
        using var answer = await server.SendAsync("OPTIONS", "/", null, null, ("Origin", "https://a.example"));
        Assert.Equal((202, "*"), ((int)answer.StatusCode, Header(answer, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_streaming_URL_passes_on_what_is_written_as_it_is_written()
    {
        var seen = new TaskCompletionSource();
        await using var server = await UrlServer.StartAsync(
            Streaming("application/vnd.awslambda.http-integration-response", async stream =>
            {
                // Head and delimiter in pieces: nothing says where the runtime cuts.
                await stream.WriteAsync("{\"statusCode\":207,\"headers\":{\"Content-Type\":\"text/plain\",\"X-A\":\"1\"},");
                await stream.WriteAsync("\"cookies\":[\"a=1\",\"b=2\"]}\0\0\0");
                await stream.WriteAsync("\0\0\0\0\0first");
                await seen.Task;
                await stream.WriteAsync("second");
                await stream.EndAsync();
            }), """{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}""");
        using var answer = await server.SendAsync("GET");
        Assert.Equal((207, "text/plain", "1"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.ToString(), Header(answer, "X-A")));
        Assert.Equal(["a=1", "b=2"], answer.Headers.GetValues("Set-Cookie"));
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal("first", Encoding.UTF8.GetString(buffer));
        seen.SetResult();
        Assert.Equal("second", await new StreamReader(body).ReadToEndAsync(Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"statusCode\":200}")]
    [InlineData("{\"statusCode\":200}\0\0\0")]
    [InlineData("{\"statusCode\":7}\0\0\0\0\0\0\0\0body")]
    [InlineData("no json\0\0\0\0\0\0\0\0body")]
    public async Task A_stream_without_a_good_head_is_502(string written)
    {
        await using var server = await UrlServer.StartAsync(
            Streaming("application/vnd.awslambda.http-integration-response", async stream =>
            {
                if (written.Length > 0)
                    await stream.WriteAsync(written);
                await stream.EndAsync();
            }), """{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}""");
        var (status, body, _) = await server.GetAsync();
        Assert.Equal((502, "Internal Server Error"), (status, body));
    }

    [Fact]
    public async Task A_stream_without_head_is_200_and_a_failure_in_the_middle_breaks_it_off()
    {
        // A connection that is broken off takes with it what its reader has not read yet.
        var read = new TaskCompletionSource();
        await using var server = await UrlServer.StartAsync(
            Streaming("text/x", async stream =>
            {
                await stream.WriteAsync("part");
                await read.Task;
                await stream.EndAsync(("Lambda-Runtime-Function-Error-Type", "Runtime.StreamError"), ("Lambda-Runtime-Function-Error-Body", "e30="));
            }), """{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}""");
        using var answer = await server.SendAsync("GET");
        Assert.Equal((200, "text/x"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.ToString()));
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        var part = new byte[4];
        await body.ReadExactlyAsync(part, Cancellation);
        Assert.Equal("part"u8.ToArray(), part);
        read.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(part, Cancellation));
    }

    [Fact]
    public async Task A_streaming_function_behind_a_buffered_URL_and_the_reverse()
    {
        await using (var buffered = await UrlServer.StartAsync(Streaming("application/vnd.awslambda.http-integration-response", async stream =>
        {
            await stream.WriteAsync("{\"statusCode\":203}\0\0\0\0\0\0\0\0whole");
            await stream.EndAsync();
        })))
        {
            var (status, body, _) = await buffered.GetAsync();
            Assert.Equal((203, "whole"), (status, body));
        }

        await using var streaming = await UrlServer.StartAsync(_ => """{"statusCode": 203}""", """{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}""");
        var (raw, text, _) = await streaming.GetAsync();
        Assert.Equal((200, """{"statusCode": 203}"""), (raw, text));
    }

    static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    static string IdOf(HttpResponseMessage next) => next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();

    static FakeSandboxDriver Streaming(string contentType, Func<FakeResponseStream, Task> write) => new(async process =>
    {
        while (true)
        {
            using var next = await process.NextAsync();
            using var stream = await FakeResponseStream.OpenAsync(process, IdOf(next), contentType);
            await write(stream);
        }
    });

    /// <summary>A runtime says that what it posts is JSON.</summary>
    static async Task<ExitStatus> ServeJsonAsync(FakeProcessContext process, string payload)
    {
        using var client = new HttpClient();
        while (true)
        {
            using var next = await process.NextAsync();
            using var content = new StringContent(payload, Encoding.UTF8, "application/json");
            using var accepted = await client.PostAsync($"{process.RuntimeApi}/invocation/{IdOf(next)}/response", content, process.Killed);
        }
    }
}
