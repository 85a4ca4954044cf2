using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pilotlight.Streams;
using Pilotlight.Targets;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Targets;

/// <summary>What waits on disk when the platform starts finds its targets, though they are read back after the services that deliver.</summary>
public sealed class StartOrderTests
{
    [Fact]
    public async Task What_waited_on_disk_is_delivered_once_every_target_is_there()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            await using (var first = await EventServer.StartAsync(folder))
                await SetUpAsync(first);
            // Nothing leaves this one.
            await using (var silent = await EventServer.StartAsync(folder, services => services.AddSingleton(static provider => new TargetDispatcher(
                provider.GetServices<ITarget>, provider.GetRequiredService<DeliveryPermissions>(), new NeverStarted(), provider.GetRequiredService<ILogger<TargetDispatcher>>()))))
            {
                await ProduceAsync(silent);
                Assert.Empty(silent.Events);
            }

            // Between the services that deliver and those that have the targets: whoever does not wait is done by then.
            await using var server = await EventServer.StartAsync(folder, static services => services.Insert(
                services.IndexOf(services.First(static one => one.ServiceType == typeof(StreamActivator))), ServiceDescriptor.Singleton<IHostedService, Pause>()));

            await server.EventAsync("\"detail-type\":\"Order\"");
            await server.EventAsync("\"EventSource\":\"aws:sns\"");
            await server.EventAsync("\"eventSource\":\"aws:s3\"");
            await server.EventAsync("\"awslogs\"");
            await EnvironmentLifecycleTests.Until(async () => (await server.Streams.ReadAsync("stream")).Length == 1);
            Assert.Equal(0, await server.CountAsync("dead"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task SetUpAsync(EventServer server)
    {
        await server.FunctionAsync("f");
        foreach (var service in (string[])["events", "sns", "s3", "logs"])
            await server.AllowAsync("f", $"{service}.amazonaws.com", service == "s3" ? "arn:aws:s3:::loud" : $"arn:aws:{service}:us-east-1:000000000000:*");
        await server.Streams.CreateAsync("stream");
        await server.RoleAsync("to-stream", "events.amazonaws.com", EventServer.Allow("kinesis:PutRecord"));
        await server.OpenQueueAsync("dead", "events.amazonaws.com");
        var letters = $$""","DeadLetterConfig":{"Arn":"{{EventServer.QueueArn("dead")}}"}""";
        await server.RuleAsync("to-function", EventServer.FunctionArn("f"), letters);
        await server.RuleAsync("to-stream", "arn:aws:kinesis:us-east-1:000000000000:stream/stream", $$"""{{letters}},"RoleArn":"{{EventServer.RoleArn("to-stream")}}" """);
        var topic = await server.Topics.TopicAsync("topic");
        (await server.Topics.SubscribeAsync(topic, "lambda", EventServer.FunctionArn("f"))).Ok();
        Assert.Equal(200, (await server.RestAsync("s3", HttpMethod.Put, "/loud")).Status);
        var (status, body) = await server.RestAsync("s3", HttpMethod.Put, "/loud?notification=",
            $"<NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>{EventServer.FunctionArn("f")}</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration></NotificationConfiguration>");
        Assert.True(status == 200, body);
        await server.LogsAsync("CreateLogGroup", """{"logGroupName":"g"}""");
        await server.LogsAsync("CreateLogStream", """{"logGroupName":"g","logStreamName":"s"}""");
        await server.LogsAsync("PutSubscriptionFilter", $$"""{"logGroupName":"g","filterName":"f","filterPattern":"","destinationArn":"{{EventServer.FunctionArn("f")}}"}""");
    }

    static async Task ProduceAsync(EventServer server)
    {
        await server.PutEventAsync("{}");
        (await server.Topics.PublishAsync("arn:aws:sns:us-east-1:000000000000:topic", "hello")).Ok();
        Assert.Equal(200, (await server.RestAsync("s3", HttpMethod.Put, "/loud/a", "body")).Status);
        await server.LogsAsync("PutLogEvents", $$"""
            {"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}},"message":"line"}]}
            """);
    }

    sealed class Pause : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.Delay(700, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    sealed class NeverStarted : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
