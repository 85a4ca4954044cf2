using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Storage;

/// <summary>The data folder is a small file system that fills up: nothing acknowledged is lost, reads go on, and with room again all goes on.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    const int Megabyte = 1024 * 1024;

    readonly string _disk = Directory.CreateTempSubdirectory("pilotlight-disk").FullName;
    readonly ConcurrentDictionary<string, bool> _ran = [];
    bool _isMounted;
    PilotlightServer? _server;

    string Filler => Path.Combine(_disk, "filler");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_isMounted)
            await RunAsync("umount", _disk);
        Directory.Delete(_disk, true);
    }

    [Fact]
    public async Task Queues_events_and_buckets_survive_a_full_disk()
    {
        Assert.SkipUnless(Environment.UserName == "root", "A file system can only be mounted by root.");
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "pilotlight-test", _disk) == 0, "No tmpfs can be mounted here.");
        _isMounted = true;
        await StartAsync();
        await EnvironmentLifecycleTests.CreateAsync(_server!, "worker");
        await SqsAsync("CreateQueue", """{"QueueName":"q"}""");
        Assert.Equal(200, (await S3Async(HttpMethod.Put, "/bucket")).Status);
        Assert.Equal(200, (await S3Async(HttpMethod.Put, "/bucket/before", "there before")).Status);

        HashSet<string> messages = [], objects = ["before"], events = [];
        await WriteAllAsync("early", messages, objects, events);
        Assert.Equal((1, 2, 1), (messages.Count, objects.Count, events.Count));
        Fill();

        // Until each has been refused: what is already set apart on disk may take a few more.
        HashSet<string> refused = [];
        for (var n = 0; refused.Count < 3; n++)
        {
            Assert.True(n < 200, $"The disk is full, and only these were refused: {string.Join(", ", refused)}.");
            // Several at once, so that they share commits.
            foreach (var (message, stored, accepted) in await Task.WhenAll(Enumerable.Range(0, 8).Select(one => WriteAllAsync($"full-{n}-{one}", messages, objects, events))))
                Note(message, stored, accepted);
            Fill();
        }

        void Note((int Status, string Body) message, (int Status, string Body) stored, (int Status, string Body) accepted)
        {
            if (message.Status != 200)
            {
                Assert.Equal((500, """{"__type":"com.amazonaws.sqs#InternalFailure","message":"We encountered an internal error. Please try again."}"""), message);
                refused.Add("message");
            }

            if (stored.Status != 200)
            {
                Assert.Equal(500, stored.Status);
                Assert.Contains("<Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message>", stored.Body);
                refused.Add("object");
            }

            if (accepted.Status != 202)
            {
                Assert.Equal(500, accepted.Status);
                Assert.Contains("\"Type\":\"Server\"", accepted.Body);
                refused.Add("event");
            }
        }

        // Reads, and what needs no disk.
        Assert.Equal((200, "there before"), await S3Async(HttpMethod.Get, "/bucket/before"));
        Assert.Equal(200, (await S3Async(HttpMethod.Get, "/bucket?list-type=2")).Status);
        using (var function = await _server!.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/worker"))
            Assert.Equal(200, (int)function.StatusCode);
        using (var invoked = await _server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/worker/invocations", "\"now\""))
            Assert.Equal(200, (int)invoked.StatusCode);
        Assert.True(_ran.ContainsKey("\"now\""));
        var attributes = JsonDocument.Parse((await SqsAsync("GetQueueAttributes", $$"""{"QueueUrl":"{{QueueUrl}}","AttributeNames":["ApproximateNumberOfMessages"]}""")).Body);
        Assert.Equal($"{messages.Count}", attributes.RootElement.GetProperty("Attributes").GetProperty("ApproximateNumberOfMessages").GetString());

        File.Delete(Filler);
        await EnvironmentLifecycleTests.Until(async () =>
        {
            var (message, stored, accepted) = await WriteAllAsync($"again-{Guid.NewGuid():n}", messages, objects, events);
            return (message.Status, stored.Status, accepted.Status) == (200, 200, 202);
        });
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(events.All(_ran.ContainsKey)));

        await _server.DisposeAsync();
        await StartAsync();
        foreach (var key in objects)
            Assert.Equal(200, (await S3Async(HttpMethod.Get, $"/bucket/{key}")).Status);
        Assert.Subset(await ReceiveAllAsync(), messages);
        // A refused object left no file behind that nothing names.
        var listed = (await S3Async(HttpMethod.Get, "/bucket?list-type=2")).Body.Split("<Key>").Length - 1;
        Assert.Equal(listed, Directory.EnumerateFiles(Path.Combine(_disk, "objects"), "*", SearchOption.AllDirectories).Count());
    }

    string QueueUrl => $"{_server!.Endpoint}000000000000/q";

    async Task StartAsync() => _server = await PilotlightServer.StartAsync(
        new FakeSandboxDriver(process => process.ServeAsync((_, payload) =>
        {
            _ran[payload] = true;
            return "null";
        })),
        dataFolder: _disk);

    /// <summary>One of each; what was acknowledged is noted.</summary>
    async Task<((int Status, string Body) Message, (int Status, string Body) Stored, (int Status, string Body) Accepted)> WriteAllAsync(
        string name, HashSet<string> messages, HashSet<string> objects, HashSet<string> events)
    {
        var message = await SqsAsync("SendMessage", $$"""{"QueueUrl":"{{QueueUrl}}","MessageBody":"{{name}}{{new string('m', 20_000)}}"}""", mayFail: true);
        if (message.Status == 200)
            Acknowledge(messages, name + new string('m', 20_000));
        var stored = await S3Async(HttpMethod.Put, $"/bucket/{name}", new string('o', 100_000));
        if (stored.Status == 200)
            Acknowledge(objects, name);
        using var answer = await _server!.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/worker/invocations", $"\"{name}{new string('e', 20_000)}\"", ("X-Amz-Invocation-Type", "Event"));
        if ((int)answer.StatusCode == 202)
            Acknowledge(events, $"\"{name}{new string('e', 20_000)}\"");
        return (message, stored, ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    static void Acknowledge(HashSet<string> acknowledged, string what)
    {
        lock (acknowledged)
            acknowledged.Add(what);
    }

    async Task<HashSet<string>> ReceiveAllAsync()
    {
        HashSet<string> got = [];
        while (true)
        {
            var answer = JsonDocument.Parse((await SqsAsync("ReceiveMessage", $$"""{"QueueUrl":"{{QueueUrl}}","MaxNumberOfMessages":10,"WaitTimeSeconds":1,"VisibilityTimeout":600}""")).Body);
            if (!answer.RootElement.TryGetProperty("Messages", out var received))
                return got;
            foreach (var message in received.EnumerateArray())
                got.Add(message.GetProperty("Body").GetString()!);
        }
    }

    /// <summary>Takes all the room that is left.</summary>
    void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, 0);
        foreach (var size in new[] { Megabyte, 4096 })
        {
            var zeros = new byte[size];
            try
            {
                while (true)
                    filler.Write(zeros);
            }
            catch (IOException)
            {
                // Full.
            }
        }
    }

    async Task<(int Status, string Body)> SqsAsync(string operation, string json, bool mayFail = false)
    {
        using var answer = await _server!.Client.SendAsync(
            "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(mayFail || answer.IsSuccessStatusCode, body);
        return ((int)answer.StatusCode, body);
    }

    async Task<(int Status, string Body)> S3Async(HttpMethod method, string path, string body = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var answer = await _server!.Client.SendAsync(
            "s3", method, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
