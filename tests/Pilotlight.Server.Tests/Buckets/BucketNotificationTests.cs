using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Pilotlight.Buckets;
using Pilotlight.Storage;
using Pilotlight.Testing;
using Pilotlight.Tests.Functions;

namespace Pilotlight.Tests.Buckets;

/// <summary>Functions hear of what happens in a bucket, when they let it in.</summary>
public sealed class BucketNotificationTests : IAsyncLifetime
{
    const string Arn = "arn:aws:lambda:us-east-1:000000000000:function:listener";

    readonly Channel<string> _heard = Channel.CreateUnbounded<string>();
    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync();
        await SetUpAsync();
    }

    Task<PilotlightServer> StartAsync(string? folder = null) => PilotlightServer.StartAsync(
        new FakeSandboxDriver(process => process.ServeAsync((_, payload) =>
        {
            _heard.Writer.TryWrite(payload);
            return "null";
        })),
        dataFolder: folder);

    async Task SetUpAsync()
    {
        var zip = Convert.ToBase64String(Zips.Of(("app.py", "")));
        using var made = await _server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions",
            $$$"""{"FunctionName":"listener","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/worker","Code":{"ZipFile":"{{{zip}}}"}}""");
        Assert.True((int)made.StatusCode == 201, await made.Content.ReadAsStringAsync());
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud")).Status);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_function_that_lets_the_bucket_in_hears_of_objects()
    {
        await AllowAsync();
        Assert.Equal(200, (await ConfigureAsync("s3:ObjectCreated:*", "s3:ObjectRemoved:*")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud/in/other.txt", "unheard")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud/in/a@b.json", "hello")).Status);
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, "/loud/in/a@b.json")).Status);

        // Two events may run at once, in either order; their sequencers tell it.
        JsonElement[] heard = [await HearAsync(), await HearAsync()];
        var created = heard.Single(static one => one.GetProperty("eventName").GetString() == "ObjectCreated:Put");
        Assert.Equal("2.1", created.GetProperty("eventVersion").GetString());
        Assert.Equal("us-east-1", created.GetProperty("awsRegion").GetString());
        var s3 = created.GetProperty("s3");
        Assert.Equal("config-id", s3.GetProperty("configurationId").GetString());
        Assert.Equal("arn:aws:s3:::loud", s3.GetProperty("bucket").GetProperty("arn").GetString());
        Assert.Equal("in/a%40b.json", s3.GetProperty("object").GetProperty("key").GetString());
        Assert.Equal(5, s3.GetProperty("object").GetProperty("size").GetInt64());
        Assert.Equal("5d41402abc4b2a76b9719d911017c592", s3.GetProperty("object").GetProperty("eTag").GetString());

        var removed = heard.Single(static one => one.GetProperty("eventName").GetString() == "ObjectRemoved:Delete");
        Assert.Equal(["key", "sequencer"], removed.GetProperty("s3").GetProperty("object").EnumerateObject().Select(static member => member.Name));
        Assert.True(string.CompareOrdinal(
            removed.GetProperty("s3").GetProperty("object").GetProperty("sequencer").GetString(),
            s3.GetProperty("object").GetProperty("sequencer").GetString()) > 0);
    }

    [Fact]
    public async Task A_function_that_does_not_let_the_bucket_in_cannot_be_configured()
    {
        var answer = await ConfigureAsync("s3:ObjectCreated:*");
        Assert.Equal(400, answer.Status);
        Assert.Contains("<Code>InvalidArgument</Code><Message>Unable to validate the following destination configurations</Message>", answer.Body);
    }

    [Fact]
    public async Task A_configuration_is_given_back_as_AWS_gives_it()
    {
        await AllowAsync();
        Assert.Equal(200, (await ConfigureAsync("s3:ObjectCreated:Put")).Status);
        var answer = await SendAsync(HttpMethod.Get, "/loud?notification=");
        Assert.Contains($"<CloudFunctionConfiguration><Id>config-id</Id><CloudFunction>{Arn}</CloudFunction><Event>s3:ObjectCreated:Put</Event>"
            + "<Filter><S3Key><FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule><FilterRule><Name>Suffix</Name><Value>.json</Value></FilterRule></S3Key></Filter>", answer.Body);
    }

    [Theory]
    [InlineData("<QueueConfiguration><Queue>nonsense</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>", "The ARN could not be parsed")]
    [InlineData("<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:none</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>", "Unable to validate the following destination configurations")]
    [InlineData("<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:Nonsense</Event></QueueConfiguration>", "is not supported for notifications")]
    [InlineData("<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue></QueueConfiguration>", "MalformedXML")]
    [InlineData("<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>infix</Name><Value>x</Value></FilterRule></S3Key></Filter></QueueConfiguration>", "filter rule name must be either prefix or suffix")]
    [InlineData("<QueueConfiguration><Id>1</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration><QueueConfiguration><Id>2</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:Put</Event></QueueConfiguration>", "Configurations overlap.")]
    public async Task A_configuration_that_is_not_right_is_refused(string rules, string message)
    {
        var answer = await SendAsync(HttpMethod.Put, "/loud?notification=", $"<NotificationConfiguration>{rules}</NotificationConfiguration>");
        Assert.Equal(400, answer.Status);
        Assert.Contains(message, answer.Body);
    }

    [Fact]
    public async Task A_package_is_taken_from_a_bucket()
    {
        var zip = Zips.Of(("app.py", ""));
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud/code.zip", zip)).Status);
        using var made = await CreateFromAsync("""{"S3Bucket":"loud","S3Key":"code.zip"}""");
        Assert.Equal(201, (int)made.StatusCode);
        using var missing = await CreateFromAsync("""{"S3Bucket":"loud","S3Key":"none.zip"}""");
        Assert.Equal(400, (int)missing.StatusCode);
        Assert.Contains(
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
            await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud/text.zip", "no zip")).Status);
        using var broken = await CreateFromAsync("""{"S3Bucket":"loud","S3Key":"text.zip"}""");
        Assert.Equal(400, (int)broken.StatusCode);
        using var layer = await _server.Client.LambdaAsync(
            HttpMethod.Post, "/2018-10-31/layers/from-bucket/versions", """{"Content":{"S3Bucket":"loud","S3Key":"code.zip"}}""");
        Assert.Equal(201, (int)layer.StatusCode);
    }

    [Fact]
    public async Task A_queue_is_told_what_its_filter_lets_through_after_a_test_event()
    {
        var arn = await QueueAsync("q");
        var configuration = $"<QueueConfiguration><Id>to-queue</Id><Queue>{arn}</Queue><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectTagging:*</Event>"
            + "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule><FilterRule><Name>suffix</Name><Value>.txt</Value></FilterRule></S3Key></Filter></QueueConfiguration>";
        var refused = await SendAsync(HttpMethod.Put, "/loud?notification=", $"<NotificationConfiguration>{configuration}</NotificationConfiguration>");
        Assert.Equal(400, refused.Status);
        Assert.Contains($"Unable to validate the following destination configurations</Message><ArgumentName1>{arn}</ArgumentName1><ArgumentValue1>Permissions on the destination queue do not allow S3 to publish notifications from this bucket</ArgumentValue1>", refused.Body);

        await OpenQueueAsync("q", "s3.amazonaws.com", "arn:aws:s3:::other");
        Assert.Equal(400, (await SendAsync(HttpMethod.Put, "/loud?notification=", $"<NotificationConfiguration>{configuration}</NotificationConfiguration>")).Status);
        await OpenQueueAsync("q", "s3.amazonaws.com", "arn:aws:s3:::loud");
        var taken = await SendAsync(HttpMethod.Put, "/loud?notification=", $"<NotificationConfiguration>{configuration}</NotificationConfiguration>");
        Assert.True(taken.Status == 200, taken.Body);
        var test = await ReceiveAsync("q");
        Assert.Equal(["Service", "Event", "Time", "Bucket", "RequestId", "HostId"], Names(test));
        Assert.Equal(("Amazon S3", "s3:TestEvent", "loud"), (Text(test, "Service"), Text(test, "Event"), Text(test, "Bucket")));

        await SendAsync(HttpMethod.Put, "/loud/in/a.bin", "no");
        await SendAsync(HttpMethod.Put, "/loud/out/a.txt", "no");
        await SendAsync(HttpMethod.Put, "/loud?versioning=", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        Assert.Equal(200, (await SendRawAsync(HttpMethod.Put, "/loud/in/gr%C3%BCn%20%281%29.txt", "hello")).Status);
        Assert.Equal(200, (await SendRawAsync(HttpMethod.Put, "/loud/in/gr%C3%BCn%20%281%29.txt?tagging=", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")).Status);
        var record = (await ReceiveAsync("q")).GetProperty("Records")[0];
        Assert.Equal(["eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity", "requestParameters", "responseElements", "s3"], Names(record));
        Assert.Equal(("2.1", "aws:s3", "us-east-1", "ObjectCreated:Put"), (Text(record, "eventVersion"), Text(record, "eventSource"), Text(record, "awsRegion"), Text(record, "eventName")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", Text(record, "eventTime"));
        Assert.StartsWith("AWS:", Text(record.GetProperty("userIdentity"), "principalId"));
        Assert.Equal("127.0.0.1", Text(record.GetProperty("requestParameters"), "sourceIPAddress"));
        Assert.Equal(["x-amz-request-id", "x-amz-id-2"], Names(record.GetProperty("responseElements")));
        var s3 = record.GetProperty("s3");
        Assert.Equal(["s3SchemaVersion", "configurationId", "bucket", "object"], Names(s3));
        Assert.Equal("to-queue", Text(s3, "configurationId"));
        Assert.Equal(["name", "ownerIdentity", "arn"], Names(s3.GetProperty("bucket")));
        Assert.Equal(["key", "size", "eTag", "versionId", "sequencer"], Names(s3.GetProperty("object")));
        Assert.Equal("in/gr%C3%BCn+%281%29.txt", Text(s3.GetProperty("object"), "key"));

        var tagged = (await ReceiveAsync("q")).GetProperty("Records")[0];
        Assert.Equal(("2.3", "ObjectTagging:Put"), (Text(tagged, "eventVersion"), Text(tagged, "eventName")));
        Assert.Equal(["key", "eTag", "versionId"], Names(tagged.GetProperty("s3").GetProperty("object")));
    }

    [Fact]
    public async Task A_topic_is_told_and_tells_its_subscribers()
    {
        const string topic = "arn:aws:sns:us-east-1:000000000000:t";
        var queue = await QueueAsync("q");
        await OpenQueueAsync("q", "sns.amazonaws.com", topic);
        await SnsAsync("Action=CreateTopic&Name=t");
        await SnsAsync($"Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint={queue}");
        var configuration = $"<NotificationConfiguration><TopicConfiguration><Topic>{topic}</Topic><Event>s3:ObjectRemoved:*</Event></TopicConfiguration></NotificationConfiguration>";
        var refused = await SendAsync(HttpMethod.Put, "/loud?notification=", configuration);
        Assert.Equal(400, refused.Status);
        Assert.Contains("Permissions on the destination topic do not allow S3 to publish notifications from this bucket", refused.Body);
        await SnsAsync($"Action=SetTopicAttributes&TopicArn={topic}&AttributeName=Policy&AttributeValue={Uri.EscapeDataString(PolicyOf(topic, "sns:Publish", "s3.amazonaws.com", "arn:aws:s3:::loud"))}");
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud?notification=", configuration)).Status);
        var test = await ReceiveAsync("q");
        Assert.Equal(("Notification", topic, "Amazon S3 Notification"), (Text(test, "Type"), Text(test, "TopicArn"), Text(test, "Subject")));
        Assert.Equal("s3:TestEvent", Text(JsonDocument.Parse(Text(test, "Message")).RootElement, "Event"));

        await SendAsync(HttpMethod.Put, "/loud/a", "x");
        await SendAsync(HttpMethod.Delete, "/loud/a");
        var record = JsonDocument.Parse(Text(await ReceiveAsync("q"), "Message")).RootElement.GetProperty("Records")[0];
        Assert.Equal("ObjectRemoved:Delete", Text(record, "eventName"));
        Assert.Equal(["key", "sequencer"], Names(record.GetProperty("s3").GetProperty("object")));
    }

    [Fact]
    public async Task EventBridge_is_told_of_everything_and_its_rules_bring_it_to_a_function_and_a_queue()
    {
        const string rule = "arn:aws:events:us-east-1:000000000000:rule/loud";
        var queue = await QueueAsync("q");
        await OpenQueueAsync("q", "events.amazonaws.com", rule);
        using (var allowed = await _server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/listener/policy",
            $$"""{"StatementId":"bus","Action":"lambda:InvokeFunction","Principal":"events.amazonaws.com","SourceArn":"{{rule}}"}"""))
            Assert.Equal(201, (int)allowed.StatusCode);
        await EventsAsync("PutRule", new { Name = "loud", EventPattern = """{"source":["aws.s3"],"detail":{"bucket":{"name":["loud"]},"object":{"key":[{"prefix":"in/"}]}}}""" });
        await EventsAsync("PutTargets", new { Rule = "loud", Targets = new[] { new { Id = "f", Arn }, new { Id = "q", Arn = queue } } });
        // Neither target has to let S3 in, and nobody is sent a test.
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, "/loud?notification=", "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>")).Status);
        Assert.Contains("<EventBridgeConfiguration", (await SendAsync(HttpMethod.Get, "/loud?notification=")).Body);
        await SendAsync(HttpMethod.Put, "/loud/out", "unheard");
        Assert.Equal(200, (await SendRawAsync(HttpMethod.Put, "/loud/in/a%20b", "hello")).Status);
        foreach (var told in new[] { await HearWholeAsync(), await ReceiveAsync("q") })
        {
            Assert.Equal(["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"], Names(told));
            Assert.Equal(("0", "Object Created", "aws.s3", "000000000000", "us-east-1"), (
                Text(told, "version"), Text(told, "detail-type"), Text(told, "source"), Text(told, "account"), Text(told, "region")));
            Assert.Equal("""["arn:aws:s3:::loud"]""", told.GetProperty("resources").GetRawText());
            var detail = told.GetProperty("detail");
            Assert.Equal(["version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"], Names(detail));
            Assert.Equal("""{"name":"loud"}""", detail.GetProperty("bucket").GetRawText());
            Assert.Equal(["key", "size", "etag", "sequencer"], Names(detail.GetProperty("object")));
            Assert.Equal(("in/a b", 5L, "5d41402abc4b2a76b9719d911017c592"), (
                Text(detail.GetProperty("object"), "key"), detail.GetProperty("object").GetProperty("size").GetInt64(), Text(detail.GetProperty("object"), "etag")));
            Assert.Equal(("000000000000", "127.0.0.1", "PutObject"), (Text(detail, "requester"), Text(detail, "source-ip-address"), Text(detail, "reason")));
        }

        Assert.Equal(204, (await SendRawAsync(HttpMethod.Delete, "/loud/in/a%20b")).Status);
        var removed = await ReceiveAsync("q");
        Assert.Equal("Object Deleted", Text(removed, "detail-type"));
        Assert.Equal(("DeleteObject", "Permanently Deleted"), (Text(removed.GetProperty("detail"), "reason"), Text(removed.GetProperty("detail"), "deletion-type")));
        Assert.Equal(["key", "sequencer"], Names(removed.GetProperty("detail").GetProperty("object")));
    }

    [Fact]
    public async Task What_was_not_told_before_the_end_is_told_after_the_next_start()
    {
        await _server.DisposeAsync();
        var folder = Directory.CreateTempSubdirectory("pilotlight-test").FullName;
        try
        {
            _server = await StartAsync(folder);
            await SetUpAsync();
            await AllowAsync();
            Assert.Equal(200, (await ConfigureAsync("s3:ObjectCreated:*")).Status);
            await _server.DisposeAsync();
            // Noted and not told, as a crash leaves it.
            var data = new DataFolder(folder);
            await using (var store = new BucketStore(data, new ObjectFiles(data, NullLogger<ObjectFiles>.Instance), new NotificationSignal(), TimeProvider.System))
            {
                await store.PutAsync(
                    store.Get("loud"), new StoredObject { BucketId = store.Get("loud").Id, Key = "in/late.json", ETag = "e" }, default,
                    new ObjectEvent(ObjectEvent.Put, new ChangeOrigin("r", "h", "127.0.0.1", "AWS:A", "000000000000")));
            }

            _server = await StartAsync(folder);
            Assert.Equal("in/late.json", (await HearAsync()).GetProperty("s3").GetProperty("object").GetProperty("key").GetString());
        }
        finally
        {
            await _server.DisposeAsync();
            Directory.Delete(folder, true);
        }
    }

    /// <summary>With a path that is signed as it stands.</summary>
    Task<(int Status, string Body)> SendRawAsync(HttpMethod method, string path, string body = "") =>
        new S3Requests(_server.Endpoint).SendAsync(method, path, Encoding.UTF8.GetBytes(body));

    static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(static member => member.Name);

    static string PolicyOf(string arn, string action, string service, string source) =>
        $$$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"{{{{service}}}}"},"Action":"{{{{action}}}}","Resource":"{{{{arn}}}}","Condition":{"ArnEquals":{"aws:SourceArn":"{{{{source}}}}"}}}]}""";

    async Task<string> QueueAsync(string name)
    {
        await JsonAsync("sqs", "AmazonSQS.CreateQueue", new { QueueName = name });
        return $"arn:aws:sqs:us-east-1:000000000000:{name}";
    }

    Task OpenQueueAsync(string name, string service, string source) => JsonAsync("sqs", "AmazonSQS.SetQueueAttributes", new
    {
        QueueUrl = $"http://localhost/000000000000/{name}",
        Attributes = new { Policy = PolicyOf($"arn:aws:sqs:us-east-1:000000000000:{name}", "sqs:SendMessage", service, source) },
    });

    /// <summary>The body of the next message, which is deleted.</summary>
    async Task<JsonElement> ReceiveAsync(string queue)
    {
        var url = $"http://localhost/000000000000/{queue}";
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var answer = await JsonAsync("sqs", "AmazonSQS.ReceiveMessage", new { QueueUrl = url, WaitTimeSeconds = 20 });
            if (!answer.TryGetProperty("Messages", out var messages))
                continue;
            await JsonAsync("sqs", "AmazonSQS.DeleteMessage", new { QueueUrl = url, ReceiptHandle = Text(messages[0], "ReceiptHandle") });
            return JsonDocument.Parse(Text(messages[0], "Body")).RootElement;
        }

        throw new TimeoutException($"Nothing came into {queue}.");
    }

    Task<JsonElement> EventsAsync(string operation, object input) => JsonAsync("events", $"AWSEvents.{operation}", input);

    async Task<JsonElement> JsonAsync(string service, string target, object input)
    {
        using var answer = await _server.Client.SendAsync(
            service, HttpMethod.Post, "/", JsonSerializer.SerializeToUtf8Bytes(input), ("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    async Task SnsAsync(string form)
    {
        using var answer = await _server.Client.SendAsync(
            "sns", HttpMethod.Post, "/", Encoding.ASCII.GetBytes($"{form}&Version=2010-03-31"), ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    Task<HttpResponseMessage> CreateFromAsync(string code) => _server.Client.LambdaAsync(
        HttpMethod.Post, "/2015-03-31/functions",
        $$$"""{"FunctionName":"from-bucket","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/worker","Code":{{{code}}}}""");

    async Task AllowAsync()
    {
        using var answer = await _server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/listener/policy",
            """{"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::loud","SourceAccount":"000000000000"}""");
        Assert.Equal(201, (int)answer.StatusCode);
    }

    Task<(int Status, string Body)> ConfigureAsync(params string[] events) => SendAsync(
        HttpMethod.Put, "/loud?notification=",
        $"<NotificationConfiguration><CloudFunctionConfiguration><Id>config-id</Id><CloudFunction>{Arn}</CloudFunction>"
        + string.Concat(events.Select(static name => $"<Event>{name}</Event>"))
        + "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule><FilterRule><Name>SUFFIX</Name><Value>.json</Value></FilterRule></S3Key></Filter>"
        + "</CloudFunctionConfiguration></NotificationConfiguration>");

    async Task<JsonElement> HearAsync() => (await HearWholeAsync()).GetProperty("Records")[0];

    async Task<JsonElement> HearWholeAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        return JsonDocument.Parse(await _heard.Reader.ReadAsync(patience.Token)).RootElement;
    }

    Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string body = "") => SendAsync(method, path, Encoding.UTF8.GetBytes(body));

    async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, byte[] bytes)
    {
        using var answer = await _server.Client.SendAsync(
            "s3", method, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
