using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pilotlight.Authorization;
using Pilotlight.Targets;
using Pilotlight.Testing;
using Pilotlight.Topics;

namespace Pilotlight.Tests.Topics;

/// <summary>The platform with stand-ins for queues and functions.</summary>
sealed class TopicsServer : IAsyncDisposable
{
    public const string Account = "000000000000";
    public const string Queue = $"arn:aws:sqs:us-east-1:{Account}:queue";
    public const string DeadLetters = $"arn:aws:sqs:us-east-1:{Account}:dead";
    public const string FifoQueue = $"arn:aws:sqs:us-east-1:{Account}:queue.fifo";
    public const string Function = $"arn:aws:lambda:us-east-1:{Account}:function:f";

    TopicsServer(PilotlightServer server, FakeTarget queues, FakeTarget functions) => (Server, Queues, Functions) = (server, queues, functions);

    public PilotlightServer Server { get; }

    public FakeTarget Queues { get; }

    public FakeTarget Functions { get; }

    public SnsClient Sns => new(Server.Client);

    public static async Task<TopicsServer> StartAsync(
        TimeProvider? time = null, string? dataFolder = null, IamMode mode = IamMode.Audit, Action<PlatformOptions>? configure = null, FakeTarget? queues = null)
    {
        queues ??= new FakeTarget("sqs");
        var functions = new FakeTarget("lambda");
        var server = await PilotlightServer.StartAsync(
            new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)),
            services =>
            {
                services.RemoveAll<ITarget>();
                services.AddSingleton<ITarget, TopicTarget>().AddSingleton<ITarget>(queues).AddSingleton<ITarget>(functions);
                if (time is not null)
                    services.AddSingleton(time);
            },
            options =>
            {
                options.Iam.Mode = mode;
                options.Topics.RetryBaseDelay = time is null ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1);
                configure?.Invoke(options);
            },
            dataFolder);
        return new TopicsServer(server, queues, functions);
    }

    public T Get<T>() where T : notnull => Server.Platform.Services.GetRequiredService<T>();

    /// <summary>Waits until nothing is on its way.</summary>
    public async Task SettleAsync()
    {
        var meter = Get<TopicMeter>();
        for (var round = 0; meter.Pending > 0; round++)
        {
            if (round > 3_000)
                throw new TimeoutException($"{meter.Pending} deliveries are still pending.");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
