using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Functions;

namespace Pilotlight.Tests.Audit;

/// <summary>The audit log through the whole platform: what is recorded, what is left out, and how it is found again.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    const string Functions = "/2015-03-31/functions";

    PilotlightServer _server = null!;

    static FakeSandboxDriver Driver => new(async context => await context.ServeAsync((_, body) => body));

    public async ValueTask InitializeAsync() => _server = await PilotlightServer.StartAsync(Driver);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task<JsonElement> LookupAsync(string body, int status = 200, PilotlightServer? server = null)
    {
        using var answer = await (server ?? _server).Client.SendAsync("cloudtrail", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body),
            ("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"), ("Content-Type", "application/x-amz-json-1.1"));
        Assert.Equal(status, (int)answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    async Task<List<JsonElement>> EventsAsync(string attribute, string value) =>
        [.. (await LookupAsync($$"""{"LookupAttributes":[{"AttributeKey":"{{attribute}}","AttributeValue":"{{value}}"}]}""")).GetProperty("Events").EnumerateArray()];

    static JsonElement Record(JsonElement found) => JsonDocument.Parse(found.GetProperty("CloudTrailEvent").GetString()!).RootElement;

    static JsonObject Create(string name) => new()
    {
        ["FunctionName"] = name,
        ["Runtime"] = "python3.13",
        ["Handler"] = "app.handler",
        ["Role"] = "arn:aws:iam::000000000000:role/worker",
        ["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["PASSWORD"] = "hunter2" } },
        ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("app.py", "secret code"))) },
    };

    [Fact]
    public async Task Records_a_call_as_CloudTrail_does_and_nothing_secret()
    {
        using var created = await _server.Client.LambdaAsync(HttpMethod.Post, Functions, Create("audited").ToJsonString(), ("User-Agent", "tests/1"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);

        var found = Assert.Single(await EventsAsync("EventName", "CreateFunction20150331"));
        Assert.Equal(("lambda.amazonaws.com", "root", "test", "false"), (
            found.GetProperty("EventSource").GetString(), found.GetProperty("Username").GetString(), found.GetProperty("AccessKeyId").GetString(),
            found.GetProperty("ReadOnly").GetString()));
        Assert.Equal(
            ["audited", "arn:aws:lambda:us-east-1:000000000000:function:audited"],
            found.GetProperty("Resources").EnumerateArray().Select(resource => resource.GetProperty("ResourceName").GetString()!));
        var record = Record(found);
        Assert.Equal(
            [
                "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
                "requestParameters", "responseElements", "requestID", "eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId",
                "eventCategory",
            ],
            record.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Root", record.GetProperty("userIdentity").GetProperty("type").GetString());
        Assert.Equal("arn:aws:iam::000000000000:root", record.GetProperty("userIdentity").GetProperty("arn").GetString());
        Assert.Equal("127.0.0.1", record.GetProperty("sourceIPAddress").GetString());
        Assert.Equal("tests/1", record.GetProperty("userAgent").GetString());
        Assert.Equal(created.Headers.GetValues("x-amzn-RequestId").Single(), record.GetProperty("requestID").GetString());
        Assert.Equal("audited", record.GetProperty("requestParameters").GetProperty("functionName").GetString());
        Assert.Empty(record.GetProperty("requestParameters").GetProperty("code").EnumerateObject());
        Assert.Empty(record.GetProperty("responseElements").GetProperty("environment").EnumerateObject());
        Assert.Equal("audited", record.GetProperty("responseElements").GetProperty("functionName").GetString());
        Assert.DoesNotContain("hunter2", record.GetRawText());
        Assert.DoesNotContain("PASSWORD", record.GetRawText());
    }

    [Fact]
    public async Task Records_refusals_with_their_code_and_text()
    {
        using var missing = await _server.Client.LambdaAsync(HttpMethod.Get, $"{Functions}/nobody");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using var invalid = await _server.Client.LambdaAsync(HttpMethod.Post, Functions, "{}");
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        using var noJson = await _server.Client.LambdaAsync(HttpMethod.Post, Functions, "{\"FunctionName\":");
        Assert.Equal(HttpStatusCode.BadRequest, noJson.StatusCode);

        var record = Record(Assert.Single(await EventsAsync("ResourceName", "nobody")));
        Assert.Equal("GetFunction20150331v2", record.GetProperty("eventName").GetString());
        Assert.Equal("ResourceNotFoundException", record.GetProperty("errorCode").GetString());
        Assert.Equal(
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody", record.GetProperty("errorMessage").GetString());
        Assert.Equal(JsonValueKind.Null, record.GetProperty("responseElements").ValueKind);
        Assert.Equal(
            ["SerializationException", "ValidationException"],
            (await EventsAsync("EventName", "CreateFunction20150331")).Select(found => Record(found).GetProperty("errorCode").GetString()!));
    }

    [Fact]
    public async Task Leaves_out_data_events_and_strangers()
    {
        using var invoked = await _server.Client.LambdaAsync(HttpMethod.Post, $"{Functions}/nobody/invocations", "{\"card\":4111}");
        Assert.Equal(HttpStatusCode.NotFound, invoked.StatusCode);
        using var forged = await new SignedClient(_server.Endpoint, "test", "wrong").LambdaAsync(HttpMethod.Get, $"{Functions}/nobody");
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        Assert.Empty((await LookupAsync("{}")).GetProperty("Events").EnumerateArray());
        // The lookup itself is one more call.
        Assert.Equal("LookupEvents", Assert.Single((await LookupAsync("{}")).GetProperty("Events").EnumerateArray()).GetProperty("EventName").GetString());
    }

    [Fact]
    public async Task Query_calls_are_recorded_as_JSON()
    {
        using var answer = await _server.Client.SendAsync(
            "sts", HttpMethod.Post, "/", "Action=GetCallerIdentity&Version=2011-06-15&A.member.1.Key=x&A.member.2.Key=y"u8.ToArray(),
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var record = Record(Assert.Single(await EventsAsync("EventSource", "sts.amazonaws.com")));
        Assert.Equal("""{"a":[{"key":"x"},{"key":"y"}]}""", record.GetProperty("requestParameters").GetRawText());
        Assert.True(record.GetProperty("readOnly").GetBoolean());
    }

    [Fact]
    public async Task Pages_newest_first_and_by_time()
    {
        for (var i = 0; i < 5; i++)
        {
            using var answer = await _server.Client.LambdaAsync(HttpMethod.Get, $"{Functions}/f{i}");
        }

        const string filter = "\"LookupAttributes\":[{\"AttributeKey\":\"EventName\",\"AttributeValue\":\"GetFunction20150331v2\"}]";
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await LookupAsync($$"""{{{filter}},"MaxResults":2{{(token is null ? "" : $",\"NextToken\":\"{token}\"")}}}""");
            names.AddRange(page.GetProperty("Events").EnumerateArray().Select(found =>
                Record(found).GetProperty("requestParameters").GetProperty("functionName").GetString()!));
            token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        Assert.Equal(["f4", "f3", "f2", "f1", "f0"], names);
        Assert.Empty((await LookupAsync($$"""{{{filter}},"EndTime":1000000000}""")).GetProperty("Events").EnumerateArray());
        Assert.Equal(5, (await LookupAsync($$"""{{{filter}},"StartTime":1000000000.5}""")).GetProperty("Events").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"MaxResults":51}""", "InvalidMaxResultsException")]
    [InlineData("""{"MaxResults":0}""", "InvalidMaxResultsException")]
    [InlineData("""{"StartTime":2,"EndTime":1}""", "InvalidTimeRangeException")]
    [InlineData("""{"LookupAttributes":[{"AttributeKey":"Nonsense","AttributeValue":"x"}]}""", "InvalidLookupAttributesException")]
    [InlineData("""{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"x"}]}""", "InvalidLookupAttributesException")]
    [InlineData("""{"LookupAttributes":[{"AttributeKey":"EventId"}]}""", "InvalidLookupAttributesException")]
    [InlineData("""{"NextToken":"€"}""", "InvalidNextTokenException")]
    [InlineData("""{"NextToken":"AAAA"}""", "InvalidNextTokenException")]
    [InlineData("""{"EventCategory":"x"}""", "InvalidEventCategoryException")]
    [InlineData("""{"StartTime":"soon"}""", "SerializationException")]
    public async Task Refuses_what_is_no_lookup(string body, string code) =>
        Assert.Equal(code, (await LookupAsync(body, 400)).GetProperty("__type").GetString());

    [Fact]
    public async Task Survives_a_restart_and_can_be_turned_off()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-audit-").FullName;
        try
        {
            await using (var first = await PilotlightServer.StartAsync(Driver, dataFolder: folder))
            {
                using var answer = await first.Client.LambdaAsync(HttpMethod.Get, $"{Functions}/kept");
            }

            await using (var second = await PilotlightServer.StartAsync(Driver, dataFolder: folder, configure: options => options.Audit.Enabled = false))
                Assert.Equal(1, (await LookupAsync("{}", server: second)).GetProperty("Events").GetArrayLength());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
