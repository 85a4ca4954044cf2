using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Queues;

/// <summary>Broken requests to every operation, on queues that are there: never a 500, a hang or a stack trace. The same seed makes the same ones.</summary>
public sealed partial class QueueFuzzTests
{
    const int RequestsPerOperation = 60;

    static readonly string[] s_names =
    [
        "QueueName", "QueueUrl", "QueueNamePrefix", "NextToken", "MaxResults", "MessageBody", "DelaySeconds", "MessageGroupId", "MessageDeduplicationId",
        "ReceiptHandle", "VisibilityTimeout", "MaxNumberOfMessages", "ReceiveRequestAttemptId", "Label", "TaskHandle", "SourceArn", "DestinationArn",
        "QueueOwnerAWSAccountId", "MaxNumberOfMessagesPerSecond", "Attributes", "Entries", "tags", "Tags", "TagKeys", "AttributeNames", "MessageAttributeNames",
        "MessageAttributes", "MessageSystemAttributes", "AWSAccountIds", "Actions",
    ];

    static readonly string[] s_values =
    [
        "null", "true", "0", "-1", "1", "10", "99999999999", "1e400", "\"\"", "\"q\"", "\"q.fifo\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "\"💥\"", "[]", "{}", "[null]",
        "[\"All\"]", "[1]", "[{}]", "[{\"Id\":\"a\",\"MessageBody\":\"m\",\"ReceiptHandle\":\"x\",\"VisibilityTimeout\":1}]", "[{\"Id\":\"a\"},{\"Id\":\"a\"}]", "{\"a\":\"b\"}",
        "{\"Policy\":\"{\"}", "{\"RedrivePolicy\":\"[]\"}", "{\"RedrivePolicy\":\"{\\\"maxReceiveCount\\\":{},\\\"deadLetterTargetArn\\\":1}\"}", "{\"RedriveAllowPolicy\":\"{\\\"redrivePermission\\\":\\\"byQueue\\\",\\\"sourceQueueArns\\\":[1]}\"}",
        "{\"x\":{\"DataType\":\"String\",\"StringValue\":\"v\"}}", "{\"x\":{\"DataType\":\"Number\",\"StringValue\":\"1e9999\"}}", "{\"x\":{\"DataType\":\"Binary\",\"BinaryValue\":\"A\"}}", "{\"x\":null}",
        "\"arn:aws:sqs:us-east-1:000000000000:q\"", "\"http://h/000000000000/q\"", "\"/000000000000/q.fifo\"", "\"http://h/000000000000/%00\"", "\"AQ8jVaMQJj5FDQAAAAAAAAABAAAA2g3eCQ==\"",
        "\"eyJ0YXNrSWQiOjEsInNvdXJjZUFybiI6W119\"", "\"arn:aws:sqs:us-east-1:111111111111:q\"", "\"000000000000\"", "[\"000000000000\"]", "[\"SendMessage\"]",
    ];

    [Fact]
    public async Task No_request_breaks_the_server()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        var random = new Random(4711);
        var broken = new List<string>();
        var operations = server.Platform.Services.GetRequiredService<OperationRegistry>().All.Where(static operation => operation.Service.Name == "sqs").ToList();
        Assert.Equal(46, operations.Count);
        for (var round = 0; round < RequestsPerOperation; round++)
        {
            foreach (var (name, attributes) in new[] { ("q", "{}"), ("q.fifo", """{"FifoQueue":"true"}""") })
                await SendAsync(server, "CreateQueue", AwsService.Sqs, $$"""{"QueueName":"{{name}}","Attributes":{{attributes}}}""", "/");
            foreach (var operation in operations)
            {
                var members = s_names.Where(_ => random.Next(4) == 0).Select(name => (Name: name, Value: s_values[random.Next(s_values.Length)])).ToList();
                if (random.Next(3) > 0)
                    members.Add(("QueueUrl", random.Next(2) == 0 ? "\"q\"" : "\"q.fifo\""));
                var body = operation.Service.Protocol == AwsProtocol.Query
                    ? $"Action={operation.Name}&Version=2012-11-05&" + string.Join('&', members.SelectMany(member => Form(random, member.Name, member.Value)))
                    : "{" + string.Join(',', members.DistinctBy(static member => member.Name).Select(static member => $"\"{member.Name}\":{member.Value}")) + "}";
                var path = random.Next(4) == 0 ? "/000000000000/q" : "/";
                var (status, text) = await SendAsync(server, operation.Name, operation.Service, body, path).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
                if (status == HttpStatusCode.InternalServerError || StackTrace().IsMatch(text))
                    broken.Add($"{operation.Name} {path} {body} -> {(int)status} {text}");
            }
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    static IEnumerable<string> Form(Random random, string name, string json)
    {
        var value = Uri.EscapeDataString(json.Trim('"'));
        yield return $"{name}={value}";
        var list = name.TrimEnd('s');
        yield return random.Next(3) switch
        {
            0 => $"{list}.1={value}",
            1 => $"{list}.1.Name={value}&{list}.1.Value={value}&{list}.1.Key={value}&{list}.1.Value.DataType=String&{list}.1.Value.StringValue={value}",
            _ => $"SendMessageBatchRequestEntry.1.Id={value}&DeleteMessageBatchRequestEntry.1.Id=a&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle={value}",
        };
    }

    static async Task<(HttpStatusCode Status, string Text)> SendAsync(PilotlightServer server, string operation, AwsService service, string body, string path)
    {
        (string, string)[] headers = service.Protocol == AwsProtocol.Query
            ? [("Content-Type", "application/x-www-form-urlencoded")]
            : [("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0")];
        using var answer = await server.Client.SendAsync("sqs", HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), headers);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [GeneratedRegex(@"   at [\w.]+\(|\w+Exception: ")]
    private static partial Regex StackTrace();
}
