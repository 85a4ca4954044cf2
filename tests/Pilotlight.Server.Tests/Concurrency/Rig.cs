using System.Net;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Concurrency;

/// <summary>The requests of these tests, in one line each.</summary>
static class Rig
{
    /// <summary>An account of 100 of which 10 must stay unreserved, so that numbers stay small.</summary>
    public static Task<PilotlightServer> StartAsync(
        FakeSandboxDriver driver, Action<PlatformOptions>? configure = null, string? dataFolder = null,
        Action<Microsoft.Extensions.DependencyInjection.IServiceCollection>? services = null) =>
        PilotlightServer.StartAsync(driver, services, options =>
        {
            (options.Concurrency.AccountLimit, options.Concurrency.MinimumUnreserved) = (100, 10);
            configure?.Invoke(options);
        }, dataFolder);

    public static FakeSandboxDriver Echo() => new(process => process.ServeAsync((_, payload) => payload));

    public static Task CreateAsync(PilotlightServer server, string name, int timeoutSeconds = 30) =>
        EnvironmentLifecycleTests.CreateAsync(server, name, timeoutSeconds);

    public static async Task<Reply> SendAsync(PilotlightServer server, HttpMethod method, string path, string? json = null)
    {
        using var answer = await server.Client.LambdaAsync(method, path, json);
        return await Reply.OfAsync(answer);
    }

    public static Task<Reply> ReserveAsync(PilotlightServer server, string name, int reserved) => SendAsync(
        server, HttpMethod.Put, $"/2017-10-31/functions/{name}/concurrency", $$"""{"ReservedConcurrentExecutions":{{reserved}}}""");

    public static Task<Reply> InvokeAsync(PilotlightServer server, string name, string payload = "{}", string? qualifier = null) => SendAsync(
        server, HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations{(qualifier is null ? "" : $"?Qualifier={qualifier}")}", payload);

    public static async Task<int> UnreservedAsync(PilotlightServer server) =>
        (await SendAsync(server, HttpMethod.Get, "/2016-08-19/account-settings")).Json.GetProperty("AccountLimit").GetProperty("UnreservedConcurrentExecutions").GetInt32();

    /// <summary>Waits on a condition; the test's own time limit ends a hopeless wait.</summary>
    public static async Task Until(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (await condition())
                return;
            await Task.Delay(10);
        }

        Assert.Fail("The condition did not come true.");
    }
}

sealed record Reply(int Status, string Body, string? RetryAfter)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public static async Task<Reply> OfAsync(HttpResponseMessage answer) => new(
        (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null);

    /// <summary>The whole body, to the letter.</summary>
    public void Is(int status, string body) => Assert.Equal((status, body), (Status, Body));

    public void IsAccepted() => Assert.True(Status == 202, Body);

    public void IsThrottled(string reason)
    {
        Is(429, $$"""{"Reason":"{{reason}}","Type":"User","message":"Rate Exceeded."}""");
        Assert.Equal("1", RetryAfter);
    }
}

/// <summary>A function whose invocations end when they are told to, and the count of those that run.</summary>
sealed class Gate
{
    readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock _gate = new();
    readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    readonly List<string> _types = [];
    int _running;
    int _most;

    public int Most => Volatile.Read(ref _most);

    /// <summary>The initialization types of the environments that ran something, once an invocation.</summary>
    public IReadOnlyList<string> Types
    {
        get
        {
            lock (_gate)
                return [.. _types];
        }
    }

    public FakeSandboxDriver Driver => field ??= new FakeSandboxDriver(async process =>
    {
        while (true)
        {
            using var next = await process.NextAsync();
            Enter(process.Spec.Environment["AWS_LAMBDA_INITIALIZATION_TYPE"]);
            await _open.Task;
            Interlocked.Decrement(ref _running);
            await process.RespondAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), "1");
        }
    });

    public void Open() => _open.SetResult();

    public Task RunningAsync(int count)
    {
        lock (_gate)
        {
            if (_running >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task;
        }
    }

    void Enter(string type)
    {
        lock (_gate)
        {
            _types.Add(type);
            var running = Interlocked.Increment(ref _running);
            _most = Math.Max(_most, running);
            foreach (var (count, reached) in _waiting.Where(waiter => running >= waiter.Count))
                reached.TrySetResult();
        }
    }
}
