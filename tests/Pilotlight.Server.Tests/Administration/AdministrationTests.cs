using System.Net;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Administration;

public sealed class AdministrationTests
{
    static readonly HttpClient s_http = new();

    [Fact]
    public async Task Health_metrics_and_environments_are_served_unsigned()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        await EnvironmentLifecycleTests.CreateAsync(server, "seen");
        using var _ = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/seen/invocations", "1");

        Assert.Contains("\"status\":\"ready\"", await s_http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/health")));
        Assert.Contains("pilotlight_invocations_total 1\n", await s_http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics")));
        Assert.Contains("\"function\":\"seen\"", await s_http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/environments")));
    }

    [Fact]
    public async Task Cold_starts_are_shown_by_phase_and_invocations_by_duration()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        await EnvironmentLifecycleTests.CreateAsync(server, "measured");
        for (var i = 0; i < 3; i++)
        {
            using var _ = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/measured/invocations", "1");
        }

        var text = "";
        await EnvironmentLifecycleTests.Until(async () =>
            (text = await s_http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics"))).Contains("pilotlight_duration_seconds_count{runtime=\"provided.al2023\"} 3\n"));
        foreach (var phase in new[] { "wait", "sandbox", "runtime", "init" })
            Assert.Contains($"pilotlight_cold_start_phase_seconds_count{{phase=\"{phase}\",runtime=\"provided.al2023\",prepared=\"nothing\"}} ", text);
        Assert.Contains("pilotlight_cold_start_phase_seconds_count{phase=\"first_invoke\",runtime=\"provided.al2023\",prepared=\"\"} ", text);
        Assert.Contains("pilotlight_cold_start_seconds_bucket{runtime=\"provided.al2023\",prepared=\"nothing\",le=\"+Inf\"} ", text);
        // One name, one declaration: a parser refuses the whole text otherwise.
        var names = text.Split('\n').Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[2]).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Reset_empties_everything()
    {
        var driver = Echo();
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "gone");
        using var _ = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/gone/invocations", "1");

        using var reset = await s_http.PostAsync(new Uri(server.Endpoint, "/_pilotlight/reset"), null);

        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
        using var got = await server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/gone");
        Assert.Equal(HttpStatusCode.NotFound, got.StatusCode);
        Assert.All(driver.Sandboxes, sandbox => Assert.True(sandbox.IsDisposed));
        // Roles went with the rest.
        await ExecutionRole.MakeAsync(server.Client, "r");
        await EnvironmentLifecycleTests.CreateAsync(server, "gone");
    }

    [Fact]
    public async Task A_web_page_cannot_reset()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Endpoint, "/_pilotlight/reset"));
        request.Headers.Add("Origin", "https://evil.example");
        using var answer = await s_http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("/_pilotlight/health")]
    [InlineData("/_pilotlight/environments")]
    [InlineData("/_pilotlight/metrics")]
    public async Task The_operators_paths_do_not_exist_inside_a_sandbox(string path)
    {
        HttpStatusCode status = default;
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) =>
        {
            using var inside = s_http.Send(new HttpRequestMessage(HttpMethod.Get, process.Spec.Environment["AWS_ENDPOINT_URL"] + path));
            status = inside.StatusCode;
            return payload;
        }));
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "curious");
        using var _ = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/curious/invocations", "1");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    static FakeSandboxDriver Echo() => new(process => process.ServeAsync((_, payload) => payload));
}
