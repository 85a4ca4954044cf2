using System.Text;
using System.Text.Json;
using System.Threading.Channels;
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
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) =>
        {
            _heard.Writer.TryWrite(payload);
            return "null";
        })));
        var zip = Convert.ToBase64String(Zips.Of(("app.py", "")));
        using var made = await _server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions",
            $$$"""{"FunctionName":"listener","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/worker","Code":{"ZipFile":"{{{zip}}}"}}""");
        Assert.Equal(201, (int)made.StatusCode);
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

    async Task<JsonElement> HearAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        return JsonDocument.Parse(await _heard.Reader.ReadAsync(patience.Token)).RootElement.GetProperty("Records")[0];
    }

    Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string body = "") => SendAsync(method, path, Encoding.UTF8.GetBytes(body));

    async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, byte[] bytes)
    {
        using var answer = await _server.Client.SendAsync(
            "s3", method, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
