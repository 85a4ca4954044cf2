using System.Net;
using System.Net.Sockets;
using System.Text;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.RuntimeApi;

/// <summary>One connection of a runtime, byte by byte: what the loop serves, what goes over to the web server, and what ends it.</summary>
public sealed class RuntimeConnectionTests
{
    const string Next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_runtime_that_polls_with_its_answer_gets_the_acceptance_with_the_next_event()
    {
        var (first, second) = ("", "");
        await RunAsync(["1", "2"], async runtime =>
        {
            await runtime.SendAsync(Next);
            var id = Id(await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer(id, "\"a\"") + Next);
            first = await runtime.ReadResponseAsync();
            second = await runtime.ReadResponseAsync();
            await runtime.SendAsync(Answer(Id(second), "\"b\""));
        }, ["\"a\"", "\"b\""]);
        Assert.StartsWith("HTTP/1.1 202 Accepted\r\n", first);
        Assert.EndsWith("\r\n\r\n{\"status\":\"OK\"}\n", first);
        Assert.EndsWith("\r\n\r\n2", second);
        Assert.Contains("\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:one\r\n", second);
        Assert.Contains("\r\nDate: ", second);
    }

    [Fact]
    public async Task A_runtime_that_does_not_poll_gets_the_acceptance_at_once()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next);
            await runtime.SendAsync(Answer(Id(await runtime.ReadResponseAsync()), "7"));
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
        }, ["7"]);
    }

    [Fact]
    public async Task Requests_may_come_a_byte_at_a_time()
    {
        await RunAsync(["1", "2"], async runtime =>
        {
            await runtime.DripAsync(Next);
            var id = Id(await runtime.ReadResponseAsync());
            await runtime.DripAsync(Answer(id, "\"slow\"") + Next);
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer(Id(await runtime.ReadResponseAsync()), "\"done\""));
        }, ["\"slow\"", "\"done\""]);
    }

    [Fact]
    public async Task Payloads_of_the_largest_size_pass_in_both_directions()
    {
        var large = $"\"{new string('x', 6 * 1024 * 1024 - 2)}\"";
        await RunAsync([large], async runtime =>
        {
            await runtime.SendAsync(Next);
            var response = await runtime.ReadResponseAsync();
            await runtime.SendAsync(Answer(Id(response), response[^large.Length..]));
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
        }, [large]);
    }

    [Theory]
    [InlineData("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\"c\"\r\n0\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: a\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nContent-Length: 3\r\n\r\n\"c\"")]
    public async Task What_is_said_otherwise_goes_over_to_the_web_server_and_stays_there(string answer)
    {
        await RunAsync(["1", "2"], async runtime =>
        {
            await runtime.SendAsync(Next);
            await runtime.SendAsync(answer.Replace("{id}", Id(await runtime.ReadResponseAsync())) + Next);
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer(Id(await runtime.ReadResponseAsync()), "\"d\""));
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
        }, ["\"c\"", "\"d\""]);
    }

    [Fact]
    public async Task A_refused_answer_is_refused_in_AWSs_words_and_the_connection_goes_on()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next);
            var id = Id(await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer("wrong", "1"));
            Assert.EndsWith("{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n", await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer(id, "\"right\""));
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
        }, ["\"right\""]);
    }

    [Fact]
    public async Task What_a_runtime_says_while_it_waits_is_kept_for_later()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next + Answer("wrong", "1"));
            var id = Id(await runtime.ReadResponseAsync());
            Assert.StartsWith("HTTP/1.1 400", await runtime.ReadResponseAsync());
            await runtime.SendAsync(Answer(id, "5"));
        }, ["5"]);
    }

    [Fact]
    public async Task Whoever_talks_without_end_while_it_waits_is_cut_off()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next);
            await runtime.SendAsync(Answer(Id(await runtime.ReadResponseAsync()), "6") + Next);
            await runtime.FloodAsync(256 * 1024);
            await runtime.UntilClosedAsync();
        }, ["6"]);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_fails_the_invocation()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next);
            var id = Id(await runtime.ReadResponseAsync());
            await runtime.SendAsync($"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n\"half");
            runtime.Close();
        }, [null]);
    }

    [Fact]
    public async Task An_error_is_told_with_its_type()
    {
        await RunAsync(["1"], async runtime =>
        {
            await runtime.SendAsync(Next);
            var id = Id(await runtime.ReadResponseAsync());
            await runtime.SendAsync($"POST /2018-06-01/runtime/invocation/{id}/error HTTP/1.1\r\nHost: a\r\nLambda-Runtime-Function-Error-Type: Function.Oops\r\nContent-Length: 20\r\n\r\n{{\"errorType\":\"Oops\"}}");
            Assert.StartsWith("HTTP/1.1 202", await runtime.ReadResponseAsync());
        }, ["{\"errorType\":\"Oops\"}"]);
    }

    /// <summary>The end of the process and its last bytes come by different ways, and either may be first.</summary>
    [Fact]
    public async Task An_answer_whose_sender_has_ended_meanwhile_counts()
    {
        var driver = new FakeSandboxDriver(static async process =>
        {
            using var runtime = new RawRuntime(await process.ConnectAsync());
            await runtime.SendAsync(Next);
            await runtime.SendAsync(Answer(Id(await runtime.ReadResponseAsync()), "\"last\""));
            return new ExitStatus(3, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds: 30);
        for (var i = 0; i < 20; i++)
        {
            using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", "1");
            Assert.Equal((HttpStatusCode.OK, "\"last\""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }

    static string Answer(string id, string body) =>
        $"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    static string Id(string response)
    {
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", response);
        const string name = "\r\nLambda-Runtime-Aws-Request-Id: ";
        var start = response.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return response[start..response.IndexOf('\r', start)];
    }

    /// <summary>Invokes with each event in turn, and expects each answer; null stands for an answer that broke off.</summary>
    static async Task RunAsync(string[] events, Func<RawRuntime, Task> during, string?[] answers)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var driver = new FakeSandboxDriver(async process =>
        {
            try
            {
                using var runtime = new RawRuntime(await process.ConnectAsync());
                await during(runtime);
                done.TrySetResult();
                await Task.Delay(Timeout.Infinite, process.Killed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failure)
            {
                done.TrySetException(failure);
                throw;
            }

            return new ExitStatus(0, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds: 30);
        for (var i = 0; i < events.Length; i++)
        {
            using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", events[i]);
            if (answers[i] is { } expected)
                Assert.Equal((HttpStatusCode.OK, expected), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            else
                Assert.Contains("Runtime.TruncatedResponse", await answer.Content.ReadAsStringAsync());
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A runtime that writes HTTP by hand.</summary>
    sealed class RawRuntime(Socket socket) : IDisposable
    {
        string _read = "";

        public async Task SendAsync(string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            for (var sent = 0; sent < bytes.Length;)
                sent += await socket.SendAsync(bytes.AsMemory(sent));
        }

        public async Task DripAsync(string text)
        {
            foreach (var character in text)
            {
                await SendAsync(character.ToString());
                await Task.Yield();
            }
        }

        /// <summary>Sends until the other side has had enough.</summary>
        public async Task FloodAsync(int bytes)
        {
            try
            {
                for (var i = 0; i < bytes / 1024; i++)
                    await SendAsync(new string('f', 1024));
            }
            catch (SocketException)
            {
                // As it should be.
            }
        }

        public async Task UntilClosedAsync()
        {
            var buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // Closed with bytes unread.
            }
        }

        public async Task<string> ReadResponseAsync()
        {
            int end;
            while ((end = _read.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
                await ReadMoreAsync();
            const string name = "Content-Length: ";
            var at = _read.IndexOf(name, StringComparison.Ordinal) + name.Length;
            var length = end + 4 + int.Parse(_read[at.._read.IndexOf('\r', at)]);
            var whole = new StringBuilder(_read);
            var buffer = new byte[65536];
            while (whole.Length < length)
            {
                var count = await socket.ReceiveAsync(buffer);
                Assert.True(count > 0, "closed in a body");
                whole.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            var all = whole.ToString();
            _read = all[length..];
            return all[..length];
        }

        public void Close() => socket.Dispose();

        public void Dispose() => socket.Dispose();

        async Task ReadMoreAsync()
        {
            var buffer = new byte[4096];
            var count = await socket.ReceiveAsync(buffer);
            Assert.True(count > 0, "closed");
            _read += Encoding.Latin1.GetString(buffer, 0, count);
        }
    }
}
