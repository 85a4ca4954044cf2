using System.Net;
using System.Text;
using System.Text.Json;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.RuntimeApi;

/// <summary>The Extensions, Telemetry and Logs APIs as code in a sandbox meets them; the extension here is an internal one.</summary>
public sealed class ExtensionsApiTests
{
    const string Register = "/2020-01-01/extension/register";
    const string Next = "/2020-01-01/extension/event/next";
    const string Unknown = "11111111-1111-1111-1111-111111111111";

    [Theory]
    [InlineData("POST", Register, "{}", "", 403, "Extension.InvalidExtensionName", "Empty extension name")]
    [InlineData("POST", Register, "", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat", "unexpected end of JSON input")]
    [InlineData("POST", Register, "{", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat", "invalid character in the JSON input")]
    [InlineData("POST", Register, "[]", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat", "the body is not a JSON object")]
    [InlineData("POST", Register, "{\"events\":\"INVOKE\"}", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat", "events is not a list of strings")]
    [InlineData("POST", Register, "{\"events\":[\"\\ud800\"]}", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat", "invalid character in the JSON input")]
    [InlineData("POST", Register, "{\"configurationKeys\":[\"a\"]}", "Lambda-Extension-Name:x", 403, "InvalidRequestFormat",
        "configurationKeys are deprecated; use environment variables instead")]
    [InlineData("POST", Register, "{\"events\":[\"<b>\"]}", "Lambda-Extension-Name:x", 403, "Extension.InvalidEventType", "<b>: ErrorInvalidEventType")]
    [InlineData("POST", Register, "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}", "Lambda-Extension-Name:x", 403, "Extension.InvalidEventType",
        "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")]
    [InlineData("POST", Register, "{\"events\":[]}", "Lambda-Extension-Name:mine", 403, "Extension.InvalidExtensionState", "Extension with this name already registered")]
    [InlineData("GET", Next, null, "", 403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")]
    [InlineData("GET", Next, null, "Lambda-Extension-Identifier:nonsense", 403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")]
    [InlineData("GET", Next, null, "Lambda-Extension-Identifier:" + Unknown, 403, "Extension.UnknownExtensionIdentifier", "Unknown extension " + Unknown)]
    [InlineData("POST", "/2020-01-01/extension/init/error", "", "Lambda-Extension-Identifier:{id}", 403, "Extension.MissingHeader",
        "Lambda-Extension-Function-Error-Type not found")]
    [InlineData("POST", "/2020-01-01/extension/exit/error", "", "Lambda-Extension-Identifier:" + Unknown + ",Lambda-Extension-Function-Error-Type:a", 403,
        "Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier")]
    [InlineData("PUT", "/2022-07-01/telemetry", "{}", "Lambda-Extension-Identifier:" + Unknown, 403, "Extension.UnknownExtensionIdentifier", "Unknown extension " + Unknown)]
    [InlineData("PUT", "/2022-07-01/telemetry", "{}", "Lambda-Extension-Identifier:{id}", 400, "Telemetry.ValidationError",
        "destination is not provided; types should not be empty")]
    [InlineData("PUT", "/2020-08-15/logs", "{\"destination\":{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox\"}}", "Lambda-Extension-Identifier:{id}", 400,
        "Logs.ValidationError", "URI port is not provided; types should not be empty")]
    [InlineData("PUT", "/2022-07-01/telemetry", "{\"types\":[\"platform\"],\"destination\":{\"protocol\":\"HTTP\",\"URI\":\"http://169.254.169.254:80/\"}}", "Lambda-Extension-Identifier:{id}", 400,
        "Telemetry.ValidationError", "URI host should be sandbox.localdomain")]
    [InlineData("PUT", "/2022-07-01/telemetry",
        "{\"types\":[\"platform\"],\"buffering\":{\"maxItems\":1,\"maxBytes\":1,\"timeoutMs\":1},\"destination\":{\"protocol\":\"TCP\",\"port\":4000}}",
        "Lambda-Extension-Identifier:{id}", 400, "Telemetry.ValidationError",
        "maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; timeoutMs should be between 25 and 30000")]
    [InlineData("PUT", "/2020-08-15/logs", "not json", "Lambda-Extension-Identifier:{id}", 400, "Logs.ValidationError", "the body is not valid JSON")]
    public async Task Refuses_as_AWS_does(string method, string path, string? body, string headers, int status, string type, string message)
    {
        var seen = (Status: 0, Body: "");
        await DuringInitAsync(async process =>
        {
            var id = await RegisterAsync(process, "mine", "[\"INVOKE\"]");
            seen = await SendAsync(process, method, path, body, headers.Replace("{id}", id));
            return id;
        });
        Assert.Equal(status, seen.Status);
        Assert.EndsWith("}\n", seen.Body);
        Assert.DoesNotContain("<", seen.Body);
        using var error = JsonDocument.Parse(seen.Body);
        Assert.Equal((type, message), (error.RootElement.GetProperty("errorType").GetString(), error.RootElement.GetProperty("errorMessage").GetString()));
    }

    [Theory]
    [InlineData("GET", Register, 405)]
    [InlineData("POST", Next, 405)]
    [InlineData("POST", "/2022-07-01/telemetry", 405)]
    [InlineData("GET", "/2020-01-01/extension/other", 404)]
    [InlineData("GET", "/2021-04-23/credentials", 404)]
    public async Task Other_paths_and_methods_are_none(string method, string path, int status)
    {
        (int Status, string Body) seen = default;
        await DuringInitAsync(async process =>
        {
            seen = await SendAsync(process, method, path, null, "");
            return null;
        });
        Assert.Equal(status, seen.Status);
    }

    [Fact]
    public async Task Ten_extensions_are_the_limit_and_a_flood_is_refused()
    {
        List<int> seen = [];
        var last = "";
        await DuringInitAsync(async process =>
        {
            List<string> ids = [];
            for (var i = 0; i < 40; i++)
            {
                var (status, body) = await SendAsync(process, "POST", Register, "{}", $"Lambda-Extension-Name:e{i}");
                seen.Add(status);
                last = body;
            }

            return "gone";
        }, waitForAnswer: false);
        Assert.Equal([.. Enumerable.Repeat(200, 10), .. Enumerable.Repeat(403, 30)], seen[..40]);
        Assert.Equal("{\"errorMessage\":\"Extension limit (10) reached\",\"errorType\":\"Extension.TooManyExtensions\"}\n", last);
    }

    [Fact]
    public async Task A_giant_registration_is_not_read()
    {
        (int Status, string Body) seen = default;
        await DuringInitAsync(async process =>
        {
            seen = await SendAsync(process, "POST", Register, new string(' ', 3_000_000), "Lambda-Extension-Name:giant");
            return null;
        });
        Assert.Equal((413, "{\"errorMessage\":\"Exceeded maximum allowed payload size (65536 bytes).\",\"errorType\":\"RequestEntityTooLarge\"}\n"), seen);
    }

    [Fact]
    public async Task An_internal_extension_gets_every_event_and_then_registration_is_closed()
    {
        string? events = null;
        (int, string) late = default;
        (int, string) lateTelemetry = default;
        var identifier = "";
        var driver = new FakeSandboxDriver(async process =>
        {
            identifier = await RegisterAsync(process, "mine", "[\"INVOKE\"]");
            var waiting = SendAsync(process, "GET", Next, null, $"Lambda-Extension-Identifier:{identifier}");
            return await process.ServeAsync((_, _) =>
            {
                events = waiting.GetAwaiter().GetResult().Body;
                late = SendAsync(process, "POST", Register, "{}", "Lambda-Extension-Name:late").GetAwaiter().GetResult();
                lateTelemetry = SendAsync(process, "PUT", "/2022-07-01/telemetry", "{}", $"Lambda-Extension-Identifier:{identifier}").GetAwaiter().GetResult();
                waiting = SendAsync(process, "GET", Next, null, $"Lambda-Extension-Identifier:{identifier}");
                return "1";
            });
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds: 5);
        using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", "{}");
        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        using var invoke = JsonDocument.Parse(events!);
        Assert.Equal("INVOKE", invoke.RootElement.GetProperty("eventType").GetString());
        Assert.Equal(answer.Headers.GetValues("x-amzn-RequestId").Single(), invoke.RootElement.GetProperty("requestId").GetString());
        Assert.Equal((403, "{\"errorMessage\":\"Extension registration closed already\",\"errorType\":\"Extension.RegistrationClosed\"}\n"), late);
        Assert.Equal((403, "{\"errorMessage\":\"Telemetry API subscription is closed already\",\"errorType\":\"Telemetry.SubscriptionClosed\"}\n"), lateTelemetry);
    }

    [Fact]
    public async Task What_an_extension_may_not_do_in_its_state_is_refused_with_the_states_names()
    {
        List<string> seen = [];
        await DuringInitAsync(async process =>
        {
            var id = await RegisterAsync(process, "mine", "[]");
            // One of the two waits for an event; whichever comes second is refused.
            var asking = new[] { NextAsync(process, id), NextAsync(process, id) };
            seen.Add((await await Task.WhenAny(asking)).Body);
            seen.Add((await SendAsync(process, "POST", "/2020-01-01/extension/init/error", "",
                $"Lambda-Extension-Identifier:{id},Lambda-Extension-Function-Error-Type:Extension.Bad")).Body);
            return null;
        });
        Assert.Contains("State transition from Ready to Ready failed for extension ", seen[0]);
        Assert.Contains("State transition from Ready to InitError failed for extension ", seen[1]);
    }

    [Fact]
    public async Task Without_extensions_there_is_nothing_to_name_one_by()
    {
        (int Status, string Body) seen = default;
        await DuringInitAsync(async process =>
        {
            seen = await SendAsync(process, "GET", Next, null, $"Lambda-Extension-Identifier:{Unknown}");
            return null;
        });
        Assert.Equal(403, seen.Status);
        Assert.Contains("Unknown extension", seen.Body);
    }

    /// <summary>Runs code as the runtime before its first <c>next</c>; an extension that it registered then asks for events too.</summary>
    static async Task DuringInitAsync(Func<FakeProcessContext, Task<string?>> during, bool waitForAnswer = true)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var driver = new FakeSandboxDriver(async process =>
        {
            try
            {
                var id = await during(process);
                if (id is not null && waitForAnswer)
                    _ = ServeExtensionAsync(process, id);
                done.TrySetResult();
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }

            return await process.ServeAsync((_, _) => "1");
        });
        await using var server = await PilotlightServer.StartAsync(
            driver, configure: options => options.Environments.InitLimit = TimeSpan.FromSeconds(waitForAnswer ? 10 : 5));
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds: 3);
        using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", "{}");
        await done.Task;
        if (waitForAnswer)
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
    }

    static async Task ServeExtensionAsync(FakeProcessContext process, string id)
    {
        while ((await SendAsync(process, "GET", Next, null, $"Lambda-Extension-Identifier:{id}")).Status == 200)
        {
        }
    }

    static Task<(int Status, string Body)> NextAsync(FakeProcessContext process, string id) =>
        SendAsync(process, "GET", Next, null, $"Lambda-Extension-Identifier:{id}");

    internal static async Task<string> RegisterAsync(FakeProcessContext process, string name, string events)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Base(process) + Register) { Content = new StringContent($$"""{"events":{{events}}}""") };
        request.Headers.Add("Lambda-Extension-Name", name);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("Lambda-Extension-Identifier").Single();
    }

    internal static async Task<(int Status, string Body)> SendAsync(FakeProcessContext process, string method, string path, string? body, string headers)
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(new HttpMethod(method), Base(process) + path);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var header in headers.Split(',', StringSplitOptions.RemoveEmptyEntries))
            request.Headers.TryAddWithoutValidation(header.Split(':')[0], header.Split(':')[1]);
        using var answer = await client.SendAsync(request, process.Killed);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(process.Killed));
    }

    static string Base(FakeProcessContext process) => $"http://{process.Spec.Environment["AWS_LAMBDA_RUNTIME_API"]}";
}
