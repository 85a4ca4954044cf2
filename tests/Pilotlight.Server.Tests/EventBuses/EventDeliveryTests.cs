using System.Text;
using System.Text.Json;
using Pilotlight.Targets;

namespace Pilotlight.Tests.EventBuses;

public sealed class EventDeliveryTests
{
    [Fact]
    public async Task An_event_reaches_the_targets_of_the_rules_that_match_it()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.RuleAsync("orders", Probe.Arn("a"));
        await bus.EventsAsync("PutRule", """{"Name":"other","EventPattern":"{\"source\":[\"bank\"]}"}""");
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"other","Targets":[{"Id":"1","Arn":"{{Probe.Arn("b")}}"}]}""");

        var answer = await bus.PutAsync("""{ "total" : 1.50, "who":"Zoë" }""");
        var delivery = await bus.Probe.NextAsync();

        Assert.Equal(0, answer.GetProperty("FailedEntryCount").GetInt32());
        var id = answer.GetProperty("Entries")[0].GetProperty("EventId").GetString();
        var time = JsonDocument.Parse(delivery.Payload).RootElement.GetProperty("time").GetString();
        Assert.Equal(
            $$$"""{"version":"0","id":"{{{id}}}","detail-type":"Order","source":"shop","account":"000000000000","time":"{{{time}}}","region":"us-east-1","resources":[],"detail":{"total":1.50,"who":"Zoë"}}""",
            Encoding.UTF8.GetString(delivery.Payload.Span));
        Assert.Equal(new Sender.Service("events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/orders", "000000000000"), delivery.Sender);
        Assert.Equal(Probe.Arn("a"), delivery.TargetArn);
        Assert.False(bus.Probe.HasMore);
    }

    [Fact]
    public async Task Entries_are_refused_one_by_one()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.RuleAsync("orders", Probe.Arn("a"));

        var answer = await bus.EventsAsync("PutEvents", """
            {"Entries":[{"DetailType":"T","Detail":"{}"},{"Source":"shop","Detail":"{}"},{"Source":"shop","DetailType":"T"},
            {"Source":"shop","DetailType":"T","Detail":"no json"},{"Source":"shop","DetailType":"T","Detail":"[1]"},{"Source":"aws.x","DetailType":"T","Detail":"{}"},
            {"Source":"shop","DetailType":"T","Detail":"{}","EventBusName":"nowhere"},{"Source":"shop","DetailType":"T","Detail":"{}"}]}
            """);

        Assert.Equal(6, answer.GetProperty("FailedEntryCount").GetInt32());
        Assert.Equal(
            [
                "InvalidArgument Parameter Source is not valid. Reason: Source is a required argument.",
                "InvalidArgument Parameter DetailType is not valid. Reason: DetailType is a required argument.",
                "InvalidArgument Parameter Detail is not valid. Reason: Detail is a required argument.",
                "MalformedDetail Detail is malformed.", "MalformedDetail Detail is malformed.",
                "NotAuthorizedForSourceException Not authorized for the source.", " ", " ",
            ],
            answer.GetProperty("Entries").EnumerateArray().Select(entry =>
                $"{(entry.TryGetProperty("ErrorCode", out var code) ? code.GetString() : "")} {(entry.TryGetProperty("ErrorMessage", out var text) ? text.GetString() : "")}"));
        await bus.Probe.NextAsync();
        await bus.RefusedAsync("PutEvents", $$"""{"Entries":[{"Source":"s","DetailType":"t","Detail":"{\"x\":\"{{new string('a', 1024 * 1024)}}\"}"}]}""",
            "ValidationException", "Total size of the entries in the request is over the limit.");
        var (_, eleven) = await bus.TryEventsAsync("PutEvents", $$"""{"Entries":[{{string.Join(',', Enumerable.Repeat("""{"Source":"s"}""", 11))}}]}""");
        Assert.EndsWith("' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10", eleven.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData(""","Input":"{\"fixed\":1}" """, """{"fixed":1}""")]
    [InlineData(""","InputPath":"$.detail.items[1].name" """, "\"B\"")]
    [InlineData(""","InputPath":"$.detail.items[*].name" """, """["A","B"]""")]
    [InlineData(""","InputTransformer":{"InputPathsMap":{"n":"$.detail.total","w":"$.detail.who"},"InputTemplate":"{\"sum\":<n>,\"name\":<w>,\"text\":\"<w> pays <n>\"}"}""",
        """{"sum":12,"name":"say \"hi\"","text":"say \"hi\" pays 12"}""")]
    [InlineData(""","InputTransformer":{"InputPathsMap":{"x":"$.detail.nothing"},"InputTemplate":"\"all of <x>\""}""", "\"all of \"")]
    [InlineData(""","InputTransformer":{"InputPathsMap":{"p":"$.detail.payload","i":"$.detail.letters"},"InputTemplate":"\"<p> and <i>\""}""", "\"{acc_id:1,sf_id:baz} and [A,B]\"")]
    [InlineData(""","InputTransformer":{"InputPathsMap":{"p":"$.detail.payload"},"InputTemplate":"{\"all\":<p>,\"rule\":\"<aws.events.rule-name>\",\"arn\":<aws.events.rule-arn>}"}""",
        """{"all":{"acc_id":1,"sf_id":"baz"},"rule":"orders","arn":"arn:aws:events:us-east-1:000000000000:rule/orders"}""")]
    public async Task A_target_gets_what_its_input_says(string input, string wanted)
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.RuleAsync("orders", Probe.Arn("a"), input);

        await bus.PutAsync("""{"total":12,"who":"say \"hi\"","items":[{"name":"A"},{"name":"B"}],"letters":["A","B"],"payload":{"acc_id":1,"sf_id":"baz"}}""");

        Assert.Equal(wanted, Encoding.UTF8.GetString((await bus.Probe.NextAsync()).Payload.Span));
    }

    [Fact]
    public async Task The_whole_event_may_stand_in_a_template()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.RuleAsync("orders", Probe.Arn("a"), ""","InputTransformer":{"InputTemplate":"{\"event\":<aws.events.event.json>,\"head\":<aws.events.event>,\"at\":<aws.events.event.ingestion-time>}"}""");

        await bus.PutAsync("""{"x":1}""");
        var got = await bus.Probe.NextJsonAsync();

        Assert.Equal(1, got.GetProperty("event").GetProperty("detail").GetProperty("x").GetInt32());
        Assert.False(got.GetProperty("head").TryGetProperty("detail", out _));
        Assert.Equal("shop", got.GetProperty("head").GetProperty("source").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", got.GetProperty("at").GetString());
    }

    [Fact]
    public async Task A_delivery_that_fails_is_tried_again()
    {
        await using var bus = await BusFixture.StartAsync();
        bus.Probe.Answers["a"] = attempt => attempt < 4 ? new DeliveryResult(DeliveryEnd.Failed, "TooManyRequestsException", "Rate exceeded") : DeliveryResult.Delivered;
        await bus.RuleAsync("orders", Probe.Arn("a"));

        await bus.PutAsync("{}");
        await bus.Probe.NextAsync();

        Assert.Equal(4, bus.Probe.Attempts["a"]);
    }

    [Theory]
    [InlineData("closed", "", 0, "NO_PERMISSIONS", null, "0")]
    [InlineData("missing", """ ,"Input":"{\"other\":1}" """, 0, "NO_RESOURCE", null, "0")]
    [InlineData("broken", """ ,"Input":"{\"other\":1}" """, 3, "ERROR_FROM_TARGET", "MaximumRetryAttempts", "2")]
    public async Task What_cannot_be_delivered_lies_in_the_dead_letter_queue(string target, string input, int attempts, string code, string? condition, string retries)
    {
        await using var bus = await BusFixture.StartAsync();
        bus.Probe.Answers["broken"] = static _ => new DeliveryResult(DeliveryEnd.Failed, "ServiceException", "It is on fire");
        await bus.RuleAsync("orders", Probe.Arn(target), $$$"""{{{input}}},"RetryPolicy":{"MaximumRetryAttempts":2}""");
        // No queue is needed to see where it goes: the dead letter of this rule is another thing.
        var rules = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Pilotlight.EventBuses.RuleCatalog>(bus.Server.Platform.Services);
        await rules.ChangeAsync(new Pilotlight.EventBuses.BusScope("000000000000", "us-east-1"), "default|orders", rule => rule! with
        {
            Targets = [rule.Targets[0] with { DeadLetterConfig = new Pilotlight.EventBuses.DeadLetterConfig(Probe.Arn("dead")) }],
        });

        await bus.PutAsync("""{"x":1}""");
        var letter = await bus.Probe.NextAsync();

        Assert.Equal(Probe.Arn("dead"), letter.TargetArn);
        Assert.Equal(1, JsonDocument.Parse(letter.Payload).RootElement.GetProperty("detail").GetProperty("x").GetInt32());
        Assert.Equal(attempts, bus.Probe.Attempts.GetValueOrDefault(target));
        var facts = letter.Attributes.ToDictionary(fact => fact.Key, fact => fact.Value.Value);
        Assert.Equal("arn:aws:events:us-east-1:000000000000:rule/orders", facts["RULE_ARN"]);
        Assert.Equal(Probe.Arn(target), facts["TARGET_ARN"]);
        Assert.Equal((code, condition, retries), (facts["ERROR_CODE"], facts.GetValueOrDefault("EXHAUSTED_RETRY_CONDITION"), facts["RETRY_ATTEMPTS"]));
        Assert.NotEmpty(facts["ERROR_MESSAGE"]);
    }

    [Fact]
    public async Task What_was_accepted_is_delivered_after_a_restart()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            var probe = new Probe();
            probe.Answers["a"] = static _ => new DeliveryResult(DeliveryEnd.Failed, "ServiceException", "not now");
            await using (var bus = await BusFixture.StartAsync(folder, options => options.RetryDelay = TimeSpan.FromMilliseconds(300), probe: probe))
            {
                await bus.RuleAsync("orders", Probe.Arn("a"));
                await bus.PutAsync("""{"x":1}""");
            }

            await using var again = await BusFixture.StartAsync(folder);
            Assert.Equal(1, (await again.Probe.NextJsonAsync()).GetProperty("detail").GetProperty("x").GetInt32());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_slow_target_keeps_no_other_waiting()
    {
        await using var bus = await BusFixture.StartAsync(options: options => (options.Concurrency, options.ConcurrencyPerTarget) = (4, 2));
        using var gate = new ManualResetEventSlim();
        bus.Probe.Answers["slow"] = _ =>
        {
            gate.Wait(TimeSpan.FromSeconds(20));
            return DeliveryResult.Delivered;
        };
        await bus.RuleAsync("slow", Probe.Arn("slow"));
        for (var n = 0; n < 10; n++)
            await bus.PutAsync("{}");
        await bus.RuleAsync("quick", Probe.Arn("quick"));

        await bus.PutAsync("{}");
        var first = await bus.Probe.NextAsync();
        gate.Set();

        Assert.Equal(Probe.Arn("quick"), first.TargetArn);
        for (var n = 0; n < 11; n++)
            await bus.Probe.NextAsync();
    }

    [Fact]
    public async Task Events_go_from_bus_to_bus_as_they_are_and_not_in_circles()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("CreateEventBus", """{"Name":"second"}""");
        await bus.RuleAsync("on", "arn:aws:events:us-east-1:000000000000:event-bus/second");
        await bus.RuleAsync("back", "arn:aws:events:us-east-1:000000000000:event-bus/default", bus: "second");
        await bus.RuleAsync("end", Probe.Arn("a"), bus: "second");

        var id = (await bus.PutAsync("""{"x":1}""")).GetProperty("Entries")[0].GetProperty("EventId").GetString();

        for (var n = 0; n < 5; n++)
            Assert.Equal(id, (await bus.Probe.NextJsonAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_archive_keeps_events_and_a_replay_brings_them_to_chosen_rules()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("CreateEventBus", """{"Name":"kept"}""");
        const string Bus = "arn:aws:events:us-east-1:000000000000:event-bus/kept";
        await bus.EventsAsync("CreateArchive", $$$"""{"ArchiveName":"all","EventSourceArn":"{{{Bus}}}","RetentionDays":1,"EventPattern":"{\"detail\":{\"keep\":[true]}}"}""");
        await bus.PutAsync("""{"keep":true,"n":1}""", bus: "kept");
        await bus.PutAsync("""{"keep":false}""", bus: "kept");
        await bus.PutAsync("""{"keep":true,"n":2}""", bus: "kept");
        await bus.RuleAsync("wanted", Probe.Arn("a"), bus: "kept");
        await bus.RuleAsync("unwanted", Probe.Arn("b"), bus: "kept");
        var archive = await bus.EventsAsync("DescribeArchive", """{"ArchiveName":"all"}""");
        Assert.Equal(2, archive.GetProperty("EventCount").GetInt64());

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await bus.EventsAsync("StartReplay", $$$"""
            {"ReplayName":"again","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/all","EventStartTime":{{{now - 60}}},"EventEndTime":{{{now + 60}}},
            "Destination":{"Arn":"{{{Bus}}}","FilterArns":["arn:aws:events:us-east-1:000000000000:rule/kept/wanted"]}}
            """);
        var numbers = new List<int>();
        for (var n = 0; n < 2; n++)
        {
            var got = await bus.Probe.NextJsonAsync();
            Assert.Equal("again", got.GetProperty("replay-name").GetString());
            numbers.Add(got.GetProperty("detail").GetProperty("n").GetInt32());
        }

        Assert.Equal([1, 2], numbers.Order());
        for (var state = ""; state != "COMPLETED"; await Task.Yield())
            state = (await bus.EventsAsync("DescribeReplay", """{"ReplayName":"again"}""")).GetProperty("State").GetString();
        Assert.False(bus.Probe.HasMore);
        Assert.Equal(2, (await bus.EventsAsync("DescribeArchive", """{"ArchiveName":"all"}""")).GetProperty("EventCount").GetInt64());
        await bus.RefusedAsync("StartReplay", $$$"""{"ReplayName":"again","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/all","EventStartTime":1,"EventEndTime":2,"Destination":{"Arn":"{{{Bus}}}"}}""",
            "ResourceAlreadyExistsException", "Replay again already exists.");
        await bus.RefusedAsync("StartReplay", $$$"""{"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/all","EventStartTime":2,"EventEndTime":2,"Destination":{"Arn":"{{{Bus}}}"}}""",
            "ValidationException", "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
    }

    [Fact]
    public async Task Other_slices_deliver_to_a_bus()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"lambda\"]}"}""");
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"r","Targets":[{"Id":"1","Arn":"{{Probe.Arn("a")}}"}]}""");
        await bus.EventsAsync("PutPermission", """{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"l\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"events:PutEvents\",\"Resource\":\"*\"}]}"}""");
        var dispatcher = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<TargetDispatcher>(bus.Server.Platform.Services);
        const string Function = "arn:aws:lambda:us-east-1:000000000000:function:f";

        var result = await dispatcher.SendAsync(
            new Delivery
            {
                TargetArn = "arn:aws:events:us-east-1:000000000000:event-bus/default",
                Payload = """{"version":"1.0"}"""u8.ToArray(),
                Sender = new Sender.Service("lambda.amazonaws.com", Function, "000000000000"),
                Entry = new BusEntry("lambda", "Lambda Function Invocation Result - Success", [Function]),
            },
            TestContext.Current.CancellationToken);
        var got = await bus.Probe.NextJsonAsync();

        Assert.True(result.IsDelivered, result.Message);
        Assert.Equal(("lambda", Function, "1.0"), (got.GetProperty("source").GetString(), got.GetProperty("resources")[0].GetString(), got.GetProperty("detail").GetProperty("version").GetString()));
    }

    [Theory]
    [InlineData("000000000000", true)]
    [InlineData("111122223333", false)]
    public async Task A_bucket_puts_events_on_the_default_bus_of_its_account(string account, bool delivered)
    {
        await using var bus = await BusFixture.StartAsync();
        var dispatcher = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<TargetDispatcher>(bus.Server.Platform.Services);

        var result = await dispatcher.SendAsync(
            new Delivery
            {
                TargetArn = "arn:aws:events:us-east-1:000000000000:event-bus/default",
                Payload = "{}"u8.ToArray(),
                Sender = new Sender.Service("s3.amazonaws.com", "arn:aws:s3:::b", account),
                Entry = new BusEntry("aws.s3", "Object Created", ["arn:aws:s3:::b"]),
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(delivered ? DeliveryEnd.Delivered : DeliveryEnd.Refused, result.End);
    }
}
