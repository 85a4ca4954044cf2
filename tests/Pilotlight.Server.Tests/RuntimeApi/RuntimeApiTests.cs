using System.Net;
using System.Net.Sockets;
using System.Text;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.RuntimeApi;

/// <summary>What hostile or clumsy code in a sandbox may send, and what it is answered.</summary>
public sealed class RuntimeApiTests
{
    [Theory]
    [InlineData("POST", "/2018-06-01/runtime/invocation/nonsense/response", "{}", 400, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n")]
    [InlineData("POST", "/2018-06-01/runtime/invocation/{id}/response", "{}", 202, "{\"status\":\"OK\"}\n")]
    [InlineData("GET", "/2018-06-01/ping", null, 200, "pong")]
    [InlineData("GET", "/2018-06-01/runtime/restore/next", null, 404, "404 page not found\n")]
    [InlineData("GET", "/2018-06-01/runtime/invocation/{id}/response", null, 405, "")]
    [InlineData("DELETE", "/2018-06-01/runtime/invocation/next", null, 405, "")]
    [InlineData("GET", "/2015-03-31/functions", null, 404, "404 page not found\n")]
    [InlineData("GET", "/_pilotlight/health", null, 404, "404 page not found\n")]
    [InlineData("POST", "/2018-06-01/runtime/init/error", "{}", 403,
        "{\"errorMessage\":\"State transition from Running to InitError failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n")]
    public async Task Answers_as_AWS_while_an_event_runs(string method, string path, string? body, int status, string expected)
    {
        (int Status, string Body) seen = default;
        await RunOnceAsync(async (process, id) => seen = await SendAsync(process, method, path.Replace("{id}", id), body));
        Assert.Equal((status, expected), seen);
    }

    [Fact]
    public async Task A_second_answer_to_the_same_event_is_refused()
    {
        List<(int, string)> seen = [];
        await RunOnceAsync(async (process, id) =>
        {
            seen.Add(await SendAsync(process, "POST", $"/2018-06-01/runtime/invocation/{id}/response", "1"));
            seen.Add(await SendAsync(process, "POST", $"/2018-06-01/runtime/invocation/{id}/error", "{}"));
        });
        Assert.Equal(202, seen[0].Item1);
        Assert.Equal(
            (403, "{\"errorMessage\":\"State transition from RuntimeResponseSentState to InvocationErrorResponse failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n"),
            seen[1]);
    }

    [Fact]
    public async Task While_an_event_runs_next_gives_the_same_event_again()
    {
        string? again = null;
        string? first = null;
        await RunOnceAsync(async (process, id) =>
        {
            first = id;
            using var next = await process.NextAsync();
            again = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
        });
        Assert.NotNull(first);
        Assert.Equal(first, again);
    }

    [Fact]
    public async Task A_wrong_response_mode_fails_the_invocation_with_its_own_type()
    {
        HttpStatusCode refused = default;
        var answer = await RunOnceAsync(async (process, id) =>
        {
            using var client = new HttpClient();
            var request = new HttpRequestMessage(HttpMethod.Post, $"{process.RuntimeApi}/invocation/{id}/response") { Content = new StringContent("1") };
            request.Headers.Add("Lambda-Runtime-Function-Response-Mode", "Streaming");
            using var response = await client.SendAsync(request);
            refused = response.StatusCode;
        });
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Equal(("Unhandled", ""), answer);
    }

    [Theory]
    [InlineData("\0\u0001\u0002\u0003")]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("GET /2018-06-01/runtime/invocation/%zz%00/response HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Bad_bytes_on_the_socket_harm_nobody(string bytes)
    {
        var answer = await RunOnceAsync(async (process, id) =>
        {
            using var socket = await process.ConnectAsync();
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }

            using var accepted = await process.RespondAsync(id, "\"well\"");
        });
        Assert.Equal(("", "\"well\""), answer);
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_and_the_runtime_goes_on()
    {
        var answer = await RunOnceAsync(async (process, id) =>
        {
            List<Socket> sockets = [];
            for (var i = 0; i < 300; i++)
                sockets.Add(await process.ConnectAsync());

            using var accepted = await process.RespondAsync(id, "1");
            sockets.ForEach(socket => socket.Dispose());
        });
        Assert.Equal(("", "1"), answer);
    }

    /// <summary>Runs one event; the delegate is the runtime while it runs. When it did not answer, the process ends well.</summary>
    static async Task<(string FunctionError, string Payload)> RunOnceAsync(Func<FakeProcessContext, string, Task> during)
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            using var next = await process.NextAsync();
            await during(process, next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single());
            await Task.Delay(Timeout.Infinite, process.Killed);
            return new ExitStatus(0, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds: 3);
        using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", "{}");
        var error = answer.Headers.TryGetValues("X-Amz-Function-Error", out var values) ? values.Single() : "";
        return (error, await answer.Content.ReadAsStringAsync());
    }

    static async Task<(int Status, string Body)> SendAsync(FakeProcessContext process, string method, string path, string? body)
    {
        using var client = new HttpClient();
        var request = new HttpRequestMessage(new HttpMethod(method), $"http://{process.Spec.Environment["AWS_LAMBDA_RUNTIME_API"]}{path}");
        if (body is not null)
            request.Content = new StringContent(body);
        using var response = await client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
