using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Load;

/// <summary>One function (and what belongs to it), what is done with it, and its end.</summary>
sealed class SoakWorker(Product product, string name, Random random, ConcurrentDictionary<string, long> answers, ConcurrentQueue<string> unexpected)
{
    static readonly string[] s_deeds = ["ok", "ok", "ok", "ok", "error", "exit", "timeout", "memory", "log", "tmp", "wait", "child"];
    static readonly string[] s_nodeDeeds = ["ok", "ok", "ok", "error", "exit", "timeout", "log", "wait"];

    public string Name => name;

    static string SoakPython => Path.Combine(Repository.Root, "bench", "functions", "soak-python");

    public async Task CallAsync(string kind)
    {
        await CreateAsync(kind);
        var deeds = kind switch
        {
            "python" => s_deeds,
            "node" => s_nodeDeeds,
            _ => ["ok"],
        };
        for (var call = 0; call < 25; call++)
            await InvokeAsync(deeds[random.Next(deeds.Length)]);
    }

    public async Task BurstAsync()
    {
        await CreateAsync("python");
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => InvokeAsync("wait")));
        await Task.Delay(random.Next(1000));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => InvokeAsync("ok")));
    }

    public async Task ChangeAsync()
    {
        await CreateAsync("python");
        await InvokeAsync("ok");
        await ExpectAsync("UpdateFunctionConfiguration", HttpMethod.Put, $"/2015-03-31/functions/{name}/configuration", """{"MemorySize":192,"Environment":{"Variables":{"COLOUR":"blue"}}}""");
        await UpdatedAsync();
        await InvokeAsync("ok");
        await ExpectAsync("PublishVersion", HttpMethod.Post, $"/2015-03-31/functions/{name}/versions", "{}");
        await ExpectAsync("CreateAlias", HttpMethod.Post, $"/2015-03-31/functions/{name}/aliases", """{"Name":"live","FunctionVersion":"1"}""");
        await UpdatedAsync();
        await InvokeAsync("ok", "live");
        var code = Convert.ToBase64String(Product.Zip(SoakPython, ("marker.txt", name)));
        await ExpectAsync("UpdateFunctionCode", HttpMethod.Put, $"/2015-03-31/functions/{name}/code", $$"""{"ZipFile":"{{code}}"}""");
        await UpdatedAsync();
        await Task.WhenAll(InvokeAsync("wait"), InvokeAsync("wait"), InvokeAsync("error", "live"));
        await ExpectAsync("PublishVersion", HttpMethod.Post, $"/2015-03-31/functions/{name}/versions", "{}");
        await ExpectAsync("UpdateAlias", HttpMethod.Put, $"/2015-03-31/functions/{name}/aliases/live", """{"FunctionVersion":"2"}""");
        await InvokeAsync("tmp", "live");
    }

    public async Task AcceptAsync()
    {
        await CreateAsync("python");
        await ExpectAsync("PutFunctionEventInvokeConfig", HttpMethod.Put, $"/2019-09-25/functions/{name}/event-invoke-config", """{"MaximumRetryAttempts":0}""");
        for (var call = 0; call < 40; call++)
            await InvokeAsync(s_deeds[random.Next(s_deeds.Length)], accepted: true);
        await Task.Delay(3000);
    }

    public async Task PollAsync()
    {
        await CreateAsync("python");
        var made = await SqsAsync("CreateQueue", $$"""{"QueueName":"{{name}}"}""");
        using var queue = JsonDocument.Parse(made);
        var url = queue.RootElement.GetProperty("QueueUrl").GetString()!;
        var mapped = await ExpectAsync(
            "CreateEventSourceMapping", HttpMethod.Post, "/2015-03-31/event-source-mappings",
            $$"""{"EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:{{name}}","FunctionName":"{{name}}","BatchSize":10}""");
        using var mapping = JsonDocument.Parse(mapped);
        var entries = string.Join(',', Enumerable.Range(0, 10).Select(static n => $$"""{"Id":"{{n}}","MessageBody":"{\"n\":{{n}}}"}"""));
        for (var batch = 0; batch < 5; batch++)
            await SqsAsync("SendMessageBatch", $$"""{"QueueUrl":"{{url}}","Entries":[{{entries}}]}""");
        for (var look = 0; look < 1800 && await LeftAsync(url) > 0; look++)
            await Task.Delay(100);
        if (await LeftAsync(url) is > 0 and var left)
            unexpected.Enqueue($"{name}: {left} messages are left in a queue that is polled");
        await ExpectAsync("DeleteEventSourceMapping", HttpMethod.Delete, $"/2015-03-31/event-source-mappings/{mapping.RootElement.GetProperty("UUID").GetString()}", null);
        await SqsAsync("DeleteQueue", $$"""{"QueueUrl":"{{url}}"}""");
    }

    public async Task ProvisionAsync()
    {
        await CreateAsync("node");
        await ExpectAsync("PublishVersion", HttpMethod.Post, $"/2015-03-31/functions/{name}/versions", "{}");
        await UpdatedAsync();
        await ExpectAsync(
            "PutProvisionedConcurrencyConfig", HttpMethod.Put, $"/2019-09-30/functions/{name}/provisioned-concurrency?Qualifier=1", """{"ProvisionedConcurrentExecutions":2}""");
        await Task.Delay(random.Next(500));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => InvokeAsync("wait", "1")));
        await InvokeAsync("exit", "1");
        await Task.Delay(random.Next(1500));
        await ExpectAsync("DeleteProvisionedConcurrencyConfig", HttpMethod.Delete, $"/2019-09-30/functions/{name}/provisioned-concurrency?Qualifier=1", null);
    }

    public async Task DeleteAsync()
    {
        try
        {
            await SendAsync("DeleteFunction", HttpMethod.Delete, $"/2015-03-31/functions/{name}", null, static status => status is 200 or 204 or 404);
        }
        catch (Exception failure)
        {
            unexpected.Enqueue($"{name}: DeleteFunction: {failure.Message}");
        }
    }

    async Task CreateAsync(string kind)
    {
        var (folder, runtime, handler) = kind switch
        {
            "python" => (SoakPython, "python3.11", "lambda_function.lambda_handler"),
            "node" => (Path.Combine(Repository.Root, "bench", "functions", "soak-node"), "nodejs20.x", "index.handler"),
            _ => (Benchmarks.EchoC, "provided.al2023", "bootstrap"),
        };
        await product.CreateAsync(name, folder, runtime, handler, 128, timeoutSeconds: 2);
        Count("CreateFunction");
    }

    async Task UpdatedAsync()
    {
        for (var look = 0; look < 500; look++)
        {
            using var answer = await product.Client.LambdaAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration");
            if ((await answer.Content.ReadAsStringAsync()).Contains("\"LastUpdateStatus\":\"Successful\"", StringComparison.Ordinal))
                return;
            await Task.Delay(20);
        }

        unexpected.Enqueue($"{name}: an update did not end");
    }

    async Task InvokeAsync(string deed, string? qualifier = null, bool accepted = false)
    {
        var path = $"/2015-03-31/functions/{name}/invocations{(qualifier is null ? "" : $"?Qualifier={qualifier}")}";
        (string, string)[] headers = accepted ? [("X-Amz-Invocation-Type", "Event")] : [];
        var (status, text, error) = await SendAsync($"Invoke {(accepted ? "(event)" : deed)}", HttpMethod.Post, path, $$"""{"do":"{{deed}}"}""", status => status is 429 || status == (accepted ? 202 : 200), headers);
        if (status != 200)
            return;
        var good = deed is "ok" or "log" or "tmp" or "wait" or "child";
        if (good != (error is null))
            unexpected.Enqueue($"{name}: {deed}: {error ?? "no error"}: {text}");
    }

    async Task<string> ExpectAsync(string operation, HttpMethod method, string path, string? json) =>
        (await SendAsync(operation, method, path, json, static status => status is >= 200 and < 300 or 429)).Text;

    async Task<(int Status, string Text, string? Error)> SendAsync(
        string operation, HttpMethod method, string path, string? json, Predicate<int> isExpected, params (string, string)[] headers)
    {
        using var answer = await product.Client.LambdaAsync(method, path, json, headers);
        var text = await answer.Content.ReadAsStringAsync();
        var status = (int)answer.StatusCode;
        Count(status == 429 ? $"{operation} throttled" : operation);
        if (!isExpected(status))
            unexpected.Enqueue($"{name}: {operation}: {status}: {text}");
        return (status, text, answer.Headers.TryGetValues("X-Amz-Function-Error", out var values) ? values.First() : null);
    }

    async Task<long> LeftAsync(string queue)
    {
        using var json = JsonDocument.Parse(await SqsAsync(
            "GetQueueAttributes", $$"""{"QueueUrl":"{{queue}}","AttributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}"""));
        return json.RootElement.GetProperty("Attributes").EnumerateObject().Sum(static count => long.Parse(count.Value.GetString()!, CultureInfo.InvariantCulture));
    }

    async Task<string> SqsAsync(string operation, string body)
    {
        using var answer = await product.Client.SendAsync(
            "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body), ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var text = await answer.Content.ReadAsStringAsync();
        Count(operation);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{operation}: {(int)answer.StatusCode}: {text}");
        return text;
    }

    void Count(string what) => answers.AddOrUpdate(what, 1, static (_, count) => count + 1);
}
