using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Authorization;
using Pilotlight.Targets;
using Pilotlight.Testing;

namespace Pilotlight.Tests.EventBuses;

/// <summary>A whole server with one more kind of target, which notes what it gets and answers as it is told.</summary>
sealed class BusFixture : IAsyncDisposable
{
    BusFixture(PilotlightServer server, Probe probe) => (Server, Probe) = (server, probe);

    public PilotlightServer Server { get; }

    public Probe Probe { get; }

    public static async Task<BusFixture> StartAsync(
        string? dataFolder = null, Action<Pilotlight.EventBuses.EventBusOptions>? options = null, TimeProvider? time = null, Probe? probe = null)
    {
        probe ??= new Probe();
        var server = await PilotlightServer.StartAsync(
            new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)),
            services =>
            {
                services.AddSingleton<ITarget>(probe).AddSingleton<IJudgedResource>(probe);
                if (time is not null)
                    services.AddSingleton(time);
            },
            platform =>
            {
                platform.EventBuses.RetryDelay = TimeSpan.FromMilliseconds(20);
                options?.Invoke(platform.EventBuses);
            },
            dataFolder);
        return new BusFixture(server, probe);
    }

    /// <summary>The answer of an operation of EventBridge that is not refused.</summary>
    public async Task<JsonElement> EventsAsync(string operation, string json)
    {
        var (status, answer) = await TryEventsAsync(operation, json);
        Assert.True(status == HttpStatusCode.OK, answer.GetRawText());
        return answer;
    }

    public async Task<(HttpStatusCode Status, JsonElement Answer)> TryEventsAsync(string operation, string json)
    {
        using var response = await Server.Client.SendAsync(
            "events", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("X-Amz-Target", $"AWSEvents.{operation}"), ("Content-Type", "application/x-amz-json-1.1"));
        return (response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task RefusedAsync(string operation, string json, string code, string message)
    {
        var (status, answer) = await TryEventsAsync(operation, json);
        Assert.Equal((HttpStatusCode.BadRequest, code, message), (status, answer.GetProperty("__type").GetString(), answer.GetProperty("message").GetString()));
    }

    public async Task<(HttpStatusCode Status, JsonElement Answer)> SchedulerAsync(HttpMethod method, string path, string? json = null)
    {
        using var response = await Server.Client.SendAsync("scheduler", method, path, json is null ? null : Encoding.UTF8.GetBytes(json), ("Content-Type", "application/json"));
        return (response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>A rule for events from <c>shop</c> with one target.</summary>
    public async Task RuleAsync(string name, string target, string more = "", string bus = "default")
    {
        await EventsAsync("PutRule", $$$"""{"Name":"{{{name}}}","EventBusName":"{{{bus}}}","EventPattern":"{\"source\":[\"shop\"]}"}""");
        await EventsAsync("PutTargets", $$$"""{"Rule":"{{{name}}}","EventBusName":"{{{bus}}}","Targets":[{"Id":"1","Arn":"{{{target}}}"{{{more}}}}]}""");
    }

    public Task<JsonElement> PutAsync(string detail, string source = "shop", string bus = "default") => EventsAsync(
        "PutEvents", $$$"""{"Entries":[{"Source":"{{{source}}}","DetailType":"Order","Detail":{{{JsonSerializer.Serialize(detail)}}},"EventBusName":"{{{bus}}}"}]}""");

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    static JsonElement Parse(string text) => JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement;
}

/// <summary>Takes everything that is delivered to <c>arn:aws:probe:…:thing/NAME</c>.</summary>
sealed class Probe : ITarget, IJudgedResource
{
    readonly System.Threading.Channels.Channel<Delivery> _got = System.Threading.Channels.Channel.CreateUnbounded<Delivery>();

    /// <summary>What deliveries to a thing end with; delivered when it is not here.</summary>
    public ConcurrentDictionary<string, Func<int, DeliveryResult>> Answers { get; } = [];

    public ConcurrentDictionary<string, int> Attempts { get; } = [];

    public string Service => "probe";

    public string Action => "probe:Take";

    public string Kind => "thing";

    public static string Arn(string name) => $"arn:aws:probe:us-east-1:000000000000:thing/{name}";

    public bool Exists(string arn) => !arn.EndsWith("/missing", StringComparison.Ordinal);

    public IPolicyDocument? PolicyOf(string arn) => arn.EndsWith("/closed", StringComparison.Ordinal) ? null : s_open;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => null;

    public ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        var name = delivery.TargetArn.Split('/')[^1];
        var attempt = Attempts.AddOrUpdate(name, 1, static (_, count) => count + 1);
        var result = Answers.TryGetValue(name, out var answer) ? answer(attempt) : DeliveryResult.Delivered;
        if (result.IsDelivered)
            _got.Writer.TryWrite(delivery);
        return ValueTask.FromResult(result);
    }

    public async Task<Delivery> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        return await _got.Reader.ReadAsync(limit.Token);
    }

    public async Task<JsonElement> NextJsonAsync() => JsonDocument.Parse((await NextAsync()).Payload).RootElement;

    public bool HasMore => _got.Reader.TryPeek(out _);

    sealed record Policy(string Document) : IPolicyDocument;

    static readonly Policy s_open = new("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"*","Resource":"*"}]}""");
}

/// <summary>The machine's clock, set forward.</summary>
sealed class LaterTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
