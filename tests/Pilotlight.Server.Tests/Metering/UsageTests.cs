using System.Net;
using System.Text.Json;
using Pilotlight.Metering;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using static Pilotlight.Tests.Environments.EnvironmentLifecycleTests;

namespace Pilotlight.Tests.Metering;

/// <summary>The account of use, over the whole server; only the sandbox is a stand-in.</summary>
public sealed class UsageTests
{
    static FakeSandboxDriver Echo() => new(process => process.ServeAsync((_, payload) => payload));

    [Fact]
    public async Task Every_invocation_is_in_the_account_of_its_version()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        await CreateAsync(server, "echo");
        for (var i = 0; i < 3; i++)
            (await InvokeAsync(server, "echo", "1")).EnsureSuccessStatusCode();

        var line = await LineAsync(server, "echo", requests: 3);
        Assert.Equal(("$LATEST", 0L), (line.GetProperty("version").GetString(), line.GetProperty("errors").GetInt64()));
        var billed = line.GetProperty("billedSeconds").GetDouble();
        Assert.True(billed >= 0.003, "each invocation is billed a millisecond at least");
        Assert.Equal(billed / 8, line.GetProperty("onDemandGigabyteSeconds").GetDouble(), 9);
        Assert.Equal(3 / 1e6 * 0.2 + billed / 8 * 0.0000166667, line.GetProperty("cost").GetDouble(), 12);
    }

    [Fact]
    public async Task What_a_function_reports_as_failed_and_how_it_ends_are_errors()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(static async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
                switch (await next.Content.ReadAsStringAsync())
                {
                    case "1":
                        (await process.FailAsync(id, "{}")).Dispose();
                        break;
                    case "2":
                        return new ExitStatus(1, 0);
                    default:
                        (await process.RespondAsync(id, "0")).Dispose();
                        break;
                }
            }
        }));
        await CreateAsync(server, "echo");
        long[] errors = [0, 1, 2, 2];
        foreach (var (n, payload) in new[] { "0", "1", "2", "0" }.Index())
        {
            (await InvokeAsync(server, "echo", payload)).EnsureSuccessStatusCode();
            Assert.Equal(errors[n], (await LineAsync(server, "echo", requests: n + 1)).GetProperty("errors").GetInt64());
        }
    }

    [Fact]
    public async Task The_account_survives_a_restart()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-usage-{Guid.NewGuid():n}");
        try
        {
            await using (var server = await PilotlightServer.StartAsync(Echo(), dataFolder: folder))
            {
                await CreateAsync(server, "echo");
                (await InvokeAsync(server, "echo", "1")).EnsureSuccessStatusCode();
                await LineAsync(server, "echo", requests: 1);
            }

            await using var again = await PilotlightServer.StartAsync(Echo(), dataFolder: folder);
            (await InvokeAsync(again, "echo", "1")).EnsureSuccessStatusCode();
            await LineAsync(again, "echo", requests: 2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Days_outside_of_what_was_asked_for_are_left_out()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        await CreateAsync(server, "echo");
        (await InvokeAsync(server, "echo", "1")).EnsureSuccessStatusCode();
        await LineAsync(server, "echo", requests: 1);
        Assert.Empty((await UsageAsync(server, "?since=2001-01-01&until=2001-12-31")).GetProperty("functions").EnumerateArray());
    }

    [Theory]
    [InlineData("?since=yesterday")]
    [InlineData("?until=2026-13-01")]
    [InlineData("?since=%00")]
    public async Task What_is_no_day_is_refused(string query)
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(new Uri(server.Endpoint, "/_pilotlight/usage" + query))).StatusCode);
    }

    [Fact]
    public async Task A_reset_empties_the_account()
    {
        await using var server = await PilotlightServer.StartAsync(Echo());
        await CreateAsync(server, "echo");
        (await InvokeAsync(server, "echo", "1")).EnsureSuccessStatusCode();
        await LineAsync(server, "echo", requests: 1);
        using var http = new HttpClient();
        (await http.PostAsync(new Uri(server.Endpoint, "/_pilotlight/reset"), null)).EnsureSuccessStatusCode();
        Assert.Empty((await UsageAsync(server)).GetProperty("functions").EnumerateArray());
    }

    [Fact]
    public void The_list_of_AWS_is_what_a_month_costs_there()
    {
        // A million invocations of 100 ms with 512 MB of memory, and as much of /tmp above what is free: 50,000 GB-s of each.
        var used = new UsageAmounts
        {
            Requests = 1_000_000,
            OnDemandMegabyteMilliseconds = 1_000_000L * 100 * 512,
            StorageMegabyteMilliseconds = 1_000_000L * 100 * 512,
        };
        var prices = PriceList.Open(new MeteringOptions());
        Assert.Equal(0.20 + 50_000 * 0.0000166667 + 50_000 * 0.0000000309, prices.CostOf("x86_64", used), 9);
        Assert.Equal(0.20 + 50_000 * 0.0000133334 + 50_000 * 0.0000000309, prices.CostOf("arm64", used), 9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"Currency\":\"EUR\"}")]
    [InlineData("no json")]
    public void A_file_that_is_no_list_of_prices_is_refused_in_plain_words(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var refused = Assert.Throws<InvalidOperationException>(() => PriceList.Open(new MeteringOptions { Prices = file }));
            Assert.Contains("Metering:Prices", refused.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    static async Task<JsonElement> UsageAsync(PilotlightServer server, string query = "")
    {
        using var http = new HttpClient();
        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/usage" + query)));
        return document.RootElement.Clone();
    }

    /// <summary>The answer of an invocation comes before its REPORT, so the account is a moment behind.</summary>
    static async Task<JsonElement> LineAsync(PilotlightServer server, string function, int requests)
    {
        JsonElement found = default;
        await Until(async () =>
        {
            found = (await UsageAsync(server)).GetProperty("functions").EnumerateArray()
                .FirstOrDefault(line => line.GetProperty("function").GetString() == function);
            return found.ValueKind == JsonValueKind.Object && found.GetProperty("requests").GetInt64() == requests;
        });
        return found;
    }
}
