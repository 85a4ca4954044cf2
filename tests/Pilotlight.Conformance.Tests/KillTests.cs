using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;

namespace Pilotlight.Tests;

/// <summary>
/// The platform killed fifty times while events and messages come in: what it acknowledged is handled, every one. The ledger is a queue of
/// the platform itself: events get there by their destination, messages by the function that a mapping feeds.
/// </summary>
public sealed class KillTests(ConformanceFixture platform) : IDisposable
{
    const int Events = 20_000;
    const int Messages = 20_000;
    const int Kills = 50;
    const int Senders = 4;
    const string Account = "000000000000";

    const string Worker =
        """
        import boto3, json

        sqs = boto3.client("sqs")
        ledger = sqs.get_queue_url(QueueName="ledger")["QueueUrl"]

        def handler(event, context):
            entries = [{"Id": str(n), "MessageBody": r["body"]} for n, r in enumerate(event["Records"])]
            failed = sqs.send_message_batch(QueueUrl=ledger, Entries=entries).get("Failed")
            if failed:
                raise RuntimeError(json.dumps(failed))
        """;

    readonly string _state = $"/run/pilotlight-kill-{Guid.NewGuid():n}";
    readonly string _data = Path.Combine(Path.GetTempPath(), $"pilotlight-kill-{Guid.NewGuid():n}");
    readonly int _port = FreePort();
    readonly ConcurrentDictionary<string, bool> _ledger = [];
    readonly CancellationTokenSource _done = new();
    PlatformProcess? _running;
    int _acknowledged;

    [Fact(Timeout = 900_000)]
    public async Task Killed_fifty_times_it_loses_no_event_and_no_message()
    {
        if (platform.Server is null)
            Assert.Skip(platform.Missing!);
        if (platform.Server.Platform.Driver.Name != "container")
            Assert.Skip("there are no containers on this machine, and the process driver leaves processes when it is killed");
        await StartAsync();
        await PrepareAsync();
        var reading = Enumerable.Range(0, 2).Select(_ => ReadLedgerAsync()).ToList();
        var sending = Enumerable.Range(0, Senders).Select(SendEventsAsync).Concat(Enumerable.Range(0, Senders).Select(SendMessagesAsync)).ToList();

        for (var kill = 1; kill <= Kills; kill++)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await UntilAcknowledgedAsync((Events + Messages) * kill / (Kills + 1));
            await _running!.KillAsync();
            _running.Dispose();
            await StartAsync();
        }

        await Task.WhenAll(sending);
        await UntilLedgerStandsStillAsync();
        await _done.CancelAsync();
        await Task.WhenAll(reading);

        Assert.DoesNotContain(Enumerable.Range(0, Events).Select(n => $"event {n}"), name => !_ledger.ContainsKey(name));
        Assert.DoesNotContain(Enumerable.Range(0, Messages).Select(n => $"message {n}"), name => !_ledger.ContainsKey(name));
        await _running!.StopAsync();
    }

    public void Dispose()
    {
        _running?.Dispose();
        _done.Dispose();
        if (Directory.Exists(_state))
            Directory.Delete(_state, recursive: true);
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
    }

    async Task StartAsync() => _running = await PlatformProcess.StartAsync(
        _port, _data, _state, ("PILOTLIGHT__Invocations__RetryBaseDelay", "00:00:01"), ("PILOTLIGHT__Server__LogLevel", "Error"));

    SignedClient Client => new(new Uri($"http://127.0.0.1:{_port}"));

    async Task PrepareAsync()
    {
        await ExecutionRole.MakeAsync(Client, "killed");
        const string policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}""";
        using var put = await Client.SendAsync(
            "iam", HttpMethod.Post, "/",
            Encoding.ASCII.GetBytes($"Action=PutRolePolicy&RoleName=killed&PolicyName=queues&PolicyDocument={Uri.EscapeDataString(policy)}&Version=2010-05-08"),
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await SqsAsync("CreateQueue", """{"QueueName":"ledger"}""");
        await SqsAsync("CreateQueue", """{"QueueName":"work"}""");
        await CreateAsync("echo", "def handler(event, context):\n    return event\n");
        await CreateAsync("worker", Worker);
        await LambdaAsync(
            HttpMethod.Put, "/2019-09-25/functions/echo/event-invoke-config",
            "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"arn:aws:sqs:us-east-1:" + Account + ":ledger\"}}}");
        await LambdaAsync(
            HttpMethod.Post, "/2015-03-31/event-source-mappings",
            $$"""{"FunctionName":"worker","EventSourceArn":"arn:aws:sqs:us-east-1:{{Account}}:work","BatchSize":10}""");
    }

    async Task SendEventsAsync(int sender)
    {
        for (var n = sender; n < Events; n += Senders)
        {
            var payload = $"\"event {n}\"";
            await UntilAcceptedAsync(HttpStatusCode.Accepted, () => Client.LambdaAsync(
                HttpMethod.Post, "/2015-03-31/functions/echo/invocations", payload, ("X-Amz-Invocation-Type", "Event")));
            Interlocked.Increment(ref _acknowledged);
        }
    }

    async Task SendMessagesAsync(int sender)
    {
        for (var first = sender * 10; first < Messages; first += Senders * 10)
        {
            var entries = string.Join(',', Enumerable.Range(first, 10).Select(n => $$"""{"Id":"{{n}}","MessageBody":"message {{n}}"}"""));
            await UntilAcceptedAsync(HttpStatusCode.OK, () => SqsRequestAsync("SendMessageBatch", $$"""{"QueueUrl":"http://127.0.0.1/{{Account}}/work","Entries":[{{entries}}]}"""));
            Interlocked.Add(ref _acknowledged, 10);
        }
    }

    /// <summary>A request that got no answer is sent again: it may then be there twice, but never not at all.</summary>
    static async Task UntilAcceptedAsync(HttpStatusCode wanted, Func<Task<HttpResponseMessage>> send)
    {
        while (true)
        {
            try
            {
                using var answer = await send();
                if (answer.StatusCode == wanted)
                    return;
                Assert.Fail($"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    async Task ReadLedgerAsync()
    {
        while (!_done.IsCancellationRequested)
        {
            try
            {
                using var answer = await SqsRequestAsync("ReceiveMessage", $$"""{"QueueUrl":"http://127.0.0.1/{{Account}}/ledger","MaxNumberOfMessages":10,"WaitTimeSeconds":1}""");
                using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
                if (!json.RootElement.TryGetProperty("Messages", out var messages))
                    continue;
                foreach (var message in messages.EnumerateArray())
                    _ledger[NameIn(message.GetProperty("Body").GetString()!)] = true;
                var entries = string.Join(',', messages.EnumerateArray().Select((message, n) =>
                    $$"""{"Id":"{{n}}","ReceiptHandle":{{message.GetProperty("ReceiptHandle").GetRawText()}}}"""));
                using var deleted = await SqsRequestAsync("DeleteMessageBatch", $$"""{"QueueUrl":"http://127.0.0.1/{{Account}}/ledger","Entries":[{{entries}}]}""");
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>The record of a destination has the event in it, a message is its name.</summary>
    static string NameIn(string body)
    {
        if (!body.StartsWith('{'))
            return body;
        using var record = JsonDocument.Parse(body);
        return record.RootElement.GetProperty("requestPayload").GetString()!;
    }

    async Task UntilAcknowledgedAsync(int count)
    {
        while (Volatile.Read(ref _acknowledged) < count)
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    /// <summary>Everything is there, or nothing has come for two minutes (the longest that a message of a killed function is hidden, and more).</summary>
    async Task UntilLedgerStandsStillAsync()
    {
        var (count, still) = (0, 0);
        while (_ledger.Count < Events + Messages && still < 1200)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            still = _ledger.Count == count ? still + 1 : 0;
            count = _ledger.Count;
        }
    }

    async Task CreateAsync(string name, string source)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var app = archive.CreateEntry("app.py").Open();
            app.Write(Encoding.UTF8.GetBytes(source));
        }

        await LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", $$$"""
            {"FunctionName":"{{{name}}}","Runtime":"python3.11","Handler":"app.handler","Role":"arn:aws:iam::{{{Account}}}:role/killed","Timeout":20,
             "Code":{"ZipFile":"{{{Convert.ToBase64String(zip.ToArray())}}}"}}
            """);
    }

    async Task LambdaAsync(HttpMethod method, string path, string json)
    {
        using var answer = await Client.LambdaAsync(method, path, json);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    async Task SqsAsync(string operation, string json)
    {
        using var answer = await SqsRequestAsync(operation, json);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    Task<HttpResponseMessage> SqsRequestAsync(string operation, string json) => Client.SendAsync(
        "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", $"AmazonSQS.{operation}"));

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
