using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.EventSources;
using Pilotlight.Identities;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.EventSources;

/// <summary>How pollers live and end, with a source that exists in the test only, on the whole server.</summary>
public sealed class MappingSupervisorTests
{
    const string Mappings = "/2015-03-31/event-source-mappings";
    const string Source = "arn:aws:rds:us-east-1:000000000000:cluster:docs";

    static async Task<(PilotlightServer Server, TestSource Source)> StartAsync(string? dataFolder = null)
    {
        var source = new TestSource();
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        var server = await PilotlightServer.StartAsync(driver, services => services.AddSingleton<IEventSource>(source), dataFolder: dataFolder);
        return (server, source);
    }

    static async Task<string> MapAsync(PilotlightServer server)
    {
        await EnvironmentLifecycleTests.CreateAsync(server, "mapped");
        var created = await SendAsync(server, HttpMethod.Post, "", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{Source}}}","StartingPosition":"LATEST","DocumentDBEventSourceConfig":{"DatabaseName":"d"}}""");
        return (string)created["UUID"]!;
    }

    static async Task<JsonNode> SendAsync(PilotlightServer server, HttpMethod method, string path, string? json = null)
    {
        using var answer = await server.Client.LambdaAsync(method, Mappings + path, json);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    static Task UntilAsync(PilotlightServer server, string id, Func<JsonNode, bool> holds) =>
        EnvironmentLifecycleTests.Until(async () => holds(await SendAsync(server, HttpMethod.Get, $"/{id}")));

    [Fact]
    public async Task A_poller_begins_when_its_mapping_is_enabled_and_ends_before_it_is_disabled()
    {
        var (server, source) = await StartAsync();
        await using var _ = server;
        var id = await MapAsync(server);
        var poller = await source.NextAsync();
        await UntilAsync(server, id, mapping => (string?)mapping["State"] == "Enabled");

        Assert.Equal("Disabling", (string?)(await SendAsync(server, HttpMethod.Put, $"/{id}", """{"Enabled":false}"""))["State"]);
        await poller.Stopping.Task;
        Assert.Equal("Disabling", (string?)(await SendAsync(server, HttpMethod.Get, $"/{id}"))["State"]);
        poller.MayEnd.SetResult();
        await UntilAsync(server, id, mapping => (string?)mapping["State"] == "Disabled");

        await SendAsync(server, HttpMethod.Put, $"/{id}", """{"Enabled":true}""");
        var second = await source.NextAsync();
        second.MayEnd.SetResult();
        await SendAsync(server, HttpMethod.Delete, $"/{id}");
        await second.Stopping.Task;
        await UntilAsync(server, id, mapping => mapping["State"] is null);
    }

    [Fact]
    public async Task A_batch_reaches_the_function_and_its_result_the_mapping()
    {
        var (server, source) = await StartAsync();
        await using var _ = server;
        var id = await MapAsync(server);
        var poller = await source.NextAsync();
        poller.MayEnd.SetResult();

        var result = await poller.Run.InvokeAsync("""{"n":1}"""u8.ToArray());

        Assert.Equal((BatchEnd.Succeeded, "$LATEST", """{"n":1}"""), (result.End, result.ExecutedVersion, System.Text.Encoding.UTF8.GetString(result.Answer.Span)));
        Assert.Equal("OK", (string?)(await SendAsync(server, HttpMethod.Get, $"/{id}"))["LastProcessingResult"]);
        using var throttle = await server.Client.LambdaAsync(HttpMethod.Put, "/2017-10-31/functions/mapped/concurrency", """{"ReservedConcurrentExecutions":0}""");
        Assert.Equal(BatchEnd.Throttled, (await poller.Run.InvokeAsync("{}"u8.ToArray())).End);
        using var gone = await server.Client.LambdaAsync(HttpMethod.Delete, "/2015-03-31/functions/mapped");
        Assert.Equal(BatchEnd.NotRun, (await poller.Run.InvokeAsync("{}"u8.ToArray())).End);
    }

    [Fact]
    public async Task One_that_fails_says_so_and_begins_again()
    {
        var (server, source) = await StartAsync();
        await using var _ = server;
        var id = await MapAsync(server);
        var first = await source.NextAsync();
        first.Failure = new SourceUnavailableException("The broker is away");
        first.MayEnd.SetResult();
        first.Break.SetResult();

        await UntilAsync(server, id, mapping => (string?)mapping["LastProcessingResult"] == "PROBLEM: The broker is away");
        var second = await source.NextAsync();
        second.MayEnd.SetResult();
        Assert.NotSame(first, second);
    }

    [Fact]
    public async Task Nothing_is_polled_while_the_role_may_not_and_polling_goes_on_when_it_may()
    {
        var (server, source) = await StartAsync();
        await using var _ = server;
        source.Actions = ["rds:DescribeDBClusters"];
        await EnvironmentLifecycleTests.CreateAsync(server, "mapped");
        var refused = await SendAsync(server, HttpMethod.Post, "", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{Source}}}","StartingPosition":"LATEST","DocumentDBEventSourceConfig":{"DatabaseName":"d"}}""");
        Assert.Equal("The role may not rds:DescribeDBClusters", (string?)refused["message"] ?? (string?)refused["Message"]);

        await RightsAsync(server, "arn:aws:iam::aws:policy/AdministratorAccess");
        var created = await SendAsync(server, HttpMethod.Post, "", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{Source}}}","StartingPosition":"LATEST","DocumentDBEventSourceConfig":{"DatabaseName":"d"}}""");
        var id = (string)created["UUID"]!;
        var poller = await source.NextAsync();
        await RightsAsync(server);
        // What a role may is believed for a second: the poller that follows must find the rights gone.
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        poller.Failure = new SourceUnavailableException("The cluster is away");
        poller.MayEnd.SetResult();
        poller.Break.SetResult();
        await UntilAsync(server, id, mapping => ((string?)mapping["LastProcessingResult"])?.Contains("is not authorized to perform: rds:DescribeDBClusters", StringComparison.Ordinal) == true);
        Assert.Equal(1, source.Opened);

        await RightsAsync(server, "arn:aws:iam::aws:policy/AdministratorAccess");
        (await source.NextAsync()).MayEnd.SetResult();
    }

    static Task RightsAsync(PilotlightServer server, params string[] policies) =>
        server.Platform.Services.GetRequiredService<AccountCatalog>().ChangeAsync("000000000000", change =>
            change.Put(change.Account.Roles.Find("r")! with { AttachedPolicies = [.. policies] }));

    [Fact]
    public async Task Polling_goes_on_after_a_restart_and_remembers_its_last_result()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-supervisor-").FullName;
        var (server, source) = await StartAsync(folder);
        var id = await MapAsync(server);
        var poller = await source.NextAsync();
        poller.MayEnd.SetResult();
        await poller.Run.InvokeAsync("{}"u8.ToArray());
        await UntilAsync(server, id, mapping => (string?)mapping["State"] == "Enabled");
        await server.DisposeAsync();

        (server, source) = await StartAsync(folder);
        (await source.NextAsync()).MayEnd.SetResult();
        Assert.Equal("OK", (string?)(await SendAsync(server, HttpMethod.Get, $"/{id}"))["LastProcessingResult"]);
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Serves clusters of documents, which nothing else here does; its pollers do what the test says.</summary>
sealed class TestSource : IEventSource
{
    readonly System.Threading.Channels.Channel<TestPoller> _opened = System.Threading.Channels.Channel.CreateUnbounded<TestPoller>();
    int _count;

    public IReadOnlyList<string> Actions { get; set; } = [];

    public int Opened => Volatile.Read(ref _count);

    public bool Serves(EventSourceKind kind) => kind == EventSourceKind.DocumentDb;

    public AwsError RoleRefused(string action) => AwsError.InvalidParameter($"The role may not {action}");

    public IPoller Open(MappingRun run) => new TestPoller(run, this);

    public ValueTask<TestPoller> NextAsync() => _opened.Reader.ReadAsync(TestContext.Current.CancellationToken);

    internal void Began(TestPoller poller)
    {
        Interlocked.Increment(ref _count);
        _opened.Writer.TryWrite(poller);
    }
}

sealed class TestPoller(MappingRun run, TestSource source) : IPoller
{
    public MappingRun Run => run;

    public TaskCompletionSource Stopping { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is in flight is done with.</summary>
    public TaskCompletionSource MayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Break { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Exception? Failure { get; set; }

    public async Task RunAsync(CancellationToken stopping)
    {
        await using var _ = stopping.Register(Stopping.SetResult);
        source.Began(this);
        await Task.WhenAny(Stopping.Task, Break.Task);
        await MayEnd.Task;
        if (Failure is not null)
            throw Failure;
    }
}
