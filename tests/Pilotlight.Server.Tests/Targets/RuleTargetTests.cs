using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Targets;

/// <summary>Every kind of target of a rule, from PutEvents to where the event lies at last; without permission it lies in the dead-letter queue.</summary>
public sealed class RuleTargetTests : IAsyncLifetime
{
    const string Detail = """{"n":7,"user":"zoe"}""";
    const string Transformer = ""","InputTransformer":{"InputPathsMap":{"n":"$.detail.n","who":"$.detail.user"},"InputTemplate":"{\"sum\":<n>,\"text\":\"<who> has <n>\"}"}""";
    const string Transformed = """{"sum":7,"text":"zoe has 7"}""";

    static readonly string s_letters = $$""","DeadLetterConfig":{"Arn":"{{EventServer.QueueArn("dead")}}"}""";

    EventServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EventServer.StartAsync();
        await _server.OpenQueueAsync("dead", "events.amazonaws.com");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_topic_gets_the_event_when_its_policy_lets_the_rule_in()
    {
        var topic = await _server.Topics.TopicAsync("topic");
        await _server.OpenQueueAsync("heard", "sns.amazonaws.com");
        (await _server.Topics.SubscribeAsync(topic, "sqs", EventServer.QueueArn("heard"))).Ok();
        await _server.RuleAsync("r", topic, s_letters);
        await RefusedAsync("r", topic, await _server.PutEventAsync(Detail));

        (await _server.Topics.CallAsync("SetTopicAttributes", ("TopicArn", topic), ("AttributeName", "Policy"), ("AttributeValue", $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"{{topic}}",
            "Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:us-east-1:000000000000:rule/r"} } }]}
            """))).Ok();
        var id = await _server.PutEventAsync(Detail);
        AssertEvent(id, (string)(await _server.ReceiveBodyAsync("heard"))["Message"]!);

        await _server.RuleAsync("r", topic, Transformer);
        await _server.PutEventAsync(Detail);
        Assert.Equal(Transformed, (string)(await _server.ReceiveBodyAsync("heard"))["Message"]!);
    }

    [Fact]
    public async Task A_queue_gets_the_event_when_its_policy_lets_the_rule_in()
    {
        await _server.QueueAsync("heard");
        await _server.RuleAsync("r", EventServer.QueueArn("heard"), s_letters);
        await RefusedAsync("r", EventServer.QueueArn("heard"), await _server.PutEventAsync(Detail));

        await _server.SqsAsync("SetQueueAttributes", $$"""
            {"QueueUrl":"{{_server.Server.Endpoint}}000000000000/heard","Attributes":{"Policy":{{JsonSerializer.Serialize(
                EventServer.PolicyFor("""{"Service":"events.amazonaws.com"}""", "sqs:SendMessage"))}} } }
            """);
        var id = await _server.PutEventAsync(Detail);
        AssertEvent(id, (string)(await _server.ReceiveAsync("heard"))["Body"]!);

        await _server.RuleAsync("r", EventServer.QueueArn("heard"), Transformer);
        await _server.PutEventAsync(Detail);
        Assert.Equal(Transformed, (string)(await _server.ReceiveAsync("heard"))["Body"]!);
    }

    [Fact]
    public async Task A_function_gets_the_event_when_its_policy_lets_the_rule_in()
    {
        await _server.FunctionAsync("f");
        await _server.RuleAsync("r", EventServer.FunctionArn("f"), s_letters);
        await RefusedAsync("r", EventServer.FunctionArn("f"), await _server.PutEventAsync(Detail));

        await _server.AllowAsync("f", "events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r");
        var id = await _server.PutEventAsync(Detail);
        AssertEvent(id, await _server.EventTextAsync(id));

        await _server.RuleAsync("r", EventServer.FunctionArn("f"), Transformer);
        await _server.PutEventAsync(Detail);
        Assert.Equal(Transformed, await _server.EventTextAsync("sum"));
    }

    [Fact]
    public async Task A_stream_gets_the_event_under_the_partition_key_that_a_path_finds_when_the_role_may_write()
    {
        const string Stream = "arn:aws:kinesis:us-east-1:000000000000:stream/stream";
        await _server.Streams.CreateAsync("stream");
        await _server.RoleAsync("writer", "events.amazonaws.com", EventServer.Allow("kinesis:GetRecords"));
        var role = $$""","RoleArn":"{{EventServer.RoleArn("writer")}}","KinesisParameters":{"PartitionKeyPath":"$.detail.user"}""";
        await _server.RuleAsync("r", Stream, s_letters + role);
        await RefusedAsync("r", Stream, await _server.PutEventAsync(Detail));

        await _server.GrantAsync("writer", EventServer.Allow("kinesis:PutRecord", Stream));
        var id = await _server.PutEventAsync(Detail);
        var record = await RecordAsync(0);
        AssertEvent(id, DataOf(record));
        Assert.Equal("zoe", (string)record["PartitionKey"]!);

        // The path looks into the event, not into what the transformer makes of it.
        await _server.RuleAsync("r", Stream, Transformer + role);
        await _server.PutEventAsync(Detail);
        record = await RecordAsync(1);
        Assert.Equal((Transformed, "zoe"), (DataOf(record), (string)record["PartitionKey"]!));

        // Without a path it is the event's id.
        await _server.RuleAsync("r", Stream, $$""","RoleArn":"{{EventServer.RoleArn("writer")}}" """);
        id = await _server.PutEventAsync(Detail);
        Assert.Equal(id, (string)(await RecordAsync(2))["PartitionKey"]!);
    }

    [Fact]
    public async Task A_log_group_gets_the_event_when_a_resource_policy_lets_the_rule_in()
    {
        const string Group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders";
        await _server.LogsAsync("CreateLogGroup", """{"logGroupName":"/aws/events/orders"}""");
        await _server.RuleAsync("r", Group, s_letters);
        await RefusedAsync("r", Group, await _server.PutEventAsync(Detail));

        var policy = JsonSerializer.Serialize("""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},
            "Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/*:*"}]}
            """);
        var put = await _server.LogsAsync("PutResourcePolicy", $$"""{"policyName":"events","policyDocument":{{policy}}}""");
        Assert.Equal("events", (string)put["resourcePolicy"]!["policyName"]!);
        var id = await _server.PutEventAsync(Detail);
        AssertEvent(id, (string)(await LineAsync(0))["message"]!);

        await _server.RuleAsync("r", Group + ":*", ""","InputTransformer":{"InputPathsMap":{"n":"$.detail.n","at":"$.time"},"InputTemplate":"{\"timestamp\":<at>,\"message\":\"n is <n>\"}"}""");
        await _server.PutEventAsync(Detail);
        var line = await LineAsync(1);
        Assert.Equal("n is 7", (string)line["message"]!);
        Assert.Equal(0, (long)line["timestamp"]! % 1000);

        await _server.RuleAsync("r", Group, Transformer);
        await _server.PutEventAsync(Detail);
        Assert.Contains(Transformed, new[] { (string)(await LineAsync(2))["message"]!, (string)(await LineAsync(1))["message"]!, (string)(await LineAsync(0))["message"]! });
        // A stream of its own for each.
        Assert.Equal(3, (await _server.LogsAsync("DescribeLogStreams", """{"logGroupName":"/aws/events/orders"}"""))["logStreams"]!.AsArray().Count);

        await _server.LogsAsync("DeleteResourcePolicy", """{"policyName":"events"}""");
        Assert.Empty((await _server.LogsAsync("DescribeResourcePolicies", "{}"))["resourcePolicies"]!.AsArray());
        await _server.RuleAsync("r", Group, s_letters);
        await RefusedAsync("r", Group, await _server.PutEventAsync(Detail));
    }

    [Fact]
    public async Task A_log_group_that_is_not_there_has_the_event_in_the_dead_letter_queue()
    {
        const string Group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/none";
        await _server.LogsAsync("PutResourcePolicy", $$"""{"policyName":"events","policyDocument":{{JsonSerializer.Serialize(
            EventServer.PolicyFor("""{"Service":"events.amazonaws.com"}""", "logs:PutLogEvents"))}} }""");
        await _server.RuleAsync("r", Group, s_letters);
        await RefusedAsync("r", Group, await _server.PutEventAsync(Detail), "NO_RESOURCE");
    }

    [Fact]
    public async Task Another_bus_of_the_account_gets_the_event_as_it_is()
    {
        await _server.EventsAsync("CreateEventBus", """{"Name":"second"}""");
        await _server.OpenQueueAsync("heard", "events.amazonaws.com");
        await _server.RuleAsync("on", EventServer.BusArn("second"), s_letters);
        await _server.RuleAsync("end", EventServer.QueueArn("heard"), bus: "second");
        var id = await _server.PutEventAsync(Detail);
        AssertEvent(id, (string)(await _server.ReceiveAsync("heard"))["Body"]!);

        // With a role, the role must be allowed.
        await _server.RoleAsync("poor", "events.amazonaws.com", EventServer.Allow("sqs:SendMessage"));
        await _server.RuleAsync("on", EventServer.BusArn("second"), $$"""{{s_letters}},"RoleArn":"{{EventServer.RoleArn("poor")}}" """);
        await RefusedAsync("on", EventServer.BusArn("second"), await _server.PutEventAsync(Detail));

        // A transformer must make an event of it.
        await _server.RuleAsync("on", EventServer.BusArn("second"), s_letters + Transformer);
        await RefusedAsync("on", EventServer.BusArn("second"), await _server.PutEventAsync(Detail), "INVALID_PARAMETER");
        await _server.RuleAsync("on", EventServer.BusArn("second"),
            ""","InputTransformer":{"InputPathsMap":{"id":"$.id","t":"$.time"},"InputTemplate":"{\"version\":\"0\",\"id\":<id>,\"detail-type\":\"Made\",\"source\":\"shop\",\"account\":\"000000000000\",\"time\":<t>,\"region\":\"us-east-1\",\"resources\":[],\"detail\":{\"made\":true}}"}""");
        await _server.PutEventAsync(Detail);
        Assert.True((bool)(await _server.ReceiveBodyAsync("heard"))["detail"]!["made"]!);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_bus_of_another_account_gets_the_event_when_the_role_may_and_the_bus_lets_the_account_in(bool roleMay, bool busLets)
    {
        var theirs = EventServer.BusArn("theirs", EventServer.Other);
        await _server.EventsAsync("CreateEventBus", """{"Name":"theirs"}""", EventServer.Other);
        await _server.QueueAsync("heard", EventServer.PolicyFor("""{"Service":"events.amazonaws.com"}""", "sqs:SendMessage"), EventServer.Other);
        await _server.RuleAsync("end", EventServer.QueueArn("heard", EventServer.Other), bus: "theirs", account: EventServer.Other);
        if (busLets)
            await _server.EventsAsync("PutPermission",
                """{"EventBusName":"theirs","Action":"events:PutEvents","Principal":"000000000000","StatementId":"s"}""", EventServer.Other);
        await _server.RoleAsync("sender", "events.amazonaws.com", EventServer.Allow(roleMay ? "events:PutEvents" : "events:PutRule", theirs));
        await _server.RuleAsync("on", theirs, $$"""{{s_letters}},"RoleArn":"{{EventServer.RoleArn("sender")}}" """);

        var id = await _server.PutEventAsync(Detail);

        if (roleMay && busLets)
            AssertEvent(id, (string)(await _server.ReceiveAsync("heard", EventServer.Other))["Body"]!);
        else
            await RefusedAsync("on", theirs, id);
    }

    [Fact]
    public async Task A_bus_of_another_account_needs_a_role()
    {
        await _server.EventsAsync("PutRule", """{"Name":"on","EventPattern":"{\"source\":[\"shop\"]}"}""");
        var (status, body) = await RefusedPutTargetsAsync(EventServer.BusArn("theirs", EventServer.Other));
        Assert.Equal(400, status);
        Assert.Contains("RoleArn is required for target", body);
    }

    async Task<(int Status, string Body)> RefusedPutTargetsAsync(string target)
    {
        using var answer = await _server.Server.Client.SendAsync(
            "events", HttpMethod.Post, "/", Encoding.UTF8.GetBytes($$"""{"Rule":"on","Targets":[{"Id":"1","Arn":"{{target}}"}]}"""),
            ("X-Amz-Target", "AWSEvents.PutTargets"), ("Content-Type", "application/x-amz-json-1.1"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The event lies in the dead-letter queue, with why.</summary>
    async Task RefusedAsync(string rule, string target, string id, string code = "NO_PERMISSIONS")
    {
        var letter = await _server.ReceiveAsync("dead");
        AssertEvent(id, (string)letter["Body"]!);
        var facts = letter["MessageAttributes"]!;
        Assert.Equal(
            (code, $"arn:aws:events:us-east-1:000000000000:rule/{rule}", target, "0"),
            (Fact("ERROR_CODE"), Fact("RULE_ARN"), Fact("TARGET_ARN"), Fact("RETRY_ATTEMPTS")));
        Assert.NotEmpty(Fact("ERROR_MESSAGE"));
        await _server.SqsAsync("DeleteMessage", $$"""{"QueueUrl":"{{_server.Server.Endpoint}}000000000000/dead","ReceiptHandle":"{{letter["ReceiptHandle"]}}"}""");

        string Fact(string name) => (string)facts[name]!["StringValue"]!;
    }

    static void AssertEvent(string id, string text)
    {
        var time = (string)JsonNode.Parse(text)!["time"]!;
        Assert.Equal(
            $$$"""{"version":"0","id":"{{{id}}}","detail-type":"Order","source":"shop","account":"000000000000","time":"{{{time}}}","region":"us-east-1","resources":[],"detail":{{{Detail}}}}""",
            text);
    }

    async Task<JsonNode> RecordAsync(int index)
    {
        JsonArray records = [];
        await EnvironmentLifecycleTests.Until(async () =>
        {
            var page = await _server.Streams.CallAsync("GetRecords", $$"""{"ShardIterator":"{{await _server.Streams.IteratorAsync("stream")}}"}""");
            records = page["Records"]!.AsArray();
            return records.Count > index;
        });
        return records[index]!;
    }

    static string DataOf(JsonNode record) => Encoding.UTF8.GetString(Convert.FromBase64String((string)record["Data"]!));

    async Task<JsonNode> LineAsync(int index)
    {
        JsonArray lines = [];
        await EnvironmentLifecycleTests.Until(async () =>
        {
            lines = (await _server.LogsAsync("FilterLogEvents", """{"logGroupName":"/aws/events/orders"}"""))["events"]!.AsArray();
            return lines.Count > index;
        });
        return lines.OrderBy(static line => (long)line!["ingestionTime"]!).ElementAt(index)!;
    }
}
