using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;

namespace Pilotlight.Load;

/// <summary>
/// Queues over HTTP: messages a second that are sent, received and deleted, each on disk before it is answered, in batches of ten and one by
/// one; and what a million waiting messages cost. Requests are signed before the clock runs: signing is the client's work.
/// </summary>
static class QueuePart
{
    const int Clients = 16;
    const int Waiting = 1_000_000;

    static readonly string s_body = JsonEncodedText.Encode("""{"order":4711,"items":[1,2,3],"text":"The quick brown fox jumps over the lazy dog"}""").ToString();

    public static async Task ThroughputAsync(List<Figure> results)
    {
        Console.Error.WriteLine("queues: throughput");
        await using var product = await Product.StartAsync();
        var queue = await QueueAsync(product, "bench");
        Round(product, queue, 10, 2000);
        foreach (var (size, messages) in new[] { (10, 40_000), (1, 10_000) })
        {
            List<double> sent = [], received = [], deleted = [];
            for (var round = 0; round < 3; round++)
            {
                var (send, receive, delete) = Round(product, queue, size, messages);
                sent.Add(send);
                received.Add(receive);
                deleted.Add(delete);
            }

            var how = size == 1 ? "one by one" : $"in batches of {size}";
            var target = size == 1 ? "" : ">= 5000";
            results.Add(new Figure($"messages sent {how}, {Clients} clients", new Measurement(sent).P50, "/s", null, target));
            results.Add(new Figure($"messages received {how}", new Measurement(received).P50, "/s", null, target));
            results.Add(new Figure($"messages deleted {how}", new Measurement(deleted).P50, "/s", null, target));
        }
    }

    public static async Task MillionAsync(List<Figure> results)
    {
        Console.Error.WriteLine("queues: a million waiting");
        var data = Path.Combine(Path.GetTempPath(), $"pilotlight-bench-{Guid.NewGuid():n}");
        try
        {
            (double Send, double Receive, double Delete) empty, full;
            await using (var product = await Product.StartAsync(data))
            {
                var queue = await QueueAsync(product, "bench");
                Round(product, queue, 10, 2000);
                empty = Round(product, queue, 10, 40_000);
                Console.Error.WriteLine("queues: filling");
                var filled = Rate(product.Port, Waiting / 10, _ => Batch(product, queue), 10, null);
                results.Add(new Figure("messages sent until a million wait", filled, "/s", null, ""));
                full = Round(product, queue, 10, 40_000);
                results.Add(new Figure("memory of the platform with a million waiting", product.ResidentBytes / (1 << 20), "MiB", null, "<= 300"));
            }

            results.Add(new Figure("messages sent with a million waiting", full.Send, "/s", empty.Send, ">= 0.80 x"));
            results.Add(new Figure("messages received with a million waiting", full.Receive, "/s", empty.Receive, ">= 0.80 x"));
            results.Add(new Figure("messages deleted with a million waiting", full.Delete, "/s", empty.Delete, ">= 0.80 x"));
            await using (var again = await Product.StartAsync(data))
            {
                results.Add(new Figure("up to ready with a million messages waiting", again.Ready.TotalMilliseconds, "ms", null, "<= 5000"));
                results.Add(new Figure("memory after that start", again.ResidentBytes / (1 << 20), "MiB", null, "<= 300"));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Sends messages, receives as many, deletes them: the rate of each.</summary>
    static (double Send, double Receive, double Delete) Round(Product product, string queue, int size, int messages)
    {
        var requests = messages / size;
        var send = size == 1 ? Signed(product, "SendMessage", $$"""{"QueueUrl":"{{queue}}","MessageBody":"{{s_body}}"}""") : Batch(product, queue);
        var sent = Rate(product.Port, requests, _ => send, size, null);
        var receive = Signed(product, "ReceiveMessage", $$"""{"QueueUrl":"{{queue}}","MaxNumberOfMessages":{{size}},"VisibilityTimeout":3600}""");
        var answers = new ConcurrentBag<string>();
        var received = Rate(product.Port, requests, _ => receive, size, answers);
        var handles = answers.SelectMany(Handles).ToArray();
        if (handles.Length != requests * size)
            throw new InvalidOperationException($"{handles.Length} messages were received instead of {requests * size}.");
        var deletes = handles.Chunk(size).Select(chunk => size == 1
            ? Signed(product, "DeleteMessage", $$"""{"QueueUrl":"{{queue}}","ReceiptHandle":"{{chunk[0]}}"}""")
            : Signed(product, "DeleteMessageBatch", $$"""{"QueueUrl":"{{queue}}","Entries":[{{string.Join(',', chunk.Select(static (handle, index) => $$"""{"Id":"{{index}}","ReceiptHandle":"{{handle}}"}"""))}}]}""")).ToArray();
        var deleted = Rate(product.Port, deletes.Length, index => deletes[index], size, null);
        return (sent, received, deleted);
    }

    /// <summary>Messages a second of so many requests, spread over the clients.</summary>
    static double Rate(int port, int requests, Func<int, byte[]> request, int size, ConcurrentBag<string>? answers)
    {
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, Clients).Select(_ => new Thread(() =>
        {
            using var client = new RawClient(port) { KeepsBodies = answers is not null };
            for (var index = Interlocked.Increment(ref next); index < requests; index = Interlocked.Increment(ref next))
            {
                if (client.Exchange(request(index), out var body) != 200)
                    throw new InvalidOperationException(body);
                answers?.Add(body);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return requests * (double)size / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static async Task<string> QueueAsync(Product product, string name)
    {
        using var answer = await product.Client.SendAsync(
            "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes($$"""{"QueueName":"{{name}}"}"""), Headers("CreateQueue"));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("QueueUrl").GetString()!;
    }

    static byte[] Batch(Product product, string queue)
    {
        // A signature is good for five minutes, and a million messages may take longer.
        var minute = Environment.TickCount64 / 60_000;
        if (s_batch is { } known && known.Minute == minute && known.Port == product.Port)
            return known.Request;
        var entries = string.Join(',', Enumerable.Range(0, 10).Select(static index => $$"""{"Id":"{{index}}","MessageBody":"{{s_body}}"}"""));
        var request = Signed(product, "SendMessageBatch", $$"""{"QueueUrl":"{{queue}}","Entries":[{{entries}}]}""");
        s_batch = new SignedBatch(minute, product.Port, request);
        return request;
    }

    static volatile SignedBatch? s_batch;

    static byte[] Signed(Product product, string operation, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var request = new StringBuilder($"POST / HTTP/1.1\r\nHost: 127.0.0.1:{product.Port}\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in product.Client.Sign("sqs", HttpMethod.Post, "/", body, Headers(operation)))
            request.Append($"{name}: {value}\r\n");
        return [.. Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), .. body];
    }

    static (string, string)[] Headers(string operation) => [("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0")];

    static IEnumerable<string> Handles(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("Messages", out var messages)
            ? [.. messages.EnumerateArray().Select(static message => message.GetProperty("ReceiptHandle").GetString()!)]
            : [];
    }

    sealed record SignedBatch(long Minute, int Port, byte[] Request);
}
