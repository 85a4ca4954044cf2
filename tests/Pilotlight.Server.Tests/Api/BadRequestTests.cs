using System.Net;
using System.Text;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Api;

/// <summary>Whatever a client sends, the answer is an AWS error: never a 500, a hang or a stack trace.</summary>
public sealed class BadRequestTests : IAsyncLifetime
{
    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("""{"FunctionName":"\ud800"}""")]
    [InlineData("""{"FunctionName":"\uDFFF","Role":{"a":["\udabc"]}}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"FunctionName":""")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"Timeout":"many"}""")]
    [InlineData("""{"Code":{"ZipFile":"!!"}}""")]
    public async Task Odd_json_is_refused(string body)
    {
        using var answer = await _server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty(answer.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        using var answer = await _server.Client.SendAsync(
            "lambda", HttpMethod.Post, "/2015-03-31/functions", [.. "{\"FunctionName\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_query_service_that_is_not_here_answers_in_xml()
    {
        using var answer = await _server.Client.SendAsync(
            "cloudformation", HttpMethod.Post, "/", Encoding.ASCII.GetBytes("Action=CreateStack&Version=2010-05-15&StackName=s"),
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(
            "<Code>InvalidAction</Code><Message>Could not find operation CreateStack for version 2010-05-15</Message>", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Mutated_requests_never_meet_a_bug()
    {
        var random = new Random(11);
        string[] paths =
        [
            "/2015-03-31/functions", "/2015-03-31/functions/f", "/2015-03-31/functions/f/invocations", "/2015-03-31/functions/f/code",
            "/2015-03-31/functions/f/configuration", "/2015-03-31/functions/f/versions", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
            "/2016-08-19/account-settings", "/", "/2015-03-31/functions/%00%ff", "/2015-03-31/functions/f?Qualifier=%24LATEST&MaxItems=x&Marker=%ff",
        ];
        HttpMethod[] methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete];
        string[] bodies = ["", "{}", "{\"FunctionName\":\"f\",\"Tags\":{\"a\":null},\"Layers\":[[]],\"Environment\":{\"Variables\":7}}", "{\"Code\":[]}", "\u0000", "[[[[", "{\"MemorySize\":1e999}"];
        for (var i = 0; i < 400; i++)
        {
            var body = Encoding.UTF8.GetBytes(bodies[random.Next(bodies.Length)]);
            if (body.Length > 0 && random.Next(2) == 0)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            var path = paths[random.Next(paths.Length)];
            var method = methods[random.Next(methods.Length)];
            using var answer = await _server.Client.SendAsync("lambda", method, path, body);
            Assert.True((int)answer.StatusCode < 500, $"{method} {path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(body)}");
        }
    }
}
