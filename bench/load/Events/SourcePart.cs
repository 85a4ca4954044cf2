using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Load;

/// <summary>
/// A queue that a function polls: messages a second that are handled, in batches of ten, while a backlog is worked off; and on an idle system
/// the time from SendMessage, or from the PutObject of a bucket that notifies, to the first line of a warm handler, which writes the time into
/// its log.
/// </summary>
static class SourcePart
{
    const int Backlog = 100_000;
    const int Clients = 8;
    const int Sends = 300;
    const string Clock = "clock-python";

    public static async Task ThroughputAsync(List<Figure> results)
    {
        Console.Error.WriteLine("sources: queue to function");
        await using var product = await StartAsync("echo-python", "lambda_function.lambda_handler");
        var (queue, arn) = await QueueAsync(product, "backlog");
        var mapping = await MapAsync(product, arn, "echo-python", enabled: false);
        var batch = Encoding.UTF8.GetBytes($$"""{"QueueUrl":"{{queue}}","Entries":[{{string.Join(',', Enumerable.Range(0, 10).Select(n => $$"""{"Id":"{{n}}","MessageBody":"{\"order\":{{n}},\"text\":\"The quick brown fox jumps over the lazy dog\"}"}"""))}}]}""");
        await Parallel.ForEachAsync(Enumerable.Range(0, Backlog / 10), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (_, _) =>
        {
            using var sent = await SqsAsync(product, "SendMessageBatch", batch);
        });
        using (await product.Client.LambdaAsync(HttpMethod.Put, $"/2015-03-31/event-source-mappings/{mapping}", """{"Enabled":true}"""))
        {
        }

        // The first tenth pays for cold starts, the last runs out of messages.
        var begun = await WaitAsync(product, queue, Backlog * 9 / 10);
        var since = Stopwatch.GetTimestamp();
        var left = await WaitAsync(product, queue, Backlog / 10);
        results.Add(new Figure(
            "messages from queue to function, batches of 10, Python", (begun - left) / Stopwatch.GetElapsedTime(since).TotalSeconds, "/s", null, ">= 10000"));
    }

    public static async Task LatencyAsync(List<Figure> results)
    {
        Console.Error.WriteLine("sources: latency of a queue");
        await using var product = await StartAsync(Clock, "lambda_function.lambda_handler");
        var (queue, arn) = await QueueAsync(product, "latency");
        await MapAsync(product, arn, Clock, enabled: true);
        await ClockAsync(product, results, "SendMessage", 10, id => SqsAsync(
            product, "SendMessage", Encoding.UTF8.GetBytes($$"""{"QueueUrl":"{{queue}}","MessageBody":"{{id}}"}""")));
    }

    public static async Task BucketLatencyAsync(List<Figure> results)
    {
        Console.Error.WriteLine("sources: latency of a bucket");
        await using var product = await StartAsync(Clock, "lambda_function.lambda_handler");
        var arn = $"arn:aws:lambda:us-east-1:000000000000:function:{Clock}";
        await DoneAsync(product.Client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{Clock}/policy",
            """{"StatementId":"bucket","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::latency"}"""));
        await DoneAsync(S3Async(product, "/latency", ""));
        await DoneAsync(S3Async(product, "/latency?notification",
            $"<NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>{arn}</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration></NotificationConfiguration>"));
        await ClockAsync(product, results, "S3 put", 15, id => S3Async(product, $"/latency/{id}", "The quick brown fox jumps over the lazy dog"));
    }

    /// <summary>One event at a time, 20 ms after the answer to the one before; <paramref name="sendAsync"/> gets what the handler writes.</summary>
    static async Task ClockAsync(Product product, List<Figure> results, string from, int target, Func<string, Task<HttpResponseMessage>> sendAsync)
    {
        var sent = new Dictionary<string, double>();
        for (var n = 0; n < Sends; n++)
        {
            sent[$"m{n}"] = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;
            await DoneAsync(sendAsync($"m{n}"));
            await Task.Delay(20);
        }

        List<double> times = [];
        while (times.Count < Sends)
        {
            await Task.Delay(500);
            times = await TimesAsync(product, sent);
        }

        // The first find no environment, or code that was never run.
        var measured = new Measurement(times[50..]);
        results.Add(new Figure($"{from} to the handler's first line, p50", measured.P50, "ms", null, $"<= {target}"));
        results.Add(new Figure($"{from} to the handler's first line, p99", measured.P99, "ms", null, ""));
    }

    static async Task DoneAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Milliseconds, in the order of sending.</summary>
    static async Task<List<double>> TimesAsync(Product product, Dictionary<string, double> sent)
    {
        var times = new SortedDictionary<int, double>();
        string? token = null;
        do
        {
            var more = token is null ? "" : $",\"nextToken\":{JsonSerializer.Serialize(token)}";
            using var answer = await product.Client.SendAsync(
                "logs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes($$"""{"logGroupName":"/aws/lambda/{{Clock}}","filterPattern":"handled"{{more}}}"""),
                ("X-Amz-Target", "Logs_20140328.FilterLogEvents"), ("Content-Type", "application/x-amz-json-1.1"));
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            foreach (var line in json.RootElement.GetProperty("events").EnumerateArray())
            {
                if (line.GetProperty("message").GetString()!.Trim().Split(' ') is ["handled", var id, var time])
                    times[int.Parse(id[1..], CultureInfo.InvariantCulture)] = (double.Parse(time, CultureInfo.InvariantCulture) - sent[id]) * 1000;
            }

            token = json.RootElement.TryGetProperty("nextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        return [.. times.Values];
    }

    static async Task<Product> StartAsync(string function, string handler)
    {
        var product = await Product.StartAsync();
        await product.CreateAsync(function, Path.Combine(Repository.Root, "bench", "functions", function), "python3.11", handler);
        await product.AllowQueuesAsync();
        return product;
    }

    static async Task<(string Url, string Arn)> QueueAsync(Product product, string name)
    {
        using var made = await SqsAsync(product, "CreateQueue", Encoding.UTF8.GetBytes($$"""{"QueueName":"{{name}}"}"""));
        using var json = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        return (json.RootElement.GetProperty("QueueUrl").GetString()!, $"arn:aws:sqs:us-east-1:000000000000:{name}");
    }

    static async Task<string> MapAsync(Product product, string arn, string function, bool enabled)
    {
        using var made = await product.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/event-source-mappings", $$"""{"EventSourceArn":"{{arn}}","FunctionName":"{{function}}","BatchSize":10,"Enabled":{{(enabled ? "true" : "false")}}}""");
        var text = await made.Content.ReadAsStringAsync();
        using var json = JsonDocument.Parse(text);
        return json.RootElement.TryGetProperty("UUID", out var id) ? id.GetString()! : throw new InvalidOperationException(text);
    }

    /// <summary>Waits until no more than so many messages are left; returns how many there are.</summary>
    static async Task<long> WaitAsync(Product product, string queue, long most)
    {
        while (true)
        {
            using var answer = await SqsAsync(product, "GetQueueAttributes", Encoding.UTF8.GetBytes(
                $$"""{"QueueUrl":"{{queue}}","AttributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}"""));
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            var left = json.RootElement.GetProperty("Attributes").EnumerateObject().Sum(static count => long.Parse(count.Value.GetString()!, CultureInfo.InvariantCulture));
            if (left <= most)
                return left;
            await Task.Delay(10);
        }
    }

    static Task<HttpResponseMessage> SqsAsync(Product product, string operation, byte[] body) => product.Client.SendAsync(
        "sqs", HttpMethod.Post, "/", body, ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));

    static Task<HttpResponseMessage> S3Async(Product product, string path, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return product.Client.SendAsync(
            "s3", HttpMethod.Put, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }
}
