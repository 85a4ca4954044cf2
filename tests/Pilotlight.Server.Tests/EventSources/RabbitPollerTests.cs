using System.Text;
using System.Text.Json.Nodes;
using Pilotlight.EventSources;
using Pilotlight.Tests.Environments;
using RabbitMQ.Client;

namespace Pilotlight.Tests.EventSources;

/// <summary>Against the real broker.</summary>
public sealed class RabbitPollerTests(RabbitNode node) : IClassFixture<RabbitNode>
{
    const string Broker = "arn:aws:mq:us-east-1:000000000000:broker:pizza:b-6d0ba9b8-3f0a-4f4e-9d64-0123456789ab";
    const string Secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:broker-AbCdEf";

    async Task<PolledServer> StartAsync(Action<SourcesOptions>? change = null)
    {
        if (RabbitNode.Missing is { } reason)
            Assert.Skip(reason);
        var polled = await PolledServer.StartAsync(options =>
        {
            options.Sources.Mq.Endpoint = node.Endpoint;
            options.Sources.Secrets = [new SourceSecret { Name = "broker", Username = "guest", Password = "guest" }];
            change?.Invoke(options.Sources);
        });
        await polled.RightsAsync("arn:aws:iam::aws:policy/AdministratorAccess");
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", 1);
        return polled;
    }

    static async Task<string> MapAsync(PolledServer polled, string queue, string more = "", string secret = Secret)
    {
        var created = await polled.SendAsync(HttpMethod.Post, "", $$"""
            {"FunctionName":"polled","EventSourceArn":"{{Broker}}","Queues":["{{queue}}"],"SourceAccessConfigurations":[{"Type":"BASIC_AUTH","URI":"{{secret}}"}]{{more}}}
            """);
        Assert.True(created["UUID"] is not null, created.ToJsonString());
        return (string)created["UUID"]!;
    }

    async Task<(IConnection Connection, IChannel Channel)> QueueAsync(string name)
    {
        var connection = await node.ConnectAsync();
        var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(name, durable: false, exclusive: false, autoDelete: false);
        return (connection, channel);
    }

    static ValueTask PublishAsync(IChannel channel, string queue, string body, BasicProperties? properties = null) =>
        channel.BasicPublishAsync("", queue, mandatory: true, properties ?? new BasicProperties(), Encoding.UTF8.GetBytes(body));

    static Task ProblemAsync(PolledServer polled, string id, string words) => EnvironmentLifecycleTests.Until(async () =>
        ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"])?.Contains(words, StringComparison.Ordinal) == true);

    [Fact]
    public async Task A_message_has_AWSs_shape_and_is_acknowledged()
    {
        await using var polled = await StartAsync();
        var (connection, channel) = await QueueAsync("pizzaQueue");
        await using var _ = connection;
        await MapAsync(polled, "pizzaQueue");

        await PublishAsync(channel, "pizzaQueue", """{"n":1}""", new BasicProperties
        {
            ContentType = "text/plain",
            Headers = new Dictionary<string, object?> { ["header1"] = "vé", ["numberInHeader"] = 10, ["list"] = new List<object?> { true, 1.5 } },
            DeliveryMode = DeliveryModes.Transient,
            Priority = 3,
            Expiration = "60000",
            Timestamp = new AmqpTimestamp(2021),
        });
        var payload = await polled.NextAsync();

        Assert.Equal(["eventSource", "eventSourceArn", "rmqMessagesByQueue"], payload.AsObject().Select(static member => member.Key));
        Assert.Equal(["pizzaQueue::/"], payload["rmqMessagesByQueue"]!.AsObject().Select(static member => member.Key));
        Assert.Equal(("aws:rmq", Broker), ((string?)payload["eventSource"], (string?)payload["eventSourceArn"]));
        Assert.Equal(
            """{"basicProperties":{"contentType":"text/plain","contentEncoding":null,"headers":{"header1":{"bytes":[118,-61,-87]},"numberInHeader":10,"list":[true,1.5]},"deliveryMode":1,"priority":3,"correlationId":null,"replyTo":null,"expiration":"60000","messageId":null,"timestamp":"Jan 1, 1970, 12:33:41 AM","type":null,"userId":null,"appId":null,"clusterId":null,"bodySize":7},"redelivered":false,"data":"eyJuIjoxfQ=="}""",
            Assert.Single(payload["rmqMessagesByQueue"]!["pizzaQueue::/"]!.AsArray())!.ToJsonString());
        await EnvironmentLifecycleTests.Until(async () => (await channel.QueueDeclarePassiveAsync("pizzaQueue")).MessageCount == 0);
    }

    [Fact]
    public async Task What_failed_comes_again_as_redelivered()
    {
        await using var polled = await StartAsync();
        var (connection, channel) = await QueueAsync("again");
        await using var _ = connection;
        var tries = 0;
        polled.Answer = _ => ++tries < 3 ? null : "1";
        await MapAsync(polled, "again");
        await PublishAsync(channel, "again", "x");

        var seen = new List<bool>();
        for (var n = 0; n < 3; n++)
            seen.Add((bool)(await polled.NextAsync())["rmqMessagesByQueue"]!["again::/"]![0]!["redelivered"]!);
        Assert.Equal([false, true, true], seen);
    }

    [Fact]
    public async Task A_batch_is_what_came_within_the_window_and_passes_the_filters()
    {
        await using var polled = await StartAsync();
        var (connection, channel) = await QueueAsync("many");
        await using var _ = connection;
        for (var n = 0; n < 10; n++)
            await PublishAsync(channel, "many", $$"""{"n":{{n % 2}}}""");
        await MapAsync(polled, "many", """,  "BatchSize":5,"FilterCriteria":{"Filters":[{"Pattern":"{\"data\":{\"n\":[1]}}"}]}""");

        Assert.Equal(5, (await polled.NextAsync())["rmqMessagesByQueue"]!["many::/"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_keeps_it_from_polling_is_said()
    {
        await using var polled = await StartAsync(sources => sources.Secrets.Add(new SourceSecret { Name = "wrong", Username = "guest", Password = "no" }));
        await ProblemAsync(polled, await MapAsync(polled, "nowhere"), "The queue nowhere does not exist");
        await ProblemAsync(polled, await MapAsync(polled, "unknown", secret: "arn:aws:secretsmanager:us-east-1:000000000000:secret:other-AbCdEf"), "set Sources:Secrets");
        await ProblemAsync(polled, await MapAsync(polled, "refused", secret: "arn:aws:secretsmanager:us-east-1:000000000000:secret:wrong-AbCdEf"), "The broker refused the credentials");
    }

    [Theory]
    [InlineData("", "set Sources:Mq:Endpoint")]
    [InlineData("stomp://127.0.0.1:1", "ActiveMQ is not polled")]
    public async Task Brokers_that_are_not_known_or_not_RabbitMQ_are_not_polled(string endpoint, string words)
    {
        await using var polled = await PolledServer.StartAsync(options => options.Sources.Mq.Endpoint = endpoint);
        await polled.RightsAsync("arn:aws:iam::aws:policy/AdministratorAccess");
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", 1);
        await ProblemAsync(polled, await MapAsync(polled, "q"), words);
    }
}
