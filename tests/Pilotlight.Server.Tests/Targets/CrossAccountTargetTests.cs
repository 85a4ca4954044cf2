using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.Tests.Targets;

/// <summary>What a role delivers to another account's resource is judged on both sides: the role must be allowed, and the resource must let it in.</summary>
public sealed class CrossAccountTargetTests : IAsyncLifetime
{
    static readonly string s_role = $$"""{"AWS":"{{EventServer.RoleArn("r")}}"}""";

    EventServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await EventServer.StartAsync(answer: static _ => throw new EventSources.FunctionFailedException());

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("sqs")]
    [InlineData("sns")]
    [InlineData("s3")]
    [InlineData("events")]
    public async Task Both_accounts_must_allow(string service)
    {
        var target = await MakeAsync(service);
        var action = ActionOf(service);

        Assert.NotNull(Refusal(target));
        await _server.GrantAsync("r", EventServer.Allow(action));
        Assert.EndsWith($"because no resource-based policy allows the {action} action", Refusal(target));
        await LetInAsync(service, target);
        Assert.Null(Refusal(target));
        await _server.GrantAsync("r", EventServer.Allow("iam:GetRole"));
        Assert.EndsWith($"because no identity-based policy allows the {action} action", Refusal(target));
    }

    [Fact]
    public async Task The_record_of_a_failed_event_goes_to_the_queue_and_the_bucket_of_another_account_once_they_let_the_role_in()
    {
        await _server.GrantAsync("r", """{"Effect":"Allow","Action":["sqs:SendMessage","s3:PutObject"],"Resource":"*"}""");
        var queue = await MakeAsync("sqs");
        var bucket = await MakeAsync("s3");
        await _server.FunctionAsync("f");
        await _server.FunctionAsync("g");
        await ConfigureAsync("f", queue);
        await ConfigureAsync("g", bucket);
        await LetInAsync("sqs", queue);
        await LetInAsync("s3", bucket);

        await InvokeAsync("f");
        await InvokeAsync("g");

        var record = await _server.ReceiveBodyAsync("theirs", EventServer.Other);
        Assert.Equal("RetriesExhausted", (string)record["requestContext"]!["condition"]!);
        await Environments.EnvironmentLifecycleTests.Until(async () =>
            (await _server.RestAsync("s3", HttpMethod.Get, "/theirs?list-type=2", account: EventServer.Other)).Body.Contains("<Key>aws/lambda/async/g/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bucket_and_a_queue_of_another_account_that_let_nobody_in_get_nothing()
    {
        await _server.GrantAsync("r", """{"Effect":"Allow","Action":["sqs:SendMessage","s3:PutObject"],"Resource":"*"}""");
        await _server.FunctionAsync("f");
        await _server.FunctionAsync("g");
        await ConfigureAsync("f", await MakeAsync("sqs"));
        await ConfigureAsync("g", await MakeAsync("s3"));

        await InvokeAsync("f");
        await InvokeAsync("g");

        await Environments.EnvironmentLifecycleTests.Until(async () =>
            (await _server.RestAsync("lambda", HttpMethod.Get, "/_pilotlight/metrics")).Body.Contains("pilotlight_destination_delivery_failures_total 2", StringComparison.Ordinal));
        Assert.DoesNotContain("<Key>", (await _server.RestAsync("s3", HttpMethod.Get, "/theirs?list-type=2", account: EventServer.Other)).Body);
    }

    static string ActionOf(string service) => service switch
    {
        "sqs" => "sqs:SendMessage",
        "sns" => "sns:Publish",
        "s3" => "s3:PutObject",
        _ => "events:PutEvents",
    };

    string? Refusal(string target) => _server.Server.Platform.Services.GetRequiredService<TargetDispatcher>().Refusal(new Delivery
    {
        TargetArn = target,
        ObjectKey = "key",
        Payload = "{}"u8.ToArray(),
        Sender = new Sender.Role(new WornRole(EventServer.RoleArn("r"), "lambda.amazonaws.com", EventServer.FunctionArn("f"))),
    });

    /// <summary>A resource of the other account that lets nobody in.</summary>
    async Task<string> MakeAsync(string service)
    {
        switch (service)
        {
            case "sqs":
                await _server.QueueAsync("theirs", account: EventServer.Other);
                return EventServer.QueueArn("theirs", EventServer.Other);
            case "sns":
                return await new Topics.SnsClient(_server.ClientOf(EventServer.Other)).TopicAsync("theirs");
            case "s3":
                Assert.Equal(200, (await _server.RestAsync("s3", HttpMethod.Put, "/theirs", account: EventServer.Other)).Status);
                return "arn:aws:s3:::theirs";
            default:
                await _server.EventsAsync("CreateEventBus", """{"Name":"theirs"}""", EventServer.Other);
                return EventServer.BusArn("theirs", EventServer.Other);
        }
    }

    async Task LetInAsync(string service, string target)
    {
        var policy = EventServer.PolicyFor(s_role, ActionOf(service), service == "s3" ? target + "/*" : target);
        switch (service)
        {
            case "sqs":
                await _server.SqsAsync("SetQueueAttributes", $$"""
                    {"QueueUrl":"{{_server.Server.Endpoint}}{{EventServer.Other}}/theirs","Attributes":{"Policy":{{JsonSerializer.Serialize(policy)}} } }
                    """, EventServer.Other);
                break;
            case "sns":
                (await new Topics.SnsClient(_server.ClientOf(EventServer.Other)).CallAsync(
                    "SetTopicAttributes", ("TopicArn", target), ("AttributeName", "Policy"), ("AttributeValue", policy))).Ok();
                break;
            case "s3":
                var (status, body) = await _server.RestAsync("s3", HttpMethod.Put, "/theirs?policy=", policy, EventServer.Other);
                Assert.True(status is 200 or 204, body);
                break;
            default:
                await _server.EventsAsync("PutPermission", $$"""{"EventBusName":"theirs","Policy":{{JsonSerializer.Serialize(policy)}} }""", EventServer.Other);
                break;
        }
    }

    async Task ConfigureAsync(string function, string destination)
    {
        var (status, body) = await _server.RestAsync("lambda", HttpMethod.Put, $"/2019-09-25/functions/{function}/event-invoke-config",
            $$$"""{"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"{{{destination}}}"} } }""");
        Assert.True(status == 200, body);
    }

    async Task InvokeAsync(string function)
    {
        using var accepted = await _server.Server.Client.LambdaAsync(
            HttpMethod.Post, $"/2015-03-31/functions/{function}/invocations", "{}", ("X-Amz-Invocation-Type", "Event"));
        Assert.Equal(202, (int)accepted.StatusCode);
    }
}
