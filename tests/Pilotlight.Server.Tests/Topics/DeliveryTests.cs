using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Authorization;
using Pilotlight.Targets;
using Pilotlight.Topics;

namespace Pilotlight.Tests.Topics;

public sealed class DeliveryTests
{
    static readonly (string, string?)[] s_attributes =
    [
        ("MessageAttributes.entry.1.Name", "n"), ("MessageAttributes.entry.1.Value.DataType", "Number"), ("MessageAttributes.entry.1.Value.StringValue", "99.12"),
        ("MessageAttributes.entry.2.Name", "b"), ("MessageAttributes.entry.2.Value.DataType", "Binary"), ("MessageAttributes.entry.2.Value.BinaryValue", "AgME"),
    ];

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Queues_get_a_signed_envelope(string version)
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t", ("SignatureVersion", version));
        var subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue))["SubscriptionArn"];
        var id = (await server.Sns.PublishAsync(topic, "Grüße \"an\" alle\n", [("Subject", "Hello"), .. s_attributes])).Ok()["MessageId"];
        var delivery = await server.Queues.NextAsync();
        Assert.Equal(TopicsServer.Queue, delivery.TargetArn);
        Assert.Equal(new Sender.Service("sns.amazonaws.com", topic, TopicsServer.Account), delivery.Sender);
        Assert.Empty(delivery.Attributes);
        var text = Encoding.UTF8.GetString(delivery.Payload.Span);
        Assert.StartsWith("{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : \"" + id, text);
        using var json = JsonDocument.Parse(text);
        var envelope = json.RootElement;
        Assert.Equal(
            ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes"],
            envelope.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Grüße \"an\" alle\n", envelope.GetProperty("Message").GetString());
        Assert.Equal("""{"Type":"Binary","Value":"AgME"}""", envelope.GetProperty("MessageAttributes").GetProperty("b").GetRawText());
        Assert.Equal($"{server.Server.Endpoint.ToString().TrimEnd('/')}/?Action=Unsubscribe&SubscriptionArn={subscription}", envelope.GetProperty("UnsubscribeURL").GetString());
        await VerifyAsync(envelope, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type");
    }

    /// <summary>By AWS's published rules, with the certificate that the message names.</summary>
    static async Task VerifyAsync(JsonElement message, params string[] signed)
    {
        var urlName = message.TryGetProperty("SigningCertURL", out _) ? "SigningCertURL" : "SigningCertUrl";
        using var http = new HttpClient();
        using var certificate = X509Certificate2.CreateFromPem(await http.GetStringAsync(message.GetProperty(urlName).GetString()));
        var text = string.Concat(signed.Select(name => $"{name}\n{message.GetProperty(name).GetString()}\n"));
        var hash = message.GetProperty("SignatureVersion").GetString() == "2" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        using var key = certificate.GetRSAPublicKey()!;
        Assert.True(key.VerifyData(Encoding.UTF8.GetBytes(text), message.GetProperty("Signature").GetBytesFromBase64(), hash, RSASignaturePadding.Pkcs1));
        Assert.False(key.VerifyData(Encoding.UTF8.GetBytes(text + "x"), message.GetProperty("Signature").GetBytesFromBase64(), hash, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public async Task Raw_messages_carry_their_attributes_beside_them()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("RawMessageDelivery", "true"));
        await server.Sns.PublishAsync(topic, "plain", s_attributes);
        var delivery = await server.Queues.NextAsync();
        Assert.Equal("plain", Encoding.UTF8.GetString(delivery.Payload.Span));
        Assert.Equal(new DeliveryAttribute("Number", "99.12"), delivery.Attributes["n"]);
        Assert.Equal(new DeliveryAttribute("Binary", "AgME"), delivery.Attributes["b"]);
    }

    [Fact]
    public async Task Functions_get_the_event_that_AWS_sends()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "lambda", TopicsServer.Function))["SubscriptionArn"];
        await server.Sns.PublishAsync(topic, """{"default":"for all","lambda":"for functions"}""", [("MessageStructure", "json"), .. s_attributes]);
        var delivery = await server.Functions.NextAsync();
        using var json = JsonDocument.Parse(delivery.Payload);
        var record = json.RootElement.GetProperty("Records")[0];
        Assert.Equal(["EventSource", "EventVersion", "EventSubscriptionArn", "Sns"], record.EnumerateObject().Select(member => member.Name));
        Assert.Equal(subscription, record.GetProperty("EventSubscriptionArn").GetString());
        var sns = record.GetProperty("Sns");
        Assert.Equal(
            ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl", "MessageAttributes"],
            sns.EnumerateObject().Select(member => member.Name));
        Assert.Equal(JsonValueKind.Null, sns.GetProperty("Subject").ValueKind);
        Assert.Equal("for functions", sns.GetProperty("Message").GetString());
        Assert.Equal("""{"Type":"Number","Value":"99.12"}""", sns.GetProperty("MessageAttributes").GetProperty("n").GetRawText());
        await VerifyAsync(sns, "Message", "MessageId", "Timestamp", "TopicArn", "Type");
    }

    [Fact]
    public async Task Filters_choose_who_gets_a_message()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("FilterPolicy", """{"n":[{"numeric":["<",50]}]}"""), ("RawMessageDelivery", "true")))["SubscriptionArn"];
        await server.Sns.SubscribeAsync(topic, "lambda", TopicsServer.Function, ("FilterPolicyScope", "MessageBody"), ("FilterPolicy", """{"kind":["order"]}"""));
        await server.Sns.PublishAsync(topic, """{"kind":"order"}""", s_attributes);
        await server.Functions.NextAsync();
        await server.SettleAsync();
        Assert.True(server.Queues.IsQuiet);
        await server.Sns.CallAsync("SetSubscriptionAttributes", ("SubscriptionArn", subscription), ("AttributeName", "FilterPolicy"), ("AttributeValue", "{}"));
        await server.Sns.PublishAsync(topic, "no order", s_attributes);
        Assert.Equal("no order", Encoding.UTF8.GetString((await server.Queues.NextAsync()).Payload.Span));
        await server.SettleAsync();
        Assert.True(server.Functions.IsQuiet);
        Assert.Equal((1, 1), (server.Get<TopicMeter>().Of(subscription).FilteredOut, server.Get<TopicMeter>().Of(subscription).Delivered));
    }

    [Fact]
    public async Task Http_endpoints_confirm_and_get_signed_messages()
    {
        await using var server = await TopicsServer.StartAsync();
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        Assert.Equal("pending confirmation", (await server.Sns.CallAsync("Subscribe", ("TopicArn", topic), ("Protocol", "http"), ("Endpoint", endpoint.Url)))["SubscriptionArn"]);
        var asked = await endpoint.NextAsync();
        Assert.Equal(("SubscriptionConfirmation", topic, "text/plain; charset=UTF-8", "Amazon Simple Notification Service Agent"), (
            asked.Headers["x-amz-sns-message-type"], asked.Headers["x-amz-sns-topic-arn"], asked.Headers["Content-Type"], asked.Headers["User-Agent"]));
        using var confirmation = JsonDocument.Parse(asked.Body);
        await VerifyAsync(confirmation.RootElement, "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type");
        await server.Sns.PublishAsync(topic, "too early");

        using var http = new HttpClient();
        var url = confirmation.RootElement.GetProperty("SubscribeURL").GetString()!;
        var confirmed = await http.GetStringAsync(url, TestContext.Current.CancellationToken);
        Assert.Contains("<ConfirmSubscriptionResult>", confirmed);
        Assert.Equal(confirmed.Split("SubscriptionArn>")[1], (await http.GetStringAsync(url, TestContext.Current.CancellationToken)).Split("SubscriptionArn>")[1]);
        await server.Sns.PublishAsync(topic, "in time", ("Subject", "S"));
        var got = await endpoint.NextAsync();
        using var notification = JsonDocument.Parse(got.Body);
        Assert.Equal("in time", notification.RootElement.GetProperty("Message").GetString());
        Assert.Equal("Notification", got.Headers["x-amz-sns-message-type"]);
        Assert.Equal(notification.RootElement.GetProperty("MessageId").GetString(), got.Headers["x-amz-sns-message-id"]);
        Assert.Equal(confirmed.Split("SubscriptionArn>")[1].Split('<')[0], got.Headers["x-amz-sns-subscription-arn"]);
        await VerifyAsync(notification.RootElement, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type");

        // The link in a message unsubscribes, and the endpoint may take it back.
        await http.GetStringAsync(notification.RootElement.GetProperty("UnsubscribeURL").GetString(), TestContext.Current.CancellationToken);
        var told = await endpoint.NextAsync();
        Assert.Equal("UnsubscribeConfirmation", told.Headers["x-amz-sns-message-type"]);
        Assert.Empty((await server.Sns.CallAsync("ListSubscriptionsByTopic", ("TopicArn", topic))).All("Endpoint"));
        using var farewell = JsonDocument.Parse(told.Body);
        await http.GetStringAsync(farewell.RootElement.GetProperty("SubscribeURL").GetString(), TestContext.Current.CancellationToken);
        Assert.Single((await server.Sns.CallAsync("ListSubscriptionsByTopic", ("TopicArn", topic))).All("Endpoint"));
    }

    [Fact]
    public async Task Raw_messages_to_http_endpoints_are_nothing_but_the_message()
    {
        await using var server = await TopicsServer.StartAsync();
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await ConfirmedAsync(server, topic, endpoint, ("RawMessageDelivery", "true"), ("DeliveryPolicy", """{"requestPolicy":{"headerContentType":"text/csv"}}"""));
        await server.Sns.PublishAsync(topic, "a,b");
        var got = await endpoint.NextAsync();
        Assert.Equal(("a,b", "true", "text/csv"), (got.Body, got.Headers["x-amz-sns-rawdelivery"], got.Headers["Content-Type"]));
    }

    static async Task<string> ConfirmedAsync(TopicsServer server, string topic, HttpEndpoint endpoint, params (string, string)[] attributes)
    {
        var subscription = (await server.Sns.SubscribeAsync(topic, "http", endpoint.Url, attributes)).Ok()["SubscriptionArn"];
        using var confirmation = JsonDocument.Parse((await endpoint.NextAsync()).Body);
        (await server.Sns.CallAsync("ConfirmSubscription", ("TopicArn", topic), ("Token", confirmation.RootElement.GetProperty("Token").GetString()))).Ok();
        return subscription;
    }

    [Fact]
    public async Task A_subscription_that_wants_signatures_cannot_be_ended_without_one()
    {
        await using var server = await TopicsServer.StartAsync();
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "http", endpoint.Url)).Ok()["SubscriptionArn"];
        using var confirmation = JsonDocument.Parse((await endpoint.NextAsync()).Body);
        (await server.Sns.CallAsync("ConfirmSubscription", ("TopicArn", topic), ("Token", confirmation.RootElement.GetProperty("Token").GetString()), ("AuthenticateOnUnsubscribe", "true"))).Ok();
        using var http = new HttpClient();
        var refused = await http.GetAsync(new Uri(server.Server.Endpoint, $"/?Action=Unsubscribe&SubscriptionArn={subscription}"), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)refused.StatusCode);
        (await server.Sns.CallAsync("Unsubscribe", ("SubscriptionArn", subscription))).Ok();
    }

    [Theory]
    [InlineData(503, 4)]
    [InlineData(429, 4)]
    [InlineData(404, 1)]
    [InlineData(302, 1)]
    public async Task Http_endpoints_are_tried_again_as_the_policy_says(int status, int attempts)
    {
        await using var server = await TopicsServer.StartAsync();
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = await ConfirmedAsync(server, topic, endpoint, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{TopicsServer.DeadLetters}}"}"""));
        endpoint.Answer = _ => Task.FromResult(status);
        var id = (await server.Sns.PublishAsync(topic, "m"))["MessageId"];
        var dead = await server.Queues.NextAsync();
        Assert.Equal(TopicsServer.DeadLetters, dead.TargetArn);
        Assert.Contains(id, Encoding.UTF8.GetString(dead.Payload.Span));
        await server.SettleAsync();
        var counts = server.Get<TopicMeter>().Of(subscription);
        Assert.Equal((attempts, 1, 0), (counts.Failed, counts.DeadLettered, counts.Lost));
    }

    [Fact]
    public async Task A_slow_endpoint_holds_nobody_elses_messages()
    {
        await using var server = await TopicsServer.StartAsync();
        await using var slow = await HttpEndpoint.StartAsync();
        await using var quick = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await ConfirmedAsync(server, topic, slow);
        await ConfirmedAsync(server, topic, quick);
        var release = new TaskCompletionSource();
        slow.Answer = async _ =>
        {
            await release.Task;
            return 200;
        };
        for (var index = 0; index < 40; index++)
            await server.Sns.PublishAsync(topic, $"m{index}");
        for (var index = 0; index < 40; index++)
            await quick.NextAsync();
        release.SetResult();
        await server.SettleAsync();
    }

    [Fact]
    public async Task Functions_and_queues_are_tried_again_at_once_and_then_when_they_are_due()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TopicsServer.StartAsync(time);
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "lambda", TopicsServer.Function))["SubscriptionArn"];
        server.Functions.Answer = _ => new(new DeliveryResult(DeliveryEnd.Failed, "Throttled", "later"));
        await server.Sns.PublishAsync(topic, "m");
        // The first attempt and three without delay; then one second apart, twice, and backing off from there.
        for (var attempt = 0; attempt < 4; attempt++)
            await server.Functions.NextAsync();
        foreach (var seconds in new[] { 1.0, 1.0, 1.0, 1.395 })
        {
            await WaitForAsync(() => server.Functions.IsQuiet && server.Get<TopicMeter>().Of(subscription).Failed == _attempts);
            time.Advance(TimeSpan.FromSeconds(seconds));
            await server.Functions.NextAsync();
            _attempts++;
        }

        server.Functions.Answer = _ => new(DeliveryResult.Delivered);
        await WaitForAsync(() => server.Get<TopicMeter>().Of(subscription).Failed == _attempts);
        time.Advance(TimeSpan.FromSeconds(2));
        await server.Functions.NextAsync();
        await server.SettleAsync();
        Assert.Equal(1, server.Get<TopicMeter>().Of(subscription).Delivered);
    }

    int _attempts = 4;

    static async Task WaitForAsync(Func<bool> holds)
    {
        for (var round = 0; !holds(); round++)
        {
            if (round > 3_000)
                throw new TimeoutException("It never came to hold.");
            await Task.Delay(10, CancellationToken.None);
        }

        // What failed notes its next attempt right after it is counted.
        await Task.Delay(50, CancellationToken.None);
    }

    [Fact]
    public void The_schedule_for_functions_and_queues_is_AWSs()
    {
        var schedule = RetrySchedule.Managed;
        Assert.Equal([0, 0, 0, 1, 1], Enumerable.Range(1, 5).Select(failures => schedule.SecondsAfter(failures)!.Value));
        Assert.Equal(1, schedule.SecondsAfter(6));
        Assert.Equal(20, schedule.SecondsAfter(15)!.Value, 6);
        Assert.Equal(20, schedule.SecondsAfter(100_015));
        Assert.Null(schedule.SecondsAfter(100_016));
        Assert.Equal([20, 20, 20, null], Enumerable.Range(1, 4).Select(failures => RetrySchedule.Http.SecondsAfter(failures)));
    }

    [Fact]
    public async Task What_is_not_permitted_goes_to_the_dead_letter_queue_without_another_attempt()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(
            topic, "lambda", TopicsServer.Function, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{TopicsServer.DeadLetters}}"}""")))["SubscriptionArn"];
        server.Functions.IsThere = static _ => false;
        await server.Sns.PublishAsync(topic, "m", s_attributes);
        var dead = await server.Queues.NextAsync();
        using var envelope = JsonDocument.Parse(dead.Payload);
        Assert.Equal("m", envelope.RootElement.GetProperty("Message").GetString());
        Assert.Equal("99.12", envelope.RootElement.GetProperty("MessageAttributes").GetProperty("n").GetProperty("Value").GetString());
        Assert.True(envelope.RootElement.TryGetProperty("SigningCertURL", out _));
        await server.SettleAsync();
        Assert.Equal((1, 1), (server.Get<TopicMeter>().Of(subscription).Failed, server.Get<TopicMeter>().Of(subscription).DeadLettered));
    }

    [Fact]
    public async Task Without_leave_of_the_queue_a_message_is_lost_and_counted()
    {
        await using var server = await TopicsServer.StartAsync(mode: IamMode.Enforce);
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue))["SubscriptionArn"];
        (await server.Sns.PublishAsync(topic, "m")).Ok();
        await server.SettleAsync();
        Assert.True(server.Queues.IsQuiet);
        Assert.Equal((1, 1), (server.Get<TopicMeter>().Of(subscription).Failed, server.Get<TopicMeter>().Of(subscription).Lost));
        Assert.Contains(server.Get<TopicMeter>().Read(), metric => metric.Name == "topic_notifications_total" && metric.Labels.Contains("outcome=\"lost\"") && metric.Value == 1);
    }

    [Fact]
    public async Task What_was_not_delivered_survives_a_restart()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            string id;
            await using (var server = await TopicsServer.StartAsync(dataFolder: folder, configure: options => options.Topics.RetryBaseDelay = TimeSpan.FromMinutes(1)))
            {
                server.Queues.Answer = _ => new(new DeliveryResult(DeliveryEnd.Failed, "Busy", "later"));
                var topic = await server.Sns.TopicAsync("t");
                await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue);
                id = (await server.Sns.PublishAsync(topic, "m"))["MessageId"];
                for (var attempt = 0; attempt < 4; attempt++)
                    await server.Queues.NextAsync();
            }

            await using (var server = await TopicsServer.StartAsync(dataFolder: folder, time: new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(2))))
            {
                Assert.Contains(id, Encoding.UTF8.GetString((await server.Queues.NextAsync()).Payload.Span));
                await server.SettleAsync();
            }

            await using (var server = await TopicsServer.StartAsync(dataFolder: folder))
                Assert.Equal(0, server.Get<TopicMeter>().Pending);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Fifo_topics_number_deduplicate_and_keep_the_order_of_each_group()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TopicsServer.StartAsync(time);
        var topic = await server.Sns.TopicAsync("t.fifo", ("FifoTopic", "true"), ("ContentBasedDeduplication", "true"));
        await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.FifoQueue, ("RawMessageDelivery", "true"));
        Assert.Equal("Invalid parameter: The MessageGroupId parameter is required for FIFO topics", (await server.Sns.PublishAsync(topic, "m")).Message);
        var failures = 2;
        server.Queues.Answer = delivery => new(delivery.MessageGroupId == "g" && Interlocked.Decrement(ref failures) >= 0 ? new DeliveryResult(DeliveryEnd.Failed, "Busy", "later") : DeliveryResult.Delivered);
        var first = await server.Sns.PublishAsync(topic, "0", ("MessageGroupId", "g"));
        for (var index = 1; index < 20; index++)
            await server.Sns.PublishAsync(topic, $"{index}", ("MessageGroupId", "g"));
        var again = await server.Sns.PublishAsync(topic, "0", ("MessageGroupId", "g"));
        Assert.Equal((first["MessageId"], first["SequenceNumber"]), (again["MessageId"], again["SequenceNumber"]));
        Assert.Equal("10000000000000000001", first["SequenceNumber"]);
        await server.SettleAsync();
        var got = new List<string>();
        while (!server.Queues.IsQuiet)
        {
            var delivery = await server.Queues.NextAsync();
            Assert.Equal("g", delivery.MessageGroupId);
            Assert.Equal(64, delivery.MessageDeduplicationId!.Length);
            got.Add(Encoding.UTF8.GetString(delivery.Payload.Span));
        }

        Assert.Equal(["0", "0", .. Enumerable.Range(0, 20).Select(index => $"{index}")], got);
        time.Advance(TimeSpan.FromMinutes(5));
        // Signatures of this clock are five minutes old to the server now.
        var later = await server.Get<Publisher>().PublishAsync(
            server.Get<TopicCatalog>().Find(topic)!, PublishInput.Check("0", null, null, new Dictionary<string, MessageAttribute>()) with { GroupId = "g" });
        Assert.NotEqual(first["MessageId"], later.MessageId);
    }

    [Fact]
    public async Task Fifo_topics_remember_across_restarts()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            SnsAnswer first;
            var topic = "";
            await using (var server = await TopicsServer.StartAsync(dataFolder: folder))
            {
                topic = await server.Sns.TopicAsync("t.fifo", ("FifoTopic", "true"));
                first = (await server.Sns.PublishAsync(topic, "m", ("MessageGroupId", "g"), ("MessageDeduplicationId", "d"))).Ok();
            }

            await using (var server = await TopicsServer.StartAsync(dataFolder: folder))
            {
                var again = (await server.Sns.PublishAsync(topic, "m", ("MessageGroupId", "g"), ("MessageDeduplicationId", "d"))).Ok();
                Assert.Equal((first["MessageId"], first["SequenceNumber"]), (again["MessageId"], again["SequenceNumber"]));
                var next = (await server.Sns.PublishAsync(topic, "m", ("MessageGroupId", "g"), ("MessageDeduplicationId", "e"))).Ok();
                Assert.True(string.CompareOrdinal(next["SequenceNumber"], first["SequenceNumber"]) > 0);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Others_deliver_to_topics_and_traces_are_carried_on()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue);
        var result = await server.Get<TargetDispatcher>().SendAsync(
            new Delivery
            {
                TargetArn = topic,
                Payload = "from elsewhere"u8.ToArray(),
                Sender = new Sender.Service("s3.amazonaws.com", "arn:aws:s3:::bucket", TopicsServer.Account),
                Subject = "Amazon S3 Notification",
                TraceHeader = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1",
                Attributes = new Dictionary<string, DeliveryAttribute> { ["a"] = new("String", "x") },
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(DeliveryEnd.Delivered, result.End);
        var delivery = await server.Queues.NextAsync();
        Assert.Equal("Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1", delivery.TraceHeader);
        var text = Encoding.UTF8.GetString(delivery.Payload.Span);
        Assert.Contains("\"Subject\" : \"Amazon S3 Notification\"", text);
        Assert.Contains("\"a\" : {\"Type\":\"String\",\"Value\":\"x\"}", text);
        Assert.Equal(DeliveryEnd.NoTarget, (await server.Get<TargetDispatcher>().SendAsync(
            new Delivery { TargetArn = topic + "x", Payload = "m"u8.ToArray(), Sender = new Sender.Service("s3.amazonaws.com", "arn:aws:s3:::bucket", TopicsServer.Account) },
            TestContext.Current.CancellationToken)).End);
    }

    [Fact]
    public async Task Batches_answer_each_of_their_messages()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("RawMessageDelivery", "true"));
        var batch = (await server.Sns.CallAsync("PublishBatch", [("TopicArn", topic), .. Enumerable.Range(1, 10).SelectMany(index => new (string, string?)[]
        {
            ($"PublishBatchRequestEntries.member.{index}.Id", $"e{index}"), ($"PublishBatchRequestEntries.member.{index}.Message", $"m{index}"),
        })])).Ok();
        Assert.Equal(10, batch.All("MessageId").Count);
        var got = new List<string>();
        for (var index = 0; index < 10; index++)
            got.Add(Encoding.UTF8.GetString((await server.Queues.NextAsync()).Payload.Span));
        Assert.Equal(Enumerable.Range(1, 10).Select(index => $"m{index}").Order(), got.Order());
    }

    [Fact]
    public async Task What_nobody_confirms_is_gone_after_two_days()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TopicsServer.StartAsync(time);
        var topic = await server.Sns.TopicAsync("t");
        await server.Sns.SubscribeAsync(topic, "email", "somebody@example.com");
        await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue);
        var catalog = server.Get<TopicCatalog>();
        await server.Get<SubscriptionReaper>().SweepAsync();
        Assert.Equal(2, catalog.Find(topic)!.Subscriptions.Count);
        time.Advance(TimeSpan.FromDays(2));
        await server.Get<SubscriptionReaper>().SweepAsync();
        Assert.Equal("sqs", Assert.Single(catalog.Find(topic)!.Subscriptions.Values).Protocol);
    }

    [Fact]
    public async Task A_throttle_spaces_the_messages_of_an_endpoint()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TopicsServer.StartAsync(time);
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        await ConfirmedAsync(server, topic, endpoint, ("DeliveryPolicy", """{"throttlePolicy":{"maxReceivesPerSecond":1}}"""));
        await server.Sns.PublishAsync(topic, "first");
        await server.Sns.PublishAsync(topic, "second");
        // The confirmation was the first of its second.
        for (var seconds = 1; seconds <= 2; seconds++)
        {
            await WaitForAsync(() => server.Get<TopicMeter>().Pending == 3 - seconds);
            Assert.True(endpoint.IsQuiet);
            time.Advance(TimeSpan.FromSeconds(1));
            await endpoint.NextAsync();
        }
    }

    [Fact]
    public async Task Beyond_loopback_nothing_is_posted_into_private_networks()
    {
        await using var server = await TopicsServer.StartAsync(configure: options => options.Topics.Endpoints = "public");
        await using var endpoint = await HttpEndpoint.StartAsync();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "http", endpoint.Url))["SubscriptionArn"];
        await server.SettleAsync();
        Assert.True(endpoint.IsQuiet);
        Assert.Equal((1, 1), (server.Get<TopicMeter>().Of(subscription).Failed, server.Get<TopicMeter>().Of(subscription).Lost));
        Assert.False(Pilotlight.Api.PublicNetwork.Has(System.Net.IPAddress.Parse("::ffff:169.254.169.254")));
        Assert.True(Pilotlight.Api.PublicNetwork.Has(System.Net.IPAddress.Parse("8.8.8.8")));
    }

    [Fact]
    public async Task Nothing_is_kept_of_subscriptions_that_are_gone()
    {
        await using var server = await TopicsServer.StartAsync();
        var deliveries = server.Get<DeliverySupervisor>();
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue))["SubscriptionArn"];
        await server.Sns.SubscribeAsync(topic, "lambda", TopicsServer.Function);
        await server.Sns.PublishAsync(topic, "one");
        await server.SettleAsync();
        Assert.Equal(2, deliveries.Lanes);

        await server.Sns.CallAsync("Unsubscribe", ("SubscriptionArn", subscription));
        await Until(() => deliveries.Lanes == 1);
        await server.Sns.PublishAsync(topic, "two");
        await server.SettleAsync();
        Assert.Equal(1, deliveries.Lanes);

        // One attempt is under way while the topic goes: it is waited for, and then nothing is left.
        var begun = new TaskCompletionSource();
        var leave = new TaskCompletionSource<DeliveryResult>();
        server.Functions.Answer = async _ =>
        {
            begun.TrySetResult();
            return await leave.Task;
        };
        await server.Sns.PublishAsync(topic, "three");
        await begun.Task;
        await server.Sns.CallAsync("DeleteTopic", ("TopicArn", topic));
        Assert.Equal(1, deliveries.Lanes);
        leave.SetResult(new DeliveryResult(DeliveryEnd.Failed, "InternalFailure", "not now"));
        await server.SettleAsync();
        await Until(() => deliveries.Lanes == 0);
        Assert.DoesNotContain(server.Get<TopicMeter>().Read(), static metric => metric.Name == "topic_notifications_total");
    }

    [Fact]
    public async Task What_waits_for_its_next_attempt_goes_with_its_subscription()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TopicsServer.StartAsync(time);
        var topic = await server.Sns.TopicAsync("t");
        var subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue))["SubscriptionArn"];
        server.Queues.Answer = static _ => new(new DeliveryResult(DeliveryEnd.Failed, "InternalFailure", "not now"));
        await server.Sns.PublishAsync(topic, "never taken");
        await Until(() => server.Get<TopicMeter>().Of(subscription).Failed >= 3);
        Assert.Equal(1, server.Get<TopicMeter>().Pending);

        await server.Sns.CallAsync("Unsubscribe", ("SubscriptionArn", subscription));
        await server.SettleAsync();
        await Until(() => server.Get<DeliverySupervisor>().Lanes == 0);
    }

    static async Task Until(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        while (!condition())
            await Task.Delay(5, patience.Token);
    }
}
