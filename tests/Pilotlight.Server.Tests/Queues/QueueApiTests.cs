using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Authorization;
using Pilotlight.Queues;
using Pilotlight.Targets;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Queues;

/// <summary>The wire: both protocols, what is refused, and on whose leave.</summary>
public sealed class QueueApiTests : IAsyncLifetime
{
    const string Account = "000000000000";

    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task<(int Status, JsonElement Body, HttpResponseMessage Answer)> JsonAsync(string operation, string body, SignedClient? client = null, string path = "/")
    {
        var answer = await (client ?? _server.Client).SendAsync(
            "sqs", HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, answer);
    }

    async Task<(int Status, XElement Body)> QueryAsync(string form, string path = "/", SignedClient? client = null)
    {
        var answer = await (client ?? _server.Client).SendAsync(
            "sqs", HttpMethod.Post, path, Encoding.UTF8.GetBytes($"Version=2012-11-05&{form}"), ("Content-Type", "application/x-www-form-urlencoded"));
        return ((int)answer.StatusCode, XElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    static string? Value(XElement xml, string name) => xml.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;

    async Task<string> CreateAsync(string name, string more = "") =>
        (await JsonAsync("CreateQueue", $$"""{"QueueName":"{{name}}"{{more}}}""")).Body.GetProperty("QueueUrl").GetString()!;

    [Fact]
    public async Task An_error_has_the_names_of_both_protocols()
    {
        var (status, json, answer) = await JsonAsync("GetQueueUrl", """{"QueueName":"none"}""");
        Assert.Equal(
            (400, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist."),
            (status, json.GetProperty("__type").GetString(), json.GetProperty("message").GetString()));
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue;Sender", answer.Headers.GetValues("x-amzn-query-error").Single());
        Assert.Equal("application/x-amz-json-1.0", answer.Content.Headers.ContentType!.MediaType);
        var (queryStatus, xml) = await QueryAsync("Action=GetQueueUrl&QueueName=none");
        Assert.Equal(
            (400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version.", "Sender"),
            (queryStatus, Value(xml, "Code"), Value(xml, "Message"), Value(xml, "Type")));
        Assert.Equal("http://queue.amazonaws.com/doc/2012-11-05/", xml.Name.NamespaceName);
    }

    [Fact]
    public async Task Old_clients_post_to_the_queues_own_address_and_name_no_queue()
    {
        var url = await CreateAsync("q");
        Assert.Equal($"/{Account}/q", new Uri(url).AbsolutePath);
        var (status, sent) = await QueryAsync("Action=SendMessage&MessageBody=hi+there", $"/{Account}/q");
        Assert.Equal((200, StoredMessage.Md5Of("hi there")), (status, Value(sent, "MD5OfMessageBody")));
        var received = await JsonAsync("ReceiveMessage", $$"""{"QueueUrl":"{{url}}"}""", path: $"/{Account}/q");
        Assert.Equal("hi there", received.Body.GetProperty("Messages")[0].GetProperty("Body").GetString());
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", Value((await QueryAsync("Action=SendMessage&MessageBody=x", $"/{Account}/none")).Body, "Code"));
        Assert.Equal("InvalidAction", Value((await QueryAsync("Action=Nothing", $"/{Account}/q")).Body, "Code"));
    }

    [Fact]
    public async Task The_host_of_a_url_is_not_looked_at()
    {
        await CreateAsync("q");
        foreach (var url in new[] { $"https://sqs.us-east-1.amazonaws.com/{Account}/q", $"http://elsewhere:1/{Account}/q/", $"/{Account}/q", "q" })
            Assert.Equal(200, (await JsonAsync("GetQueueAttributes", $$"""{"QueueUrl":"{{url}}"}""")).Status);
        foreach (var url in new[] { "https://sqs.us-east-1.amazonaws.com/", "http://h/1/q", "::::", " " })
        {
            var refused = await JsonAsync("GetQueueAttributes", $$"""{"QueueUrl":"{{url}}"}""");
            Assert.Equal((404, "com.amazonaws.sqs#InvalidAddress"), (refused.Status, refused.Body.GetProperty("__type").GetString()));
        }
    }

    [Theory]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"VisibilityTimeout":30}}""", "SerializationException")]
    [InlineData("CreateQueue", """{"QueueName":5}""", "SerializationException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":[]}""", "SerializationException")]
    [InlineData("CreateQueue", "[]", "SerializationException")]
    [InlineData("CreateQueue", "{\"QueueName\":\"a\\ud800\"}", "SerializationException")]
    [InlineData("CreateQueue", "{", "SerializationException")]
    [InlineData("CreateQueue", "{}", "MissingRequiredParameterException")]
    [InlineData("CreateQueue", """{"QueueName":"a.fifo"}""", "InvalidParameterValueException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"FifoQueue":"true"}}""", "InvalidParameterValueException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"FifoQueue":"false"}}""", "InvalidAttributeName")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"ContentBasedDeduplication":"true"}}""", "InvalidAttributeName")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"Policy":"{}"}}""", "InvalidAttributeValue")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{"}}""", "InvalidParameterValueException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:none\",\"maxReceiveCount\":1}"}}""", "InvalidParameterValueException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"some\"}"}}""", "InvalidParameterValueException")]
    [InlineData("CreateQueue", """{"QueueName":"a","Attributes":{"MessageRetentionPeriod":"59"}}""", "InvalidAttributeValue")]
    [InlineData("SendMessage", """{"QueueUrl":"q"}""", "MissingRequiredParameterException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","DelaySeconds":901}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","DelaySeconds":"1"}""", "SerializationException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageDeduplicationId":"1"}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"x":{"DataType":"Number","StringValue":"one"}}}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"x":{"DataType":"Binary","BinaryValue":"!"}}}""", "SerializationException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"x":{"DataType":"Text","StringValue":"v"}}}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"x":5}}""", "SerializationException")]
    [InlineData("SendMessage", """{"QueueUrl":"q","MessageBody":"a","MessageSystemAttributes":{"Other":{"DataType":"String","StringValue":"v"}}}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"\\u0001\"}", "InvalidMessageContents")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"q","Entries":[]}""", "EmptyBatchRequest")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"q","Entries":[{"Id":"a b","MessageBody":"m"}]}""", "InvalidBatchEntryId")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"q","Entries":[{"Id":"a","MessageBody":"m"},{"Id":"a","MessageBody":"m"}]}""", "BatchEntryIdsNotDistinct")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"q","Entries":[null]}""", "SerializationException")]
    [InlineData("ReceiveMessage", """{"QueueUrl":"q","WaitTimeSeconds":21}""", "InvalidParameterValueException")]
    [InlineData("ReceiveMessage", """{"QueueUrl":"q","ReceiveRequestAttemptId":"1"}""", "InvalidParameterValueException")]
    [InlineData("DeleteMessage", """{"QueueUrl":"q","ReceiptHandle":"AAAA"}""", "ReceiptHandleIsInvalid")]
    [InlineData("DeleteMessage", """{"QueueUrl":"q"}""", "MissingRequiredParameterException")]
    [InlineData("GetQueueAttributes", """{"QueueUrl":"q","AttributeNames":["Nothing"]}""", "InvalidAttributeName")]
    [InlineData("TagQueue", """{"QueueUrl":"q","Tags":{"aws:x":"y"}}""", "InvalidParameterValueException")]
    [InlineData("ListQueues", """{"MaxResults":1001}""", "InvalidParameterValueException")]
    [InlineData("ListQueues", """{"NextToken":"%%%"}""", "InvalidParameterValueException")]
    [InlineData("StartMessageMoveTask", """{"SourceArn":"arn"}""", "InvalidParameterValueException")]
    [InlineData("StartMessageMoveTask", """{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}""", "ResourceNotFoundException")]
    [InlineData("StartMessageMoveTask", """{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:q"}""", "InvalidParameterValueException")]
    [InlineData("CancelMessageMoveTask", """{"TaskHandle":"eyJ4IjoxfQ=="}""", "InvalidParameterValueException")]
    [InlineData("CancelMessageMoveTask", """{"TaskHandle":"WzFd"}""", "InvalidParameterValueException")]
    [InlineData("SendMessage", """{"QueueUrl":"http://h/111122223333/q","MessageBody":"x"}""", "AccessDeniedException")]
    [InlineData("SendMessage", """{"QueueUrl":"none","MessageBody":"x"}""", "QueueDoesNotExist")]
    public async Task Bad_input_gets_AWSs_error(string operation, string body, string code)
    {
        await CreateAsync("q");
        var (status, json, _) = await JsonAsync(operation, body);
        Assert.InRange(status, 400, 404);
        Assert.Equal(code, json.GetProperty("__type").GetString()!.Split('#')[^1]);
    }

    [Theory]
    [InlineData("Action=CreateQueue&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=x", "InvalidAttributeValue")]
    [InlineData("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=ten", "InvalidParameterValue")]
    [InlineData("Action=SendMessage&QueueUrl=q&MessageBody=%00", "InvalidMessageContents")]
    [InlineData("Action=SendMessage&QueueUrl=q", "MissingParameter")]
    [InlineData("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.MessageBody=m", "AWS.SimpleQueueService.InvalidBatchEntryId")]
    [InlineData("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.99999999999.Id=m", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("Action=ListQueues&NextToken=AAAA", "InvalidParameterValue")]
    public async Task A_bad_form_gets_the_query_protocols_error(string form, string code)
    {
        await CreateAsync("q");
        var (status, xml) = await QueryAsync(form);
        Assert.Equal((400, code), (status, Value(xml, "Code")));
    }

    [Fact]
    public async Task A_message_may_have_a_mebibyte_and_a_batch_no_more()
    {
        var url = await CreateAsync("q");
        var most = new string('x', QueueAttributes.MaxMessageBytes);
        Assert.Equal(200, (await JsonAsync("SendMessage", $$"""{"QueueUrl":"{{url}}","MessageBody":"{{most}}"}""")).Status);
        var received = await JsonAsync("ReceiveMessage", $$"""{"QueueUrl":"{{url}}"}""");
        Assert.Equal(most.Length, received.Body.GetProperty("Messages")[0].GetProperty("Body").GetString()!.Length);
        var refused = await JsonAsync("SendMessage", $$"""{"QueueUrl":"{{url}}","MessageBody":"{{most}}y"}""");
        Assert.Equal("One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.", refused.Body.GetProperty("message").GetString());
        refused = await JsonAsync("SendMessageBatch", $$"""{"QueueUrl":"{{url}}","Entries":[{"Id":"1","MessageBody":"{{most}}"},{"Id":"2","MessageBody":"y"}]}""");
        Assert.Equal("Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.", refused.Body.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_part_of_a_batch_may_fail()
    {
        var url = await CreateAsync("q", ""","Attributes":{"MaximumMessageSize":"1024"}""");
        var (status, body, _) = await JsonAsync(
            "SendMessageBatch",
            $$"""{"QueueUrl":"{{url}}","Entries":[{"Id":"good","MessageBody":"m"},{"Id":"bad","MessageBody":"\u0001"},{"Id":"long","MessageBody":"{{new string('x', 1025)}}"}]}""");
        Assert.Equal(200, status);
        Assert.Equal("good", body.GetProperty("Successful")[0].GetProperty("Id").GetString());
        Assert.Equal(["InvalidMessageContents", "InvalidParameterValue"], body.GetProperty("Failed").EnumerateArray().Select(static failed => failed.GetProperty("Code").GetString()!));
    }

    [Fact]
    public async Task Another_account_is_let_in_by_the_policy_and_only_to_what_policies_can_give()
    {
        var created = await _server.Client.SendAsync("pilotlight", HttpMethod.Post, "/_pilotlight/accounts", Encoding.UTF8.GetBytes("""{"AccountId":"111122223333"}"""));
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var other = new SignedClient(_server.Endpoint, "111122223333", "test");
        var url = await CreateAsync("q");
        var send = $$"""{"QueueUrl":"{{url}}","MessageBody":"m"}""";
        var refused = await JsonAsync("SendMessage", send, other);
        Assert.Equal("AccessDeniedException", refused.Body.GetProperty("__type").GetString());
        Assert.Equal("AccessDenied;Sender", refused.Answer.Headers.GetValues("x-amzn-query-error").Single());
        Assert.Equal(200, (await JsonAsync("AddPermission", $$"""{"QueueUrl":"{{url}}","Label":"l","AWSAccountIds":["111122223333"],"Actions":["SendMessage","GetQueueUrl"]}""")).Status);
        Assert.Equal(200, (await JsonAsync("SendMessage", send, other)).Status);
        Assert.Equal(url, (await JsonAsync("GetQueueUrl", $$"""{"QueueName":"q","QueueOwnerAWSAccountId":"{{Account}}"}""", other)).Body.GetProperty("QueueUrl").GetString());
        Assert.Equal("AccessDeniedException", (await JsonAsync("ReceiveMessage", $$"""{"QueueUrl":"{{url}}"}""", other)).Body.GetProperty("__type").GetString());
        Assert.Equal(403, (await JsonAsync("DeleteQueue", $$"""{"QueueUrl":"{{url}}"}""", other)).Status);
        Assert.Equal(200, (await JsonAsync("RemovePermission", $$"""{"QueueUrl":"{{url}}","Label":"l"}""")).Status);
        Assert.NotEqual(200, (await JsonAsync("SendMessage", send, other)).Status);
    }

    [Fact]
    public async Task A_service_delivers_when_the_queues_policy_lets_it()
    {
        var url = await CreateAsync("q");
        var arn = $"arn:aws:sqs:us-east-1:{Account}:q";
        var targets = _server.Platform.Services.GetRequiredService<TargetDispatcher>();
        var delivery = new Delivery
        {
            TargetArn = arn,
            Payload = """{"hello":1}"""u8.ToArray(),
            Sender = new Sender.Service("sns.amazonaws.com", $"arn:aws:sns:us-east-1:{Account}:t", Account),
            TraceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793",
            Attributes = new Dictionary<string, DeliveryAttribute> { ["a"] = new("String", "v"), ["b"] = new("Binary", "AAE=") },
        };
        Assert.Equal(DeliveryEnd.Refused, (await targets.SendAsync(delivery, TestContext.Current.CancellationToken)).End);
        var policy = JsonSerializer.Serialize("""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:000000000000:t"}}}]}
            """.Replace("QUEUE", arn));
        Assert.Equal(200, (await JsonAsync("SetQueueAttributes", $$$"""{"QueueUrl":"{{{url}}}","Attributes":{"Policy":{{{policy}}}}}""")).Status);
        var fromFifo = delivery with { MessageGroupId = "g", MessageDeduplicationId = "1" };
        Assert.Equal(DeliveryEnd.Delivered, (await targets.SendAsync(fromFifo, TestContext.Current.CancellationToken)).End);
        var queue = _server.Platform.Services.GetRequiredService<QueueCatalog>().Find(arn)!;
        var message = Assert.Single(await queue.ReceiveAsync());
        Assert.Equal(("""{"hello":1}""", "Root=1-5759e988-bd862e3fe1be46a994272793"), (message.Body, message.TraceHeader));
        Assert.Equal([("a", "v"), ("b", null)], message.MessageAttributes.Select(static attribute => (attribute.Name, attribute.Text)));
        Assert.Equal(
            DeliveryEnd.Rejected,
            (await targets.SendAsync(delivery with { Payload = new byte[QueueAttributes.MaxMessageBytes + 1] }, TestContext.Current.CancellationToken)).End);
    }

    [Fact]
    public async Task Tags_decide_by_conditions_and_metrics_count()
    {
        var url = await CreateAsync("q", ""","tags":{"team":"a"}""");
        var judged = _server.Platform.Services.GetServices<IJudgedResource>().Single(static kind => kind.Service == "sqs");
        Assert.Equal("a", judged.TagsOf($"arn:aws:sqs:us-east-1:{Account}:q")!["team"]);
        await JsonAsync("SendMessage", $$"""{"QueueUrl":"{{url}}","MessageBody":"m"}""");
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(_server.Endpoint, "/_pilotlight/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("pilotlight_queue_messages_visible{queue=\"q\",account=\"000000000000\",region=\"us-east-1\"} 1", metrics);
        using var reset = await http.PostAsync(new Uri(_server.Endpoint, "/_pilotlight/reset"), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
        Assert.False((await JsonAsync("ListQueues", "{}")).Body.TryGetProperty("QueueUrls", out _));
    }

    [Fact]
    public async Task Queues_are_listed_by_pages()
    {
        foreach (var name in new[] { "b", "a", "c", "other" })
            await CreateAsync(name);
        var first = (await JsonAsync("ListQueues", """{"MaxResults":2}""")).Body;
        Assert.Equal(["/a", "/b"], first.GetProperty("QueueUrls").EnumerateArray().Select(static url => url.GetString()![^2..]));
        var second = (await JsonAsync("ListQueues", $$"""{"MaxResults":2,"NextToken":"{{first.GetProperty("NextToken").GetString()}}"}""")).Body;
        Assert.Equal(["/c", "er"], second.GetProperty("QueueUrls").EnumerateArray().Select(static url => url.GetString()![^2..]));
        Assert.False(second.TryGetProperty("NextToken", out _));
        var (_, xml) = await QueryAsync("Action=ListQueues&QueueNamePrefix=o");
        Assert.EndsWith("/other", Value(xml, "QueueUrl"));
    }
}
