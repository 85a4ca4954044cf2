using System.Net;
using System.Text.Json;

namespace Pilotlight.Tests.EventBuses;

public sealed class EventRuleTests
{
    [Fact]
    public async Task Buses_are_made_shown_and_deleted()
    {
        await using var bus = await BusFixture.StartAsync();

        var made = await bus.EventsAsync("CreateEventBus", """{"Name":"orders","Description":"d","Tags":[{"Key":"k","Value":"v"}]}""");
        await bus.RefusedAsync("CreateEventBus", """{"Name":"orders"}""", "ResourceAlreadyExistsException", "Event bus orders already exists.");
        var shown = await bus.EventsAsync("DescribeEventBus", """{"Name":"arn:aws:events:us-east-1:000000000000:event-bus/orders"}""");
        var listed = await bus.EventsAsync("ListEventBuses", "{}");
        var tags = await bus.EventsAsync("ListTagsForResource", """{"ResourceARN":"arn:aws:events:us-east-1:000000000000:event-bus/orders"}""");

        Assert.Equal("arn:aws:events:us-east-1:000000000000:event-bus/orders", made.GetProperty("EventBusArn").GetString());
        Assert.Equal("d", shown.GetProperty("Description").GetString());
        Assert.Equal(["default", "orders"], listed.GetProperty("EventBuses").EnumerateArray().Select(one => one.GetProperty("Name").GetString()));
        Assert.Equal("""[{"Key":"k","Value":"v"}]""", tags.GetProperty("Tags").GetRawText());
        await bus.RefusedAsync("DeleteEventBus", """{"Name":"default"}""", "ValidationException", "Cannot delete event bus default.");
        await bus.EventsAsync("DeleteEventBus", """{"Name":"orders"}""");
        await bus.EventsAsync("DeleteEventBus", """{"Name":"orders"}""");
        await bus.RefusedAsync("DescribeEventBus", """{"Name":"orders"}""", "ResourceNotFoundException", "Event bus orders does not exist.");
    }

    [Fact]
    public async Task Permissions_are_statements_of_the_policy_of_a_bus()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("PutPermission", """{"Action":"events:PutEvents","Principal":"111122223333","StatementId":"one"}""");
        await bus.EventsAsync("PutPermission", """{"Action":"events:PutEvents","Principal":"*","StatementId":"all","Condition":{"Type":"StringEquals","Key":"aws:PrincipalOrgID","Value":"o-1"}}""");

        Assert.Equal(
            """{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"events:PutEvents","Resource":"arn:aws:events:us-east-1:000000000000:event-bus/default"},"""
            + """{"Sid":"all","Effect":"Allow","Principal":"*","Action":"events:PutEvents","Resource":"arn:aws:events:us-east-1:000000000000:event-bus/default","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}""",
            (await bus.EventsAsync("DescribeEventBus", "{}")).GetProperty("Policy").GetString());

        await bus.RefusedAsync("RemovePermission", """{"StatementId":"two"}""", "ResourceNotFoundException", "Statement with the provided id does not exist.");
        await bus.EventsAsync("RemovePermission", """{"StatementId":"one"}""");
        await bus.EventsAsync("RemovePermission", """{"RemoveAllPermissions":true}""");
        Assert.False((await bus.EventsAsync("DescribeEventBus", "{}")).TryGetProperty("Policy", out _));
        await bus.RefusedAsync("PutPermission", """{"EventBusName":"nowhere","Action":"events:PutEvents","Principal":"*","StatementId":"all"}""", "ResourceNotFoundException", "Event bus nowhere does not exist.");
    }

    [Fact]
    public async Task Rules_are_put_listed_disabled_and_deleted()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("CreateEventBus", """{"Name":"b"}""");

        var arn = (await bus.EventsAsync("PutRule", """{"Name":"r1","EventBusName":"b","EventPattern":"{\"source\":[\"x\"]}","Description":"d"}""")).GetProperty("RuleArn").GetString();
        await bus.EventsAsync("PutRule", """{"Name":"r2","EventBusName":"b","EventPattern":"{\"source\":[\"x\"]}"}""");
        var page = await bus.EventsAsync("ListRules", """{"EventBusName":"b","Limit":1}""");
        var rest = await bus.EventsAsync("ListRules", $$"""{"EventBusName":"b","NextToken":"{{page.GetProperty("NextToken").GetString()}}"}""");
        await bus.EventsAsync("DisableRule", """{"Name":"r1","EventBusName":"b"}""");
        var shown = await bus.EventsAsync("DescribeRule", """{"Name":"r1","EventBusName":"b"}""");

        Assert.Equal("arn:aws:events:us-east-1:000000000000:rule/b/r1", arn);
        Assert.Equal(["r1"], page.GetProperty("Rules").EnumerateArray().Select(rule => rule.GetProperty("Name").GetString()));
        Assert.Equal(["r2"], rest.GetProperty("Rules").EnumerateArray().Select(rule => rule.GetProperty("Name").GetString()));
        Assert.Equal(
            """{"Name":"r1","Arn":"arn:aws:events:us-east-1:000000000000:rule/b/r1","EventPattern":"{\"source\":[\"x\"]}","State":"DISABLED","Description":"d","EventBusName":"b","CreatedBy":"000000000000"}""",
            shown.GetRawText());
        await bus.RefusedAsync("DeleteEventBus", """{"Name":"b"}""", "ValidationException", "Event bus can't be deleted since it has rules.");
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"r1","EventBusName":"b","Targets":[{"Id":"1","Arn":"{{Probe.Arn("a")}}"}]}""");
        await bus.RefusedAsync("DeleteRule", """{"Name":"r1","EventBusName":"b"}""", "ValidationException", "Rule can't be deleted since it has targets.");
        var unknown = await bus.EventsAsync("RemoveTargets", """{"Rule":"r1","EventBusName":"b","Ids":["1","2"]}""");
        Assert.Equal(1, unknown.GetProperty("FailedEntryCount").GetInt32());
        await bus.EventsAsync("DeleteRule", """{"Name":"r1","EventBusName":"b"}""");
        await bus.RefusedAsync("DescribeRule", """{"Name":"r1"}""", "ResourceNotFoundException", "Rule r1 does not exist on EventBus default.");
    }

    [Theory]
    [InlineData("PutRule", """{"Name":"r"}""", "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")]
    [InlineData("PutRule", """{"Name":"r","ScheduleExpression":"rate(1 minutes)"}""", "ValidationException", "Parameter ScheduleExpression is not valid.")]
    [InlineData("PutRule", """{"Name":"r","ScheduleExpression":"rate(2 minutes)","EventBusName":"b"}""", "ValidationException", "ScheduleExpression is supported only on the default event bus.")]
    [InlineData("PutRule", """{"Name":"r","EventPattern":"[]"}""", "InvalidEventPatternException", "Event pattern is not valid. Reason: Filter is not an object\n at [Source: (String)\"[]\"; line: 1, column: 2]")]
    [InlineData("PutRule", """{"Name":"r","EventPattern":"{\"a\":[1]}","EventBusName":"nowhere"}""", "ResourceNotFoundException", "Event bus nowhere does not exist.")]
    [InlineData("PutRule", """{"Name":"r r"}""", "ValidationException", "1 validation error detected: Value 'r r' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+")]
    [InlineData("PutTargets", """{"Rule":"r","Targets":[{"Id":"1","Arn":"arn:aws:lambda:us-east-1:000000000000:function:f"}]}""", "ResourceNotFoundException", "Rule r does not exist on EventBus default.")]
    [InlineData("PutTargets", """{"Rule":"r","Targets":[]}""", "ValidationException", "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("TestEventPattern", """{"EventPattern":"{\"a\":[1]}","Event":"no"}""", "ValidationException", "Parameter Event is not valid.")]
    [InlineData("ListTagsForResource", """{"ResourceARN":"arn:aws:events:us-east-1:000000000000:rule/none"}""", "ResourceNotFoundException", "Rule none does not exist on EventBus default.")]
    [InlineData("UpdateArchive", """{"ArchiveName":"none"}""", "ResourceNotFoundException", "Archive none does not exist.")]
    [InlineData("CreateArchive", """{"ArchiveName":"a","EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/none"}""", "ResourceNotFoundException", "Event bus none does not exist.")]
    public async Task What_is_wrong_is_said_in_AWSs_words(string operation, string json, string code, string message)
    {
        await using var bus = await BusFixture.StartAsync();

        await bus.RefusedAsync(operation, json, code, message);
    }

    [Theory]
    [InlineData(""","Input":"{}","InputPath":"$.a" """, "Only one of Input, InputPath, or InputTransformer must be provided for target 1.")]
    [InlineData(""","InputTransformer":{"InputTemplate":"{\"a\":<b>}"}""", "InputTemplate for target 1 contains invalid placeholder b.")]
    [InlineData(""","Input":"{"  """, "JSON syntax error in input for target 1.")]
    public async Task Targets_are_checked(string more, string message)
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"x\"]}"}""");

        await bus.RefusedAsync("PutTargets", $$$"""{"Rule":"r","Targets":[{"Id":"1","Arn":"{{{Probe.Arn("a")}}}"{{{more}}}}]}""", "ValidationException", message);
    }

    [Fact]
    public async Task Targets_are_kept_as_they_were_given_and_no_more_than_five()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"x\"]}"}""");
        const string Target = """{"Id":"1","Arn":"arn:aws:sqs:us-east-1:000000000000:q.fifo","InputTransformer":{"InputPathsMap":{"a":"$.detail"},"InputTemplate":"<a>"},"SqsParameters":{"MessageGroupId":"g"},"DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:d"},"RetryPolicy":{"MaximumRetryAttempts":3,"MaximumEventAgeInSeconds":60}}""";
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"r","Targets":[{{Target}}]}""");

        Assert.Equal(Target, (await bus.EventsAsync("ListTargetsByRule", """{"Rule":"r"}""")).GetProperty("Targets")[0].GetRawText().Replace("\\u003C", "<").Replace("\\u003E", ">"));
        Assert.Equal("""["r"]""", (await bus.EventsAsync("ListRuleNamesByTarget", """{"TargetArn":"arn:aws:sqs:us-east-1:000000000000:q.fifo"}""")).GetProperty("RuleNames").GetRawText());
        var five = string.Join(',', Enumerable.Range(2, 5).Select(n => $$"""{"Id":"{{n}}","Arn":"{{Probe.Arn("a")}}"}"""));
        await bus.RefusedAsync("PutTargets", $$"""{"Rule":"r","Targets":[{{five}}]}""", "LimitExceededException", "The requested resource exceeds the maximum number allowed.");
    }

    [Fact]
    public async Task Patterns_are_tested_without_a_rule()
    {
        await using var bus = await BusFixture.StartAsync();

        foreach (var (source, matches) in new[] { ("shop", true), ("bank", false) })
            Assert.Equal(matches, (await bus.EventsAsync("TestEventPattern", $$"""{"EventPattern":"{\"source\":[\"{{source}}\"]}","Event":"{\"id\":\"1\",\"source\":\"shop\"}"}""")).GetProperty("Result").GetBoolean());
    }

    [Fact]
    public async Task Operations_that_are_not_served_are_unknown()
    {
        await using var bus = await BusFixture.StartAsync();
        foreach (var operation in new[] { "CreateConnection", "CreateApiDestination", "CreateEndpoint", "PutPartnerEvents" })
        {
            var (status, answer) = await bus.TryEventsAsync(operation, "{}");
            Assert.Equal((HttpStatusCode.BadRequest, "UnknownOperationException"), (status, answer.GetProperty("__type").GetString()));
        }
    }

    [Fact]
    public async Task Tags_of_rules_change()
    {
        await using var bus = await BusFixture.StartAsync();
        await bus.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"x\"]}","Tags":[{"Key":"a","Value":"1"}]}""");
        const string Arn = "arn:aws:events:us-east-1:000000000000:rule/r";
        await bus.EventsAsync("TagResource", $$"""{"ResourceARN":"{{Arn}}","Tags":[{"Key":"b","Value":"2"}]}""");
        await bus.EventsAsync("UntagResource", $$"""{"ResourceARN":"{{Arn}}","TagKeys":["a"]}""");

        Assert.Equal("""{"Tags":[{"Key":"b","Value":"2"}]}""", (await bus.EventsAsync("ListTagsForResource", $$"""{"ResourceARN":"{{Arn}}"}""")).GetRawText());
    }
}
