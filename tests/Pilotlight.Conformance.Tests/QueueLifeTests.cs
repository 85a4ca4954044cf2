using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pilotlight.Testing;

namespace Pilotlight.Tests;

/// <summary>What queues promise over <c>kill -9</c>, with the platform as a process of its own and a ledger outside of it.</summary>
public sealed partial class QueueLifeTests : IDisposable
{
    const int Kills = 4;

    readonly string _data = Path.Combine(Path.GetTempPath(), $"pilotlight-queue-life-{Guid.NewGuid():n}");
    readonly List<Process> _started = [];
    SignedClient _client = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_acknowledged_message_is_lost_and_none_comes_back_whose_delete_was_acknowledged()
    {
        var acknowledged = new ConcurrentDictionary<string, byte>();
        // A delete that was sent and not answered: either way is right.
        var inDoubt = new ConcurrentDictionary<string, byte>();
        var deleted = new ConcurrentDictionary<string, byte>();
        await StartAsync();
        await OkAsync("CreateQueue", """{"QueueName":"q","Attributes":{"VisibilityTimeout":"1"}}""");
        for (var kill = 0; kill < Kills; kill++)
        {
            var number = 0;
            var target = acknowledged.Count + 150;
            var senders = Enumerable.Range(0, 4).Select(sender => UntilKilledAsync(async () =>
            {
                var body = $"{kill}/{sender}/{Interlocked.Increment(ref number)}";
                await OkAsync("SendMessage", $$"""{"QueueUrl":"q","MessageBody":"{{body}}"}""");
                acknowledged[body] = 0;
            })).ToArray();
            var deleters = Enumerable.Range(0, 2).Select(_ => UntilKilledAsync(async () =>
            {
                foreach (var (body, handle) in await ReceiveAsync("q", 3))
                {
                    inDoubt[body] = 0;
                    await OkAsync("DeleteMessage", $$"""{"QueueUrl":"q","ReceiptHandle":"{{handle}}"}""");
                    deleted[body] = 0;
                }
            })).ToArray();
            while (acknowledged.Count < target)
                await Task.Delay(5, Cancellation);
            await KillAsync();
            await Task.WhenAll([.. senders, .. deleters]);
            await StartAsync();
        }

        var left = new HashSet<string>();
        for (var empty = 0; empty < 2;)
        {
            var batch = await ReceiveAsync("q", 10, wait: 2);
            empty = batch.Count == 0 ? empty + 1 : 0;
            foreach (var (body, handle) in batch)
            {
                Assert.False(deleted.ContainsKey(body), $"{body} came back");
                left.Add(body);
                await OkAsync("DeleteMessage", $$"""{"QueueUrl":"q","ReceiptHandle":"{{handle}}"}""");
            }
        }

        Assert.NotEmpty(deleted);
        Assert.DoesNotContain(acknowledged.Keys, body => !left.Contains(body) && !inDoubt.ContainsKey(body));
    }

    [Fact]
    public async Task A_poison_message_is_received_exactly_as_often_as_allowed_over_kills()
    {
        const int MaxReceives = 3;
        await StartAsync();
        await OkAsync("CreateQueue", """{"QueueName":"dead"}""");
        var policy = JsonSerializer.Serialize($$"""{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":{{MaxReceives}}}""");
        await OkAsync("CreateQueue", $$$"""{"QueueName":"q","Attributes":{"RedrivePolicy":{{{policy}}},"VisibilityTimeout":"600"}}""");
        await OkAsync("SendMessage", """{"QueueUrl":"q","MessageBody":"poison"}""");
        for (var receive = 0; receive < MaxReceives; receive++)
        {
            Assert.Single(await ReceiveAsync("q", 1));
            await KillAsync();
            await StartAsync();
        }

        Assert.Empty(await ReceiveAsync("q", 1));
        Assert.Equal("poison", Assert.Single(await ReceiveAsync("dead", 1)).Body);
    }

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }

        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
    }

    /// <summary>Repeats until the platform is gone.</summary>
    static async Task UntilKilledAsync(Func<Task> step)
    {
        try
        {
            while (true)
                await step();
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
        catch (IOException)
        {
            // Killed in the middle of an answer.
        }
    }

    async Task<List<(string Body, string Handle)>> ReceiveAsync(string queue, int max, int wait = 0)
    {
        var json = await OkAsync("ReceiveMessage", $$"""{"QueueUrl":"{{queue}}","MaxNumberOfMessages":{{max}},"WaitTimeSeconds":{{wait}}}""");
        return json.TryGetProperty("Messages", out var messages)
            ? [.. messages.EnumerateArray().Select(static message => (message.GetProperty("Body").GetString()!, message.GetProperty("ReceiptHandle").GetString()!))]
            : [];
    }

    async Task<JsonElement> OkAsync(string operation, string body)
    {
        using var answer = await _client.SendAsync(
            "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body), ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    async Task KillAsync()
    {
        _started[^1].Kill();
        await _started[^1].WaitForExitAsync(Cancellation);
    }

    async Task StartAsync()
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Pilotlight.Server", configuration, "Pilotlight.Server.dll");
        var start = new ProcessStartInfo("dotnet", [program, "up", "--port", "0", "--data", _data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // No function runs here.
        start.Environment["PILOTLIGHT__Sandbox__Driver"] = "process";
        var process = Process.Start(start)!;
        _started.Add(process);
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (ReadyLine().Match(line) is { Success: true } ready)
            {
                _client = new SignedClient(new Uri(ready.Groups[1].Value));
                return;
            }
        }

        throw new InvalidOperationException($"The platform did not start: {await errors}");
    }

    [GeneratedRegex("^ready (http://[^ ]+)")]
    private static partial Regex ReadyLine();
}
