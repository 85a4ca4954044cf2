using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;
using Pilotlight.Tests.Streams;
using Pilotlight.Tests.Topics;

namespace Pilotlight.Tests.Targets;

/// <summary>A whole server whose functions keep every event that they get, and what tests of deliveries call on it. Two accounts may act.</summary>
sealed class EventServer : IAsyncDisposable
{
    public const string Account = "000000000000";
    public const string Other = "111122223333";

    readonly ConcurrentQueue<string> _events;

    EventServer(PilotlightServer server, ConcurrentQueue<string> events) => (Server, _events) = (server, events);

    public PilotlightServer Server { get; }

    /// <summary>What functions got, as they got it.</summary>
    public IReadOnlyList<string> Events => [.. _events];

    public StreamsClient Streams => new(Server.Client);

    public SnsClient Topics => new(Server.Client);

    public static string FunctionArn(string name) => $"arn:aws:lambda:us-east-1:{Account}:function:{name}";

    public static string QueueArn(string name, string account = Account) => $"arn:aws:sqs:us-east-1:{account}:{name}";

    public static string RoleArn(string name, string account = Account) => $"arn:aws:iam::{account}:role/{name}";

    public static string BusArn(string name = "default", string account = Account) => $"arn:aws:events:us-east-1:{account}:event-bus/{name}";

    /// <param name="answer">What a function answers; null for <c>null</c>. It fails when it throws <see cref="EventSources.FunctionFailedException"/>.</param>
    public static async Task<EventServer> StartAsync(
        string? folder = null, Action<IServiceCollection>? services = null, Action<PlatformOptions>? configure = null, Func<string, string>? answer = null)
    {
        var events = new ConcurrentQueue<string>();
        var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
                var payload = await next.Content.ReadAsStringAsync(process.Killed);
                events.Enqueue(payload);
                try
                {
                    using var taken = await process.RespondAsync(id, answer?.Invoke(payload) ?? "null");
                }
                catch (EventSources.FunctionFailedException)
                {
                    using var taken = await process.FailAsync(id, """{"errorMessage":"no","errorType":"Error"}""");
                }
            }
        }), services, options =>
        {
            options.Streams.TransitionTime = TimeSpan.Zero;
            options.EventBuses.RetryDelay = TimeSpan.FromMilliseconds(20);
            options.Invocations.RetryBaseDelay = TimeSpan.FromMilliseconds(20);
            configure?.Invoke(options);
        }, folder);
        return new EventServer(server, events);
    }

    public SignedClient ClientOf(string account) => account == Account ? Server.Client : new SignedClient(Server.Endpoint, account);

    public Task FunctionAsync(string name) => EnvironmentLifecycleTests.CreateAsync(Server, name);

    /// <summary>Lets a service invoke the function.</summary>
    public async Task AllowAsync(string function, string service, string sourceArn)
    {
        using var added = await Server.Client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{function}/policy", $$"""
            {"StatementId":"s{{Guid.NewGuid():n}}","Action":"lambda:InvokeFunction","Principal":"{{service}}","SourceArn":"{{sourceArn}}"}
            """);
        Assert.Equal(201, (int)added.StatusCode);
    }

    /// <summary>The first event with that text in it.</summary>
    public async Task<JsonNode> EventAsync(string with) => JsonNode.Parse(await EventTextAsync(with))!;

    public async Task<string> EventTextAsync(string with)
    {
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(_events.Any(text => text.Contains(with, StringComparison.Ordinal))));
        return _events.First(text => text.Contains(with, StringComparison.Ordinal));
    }

    /// <summary>A role that a service may wear, with one inline policy.</summary>
    public async Task RoleAsync(string name, string service, string statements, string account = Account)
    {
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"{{service}}"},"Action":"sts:AssumeRole"}]}""";
        await IamAsync(account, $"Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={Uri.EscapeDataString(trust)}");
        await GrantAsync(name, statements, account);
    }

    public Task GrantAsync(string role, string statements, string account = Account) => IamAsync(
        account, $"Action=PutRolePolicy&RoleName={role}&PolicyName=p&PolicyDocument={Uri.EscapeDataString($$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""")}");

    /// <summary>A statement that allows.</summary>
    public static string Allow(string action, string resource = "*", string more = "") =>
        $$"""{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"{{more}}}""";

    /// <summary>Of a policy of a resource.</summary>
    public static string PolicyFor(string principal, string action, string resource = "*") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":{{principal}},"Action":"{{action}}","Resource":"{{resource}}"}]}""";

    async Task IamAsync(string account, string form)
    {
        using var answer = await ClientOf(account).SendAsync(
            "iam", HttpMethod.Post, "/", Encoding.ASCII.GetBytes($"{form}&Version=2010-05-08"), ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task<JsonNode> EventsAsync(string operation, string json, string account = Account) => JsonAsync(account, "events", $"AWSEvents.{operation}", "1.1", json);

    public Task<JsonNode> LogsAsync(string operation, string json) => JsonAsync(Account, "logs", $"Logs_20140328.{operation}", "1.1", json);

    public Task<JsonNode> SqsAsync(string operation, string json, string account = Account) => JsonAsync(account, "sqs", $"AmazonSQS.{operation}", "1.0", json);

    async Task<JsonNode> JsonAsync(string account, string service, string target, string version, string json)
    {
        using var answer = await ClientOf(account).SendAsync(
            service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("X-Amz-Target", target), ("Content-Type", $"application/x-amz-json-{version}"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body.Length == 0 ? "{}" : body)!;
    }

    public async Task<(int Status, string Body)> RestAsync(string service, HttpMethod method, string path, string body = "", string account = Account)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        (string, string)[] headers = service == "s3"
            ? [("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)))]
            : [("Content-Type", "application/json")];
        using var answer = await ClientOf(account).SendAsync(service, method, path, bytes, headers);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A rule for events from <c>shop</c>.</summary>
    public async Task RuleAsync(string name, string target, string more = "", string bus = "default", string account = Account)
    {
        await EventsAsync("PutRule", $$$"""{"Name":"{{{name}}}","EventBusName":"{{{bus}}}","EventPattern":"{\"source\":[\"shop\"]}"}""", account);
        var put = await EventsAsync("PutTargets", $$$"""{"Rule":"{{{name}}}","EventBusName":"{{{bus}}}","Targets":[{"Id":"1","Arn":"{{{target}}}"{{{more}}}}]}""", account);
        Assert.Equal(0, (int)put["FailedEntryCount"]!);
    }

    /// <summary>Its id.</summary>
    public async Task<string> PutEventAsync(string detail, string bus = "default", string account = Account)
    {
        var put = await EventsAsync(
            "PutEvents", $$$"""{"Entries":[{"Source":"shop","DetailType":"Order","Detail":{{{JsonSerializer.Serialize(detail)}}},"EventBusName":"{{{bus}}}"}]}""", account);
        return (string)put["Entries"]![0]!["EventId"]!;
    }

    /// <param name="policy">Null for none.</param>
    public async Task QueueAsync(string name, string? policy = null, string account = Account)
    {
        var attributes = policy is null ? "{}" : $$"""{"Policy":{{JsonSerializer.Serialize(policy)}}}""";
        await SqsAsync("CreateQueue", $$"""{"QueueName":"{{name}}","Attributes":{{attributes}}}""", account);
    }

    /// <summary>A queue into which a service may send.</summary>
    public Task OpenQueueAsync(string name, string service) => QueueAsync(name, PolicyFor($$"""{"Service":"{{service}}"}""", "sqs:SendMessage"));

    /// <summary>The next message with everything that it carries.</summary>
    public async Task<JsonNode> ReceiveAsync(string queue, string account = Account)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var answer = await SqsAsync("ReceiveMessage", $$"""
                {"QueueUrl":"{{Server.Endpoint}}{{account}}/{{queue}}","WaitTimeSeconds":5,"MessageAttributeNames":["All"],"MessageSystemAttributeNames":["All"]}
                """, account);
            if (answer["Messages"] is JsonArray { Count: > 0 } messages)
                return messages[0]!;
        }

        throw new TimeoutException($"Nothing came into {queue}.");
    }

    public async Task<JsonNode> ReceiveBodyAsync(string queue, string account = Account) => JsonNode.Parse((string)(await ReceiveAsync(queue, account))["Body"]!)!;

    public async Task<int> CountAsync(string queue)
    {
        var answer = await SqsAsync("GetQueueAttributes", $$"""{"QueueUrl":"{{Server.Endpoint}}{{Account}}/{{queue}}","AttributeNames":["ApproximateNumberOfMessages"]}""");
        return int.Parse((string)answer["Attributes"]!["ApproximateNumberOfMessages"]!);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
