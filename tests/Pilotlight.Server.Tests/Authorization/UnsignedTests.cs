using System.Net;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Authorization;

/// <summary>Who does not sign is served by a queue or a topic exactly where its policy lets everybody in.</summary>
public sealed class UnsignedTests : IAsyncLifetime
{
    const string Account = "000000000000";
    const string QueueArn = $"arn:aws:sqs:us-east-1:{Account}:open";
    const string TopicArn = $"arn:aws:sns:us-east-1:{Account}:open";

    static readonly HttpClient s_http = new();

    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(static process => process.ServeAsync(static (_, _) => "null")));
        await SqsAsync("CreateQueue", new { QueueName = "open", Attributes = new { Policy = Policy(QueueArn, "sqs:SendMessage") } });
        await SqsAsync("CreateQueue", new { QueueName = "shut" });
        await SnsAsync("Action=CreateTopic&Name=open&Version=2010-03-31");
        await SnsAsync($"Action=SetTopicAttributes&TopicArn={TopicArn}&AttributeName=Policy&AttributeValue={Uri.EscapeDataString(Policy(TopicArn, "sns:Publish"))}&Version=2010-03-31");
        await SnsAsync("Action=CreateTopic&Name=shut&Version=2010-03-31");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_queue_that_lets_everybody_send_takes_messages_in_both_protocols_and_nothing_else()
    {
        var url = $"{_server.Endpoint}{Account}/open";
        Assert.Equal(HttpStatusCode.OK, (await JsonAsync("SendMessage", new { QueueUrl = url, MessageBody = "json" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await FormAsync("", $"Action=SendMessage&QueueUrl={Uri.EscapeDataString(url)}&MessageBody=form&Version=2012-11-05")).Status);
        Assert.Equal(HttpStatusCode.OK, (await FormAsync($"{Account}/open", "Action=SendMessage&MessageBody=address&Version=2012-11-05")).Status);
        using (var got = await s_http.GetAsync(new Uri(_server.Endpoint, $"{Account}/open?Action=SendMessage&MessageBody=link&Version=2012-11-05"), TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, got.StatusCode);

        var refused = await JsonAsync("ReceiveMessage", new { QueueUrl = url });
        Assert.Equal(
            (HttpStatusCode.Forbidden, $$"""{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"Access to the resource {{QueueArn}} is denied."}"""), refused);
        var form = await FormAsync("", $"Action=ReceiveMessage&QueueUrl={Uri.EscapeDataString(url)}&Version=2012-11-05");
        Assert.Equal(HttpStatusCode.Forbidden, form.Status);
        Assert.Contains($"<Code>AccessDenied</Code><Message>Access to the resource {QueueArn} is denied.</Message>", form.Body);

        using var received = await SqsAsync("ReceiveMessage", new { QueueUrl = url, MaxNumberOfMessages = 10, AttributeNames = new[] { "SenderId" } });
        var messages = received.RootElement.GetProperty("Messages").EnumerateArray().ToList();
        Assert.Equal(["address", "form", "json", "link"], messages.Select(static message => message.GetProperty("Body").GetString()).Order());
        Assert.All(messages, static message => Assert.Equal("127.0.0.1", message.GetProperty("Attributes").GetProperty("SenderId").GetString()));
    }

    [Theory]
    [InlineData("shut")]
    [InlineData("none")]
    public async Task A_queue_without_such_a_policy_refuses_and_does_not_say_whether_it_is_there(string queue)
    {
        var (status, body) = await JsonAsync("SendMessage", new { QueueUrl = $"{_server.Endpoint}{Account}/{queue}", MessageBody = "x" });
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains($"Access to the resource arn:aws:sqs:us-east-1:{Account}:{queue} is denied.", body);
    }

    [Theory]
    [InlineData("ListQueues", "{}")]
    [InlineData("CreateQueue", """{"QueueName":"mine"}""")]
    [InlineData("DeleteQueue", """{"QueueUrl":"http://localhost/000000000000/open"}""")]
    [InlineData("SetQueueAttributes", """{"QueueUrl":"http://localhost/000000000000/open","Attributes":{"DelaySeconds":"1"}}""")]
    public async Task What_no_policy_can_open_needs_a_signature(string operation, string json)
    {
        var (status, body) = await JsonAsync(operation, JsonDocument.Parse(json).RootElement);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("MissingAuthenticationToken", body);
    }

    [Fact]
    public async Task A_forged_signature_is_no_missing_one()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Endpoint)
        {
            Content = new StringContent($$"""{"QueueUrl":"{{_server.Endpoint}}{{Account}}/open","MessageBody":"x"}""", Encoding.UTF8, "application/x-amz-json-1.0"),
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.SendMessage");
        request.Headers.TryAddWithoutValidation("X-Amz-Date", DateTimeOffset.UtcNow.ToString("yyyyMMddTHHmmssZ"));
        request.Headers.TryAddWithoutValidation("Authorization",
            $"AWS4-HMAC-SHA256 Credential=test/{DateTimeOffset.UtcNow:yyyyMMdd}/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature={new string('0', 64)}");
        using var answer = await s_http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("InvalidSignatureException", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_topic_that_lets_everybody_publish_takes_messages_and_another_does_not()
    {
        var (status, body) = await FormAsync("", $"Action=Publish&TopicArn={TopicArn}&Message=hello&Version=2010-03-31");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Contains("<MessageId>", body);
        (status, body) = await FormAsync("", $"Action=Publish&TopicArn=arn:aws:sns:us-east-1:{Account}:shut&Message=hello&Version=2010-03-31");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains(
            $"<Code>AuthorizationError</Code><Message>User: anonymous is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:{Account}:shut because no resource-based policy allows the SNS:Publish action</Message>",
            body);
        (status, body) = await FormAsync("", $"Action=Subscribe&TopicArn={TopicArn}&Protocol=sqs&Endpoint={QueueArn}&Version=2010-03-31");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("MissingAuthenticationToken", body);
    }

    static string Policy(string arn, string action) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"{{action}}","Resource":"{{arn}}"}]}""";

    async Task<JsonDocument> SqsAsync(string operation, object input)
    {
        using var answer = await _server.Client.SendAsync(
            "sqs", HttpMethod.Post, "/", JsonSerializer.SerializeToUtf8Bytes(input), ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }

    async Task SnsAsync(string form)
    {
        using var answer = await _server.Client.SendAsync("sns", HttpMethod.Post, "/", Encoding.ASCII.GetBytes(form), ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    async Task<(HttpStatusCode Status, string Body)> JsonAsync(string operation, object input)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Endpoint) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(input)) };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", $"AmazonSQS.{operation}");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.0");
        using var answer = await s_http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    async Task<(HttpStatusCode Status, string Body)> FormAsync(string path, string form)
    {
        using var content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await s_http.PostAsync(new Uri(_server.Endpoint, path), content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
