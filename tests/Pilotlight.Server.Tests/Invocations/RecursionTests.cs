using System.Net;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Invocations;

public sealed class RecursionTests
{
    const string Invocations = "/2015-03-31/functions/loop/invocations";

    [Fact]
    public async Task A_chain_that_comes_back_too_often_is_stopped_unless_that_is_allowed()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "loop");
        var trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0";
        for (var n = 0; n < 16; n++)
        {
            using var answer = await InvokeAsync(server, trace);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            trace = answer.Headers.GetValues("X-Amzn-Trace-Id").Single();
        }

        using (var stopped = await InvokeAsync(server, trace))
        {
            Assert.Equal((HttpStatusCode.BadRequest, "RecursiveInvocationException"), (stopped.StatusCode, stopped.Headers.GetValues("x-amzn-ErrorType").Single()));
            Assert.StartsWith("{\"Message\":\"Lambda has detected your function being invoked in a recursive loop", await stopped.Content.ReadAsStringAsync());
        }

        using var unaffected = await InvokeAsync(server, "Root=1-5759e988-bd862e3fe1be46a994272794;Sampled=0");
        Assert.Equal(HttpStatusCode.OK, unaffected.StatusCode);
        using var accepted = await InvokeAsync(server, trace, ("X-Amz-Invocation-Type", "Event"));
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);

        using var put = await server.Client.LambdaAsync(HttpMethod.Put, "/2024-08-31/functions/loop/recursion-config", """{"RecursiveLoop":"Allow"}""");
        using var allowed = await InvokeAsync(server, trace);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    static Task<HttpResponseMessage> InvokeAsync(PilotlightServer server, string trace, params (string, string)[] headers) =>
        server.Client.LambdaAsync(HttpMethod.Post, Invocations, "{}", [("X-Amzn-Trace-Id", trace), .. headers]);
}
