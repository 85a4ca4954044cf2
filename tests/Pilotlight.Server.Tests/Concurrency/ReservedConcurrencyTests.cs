using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Concurrency;
using static Pilotlight.Tests.Concurrency.Rig;

namespace Pilotlight.Tests.Concurrency;

/// <summary>Reserved concurrency: what is stored and shown, what is refused, and what runs.</summary>
public sealed class ReservedConcurrencyTests
{
    const string Put = "/2017-10-31/functions/{0}/concurrency";
    const string Get = "/2019-09-30/functions/{0}/concurrency";
    const string Arn = "arn:aws:lambda:us-east-1:000000000000:function";

    [Fact]
    public async Task Is_put_shown_counted_and_deleted()
    {
        await using var server = await StartAsync(Echo());
        await CreateAsync(server, "some");
        (await SendAsync(server, HttpMethod.Get, string.Format(Get, "some"))).Is(200, "{}");
        Assert.DoesNotContain("Concurrency", (await SendAsync(server, HttpMethod.Get, "/2015-03-31/functions/some")).Body);

        (await ReserveAsync(server, "some", 30)).Is(200, """{"ReservedConcurrentExecutions":30}""");
        (await SendAsync(server, HttpMethod.Get, string.Format(Get, "some"))).Is(200, """{"ReservedConcurrentExecutions":30}""");
        Assert.Contains(
            "\"Concurrency\":{\"ReservedConcurrentExecutions\":30}", (await SendAsync(server, HttpMethod.Get, "/2015-03-31/functions/some")).Body);
        Assert.Equal(70, await UnreservedAsync(server));

        (await SendAsync(server, HttpMethod.Delete, string.Format(Put, "some"))).Is(204, "");
        (await SendAsync(server, HttpMethod.Delete, string.Format(Put, "some"))).Is(204, "");
        (await SendAsync(server, HttpMethod.Get, string.Format(Get, "some"))).Is(200, "{}");
        Assert.Equal(100, await UnreservedAsync(server));
    }

    [Fact]
    public async Task Refusals_are_AWSs_to_the_letter()
    {
        await using var server = await StartAsync(Echo());
        await CreateAsync(server, "some");
        await CreateAsync(server, "other");
        const string qualified = """{"Type":"User","message":"This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."}""";
        foreach (var form in new[] { "some:$LATEST", "some:1", $"{Arn}:some:$LATEST" })
        {
            (await ReserveAsync(server, form, 1)).Is(400, qualified);
            (await SendAsync(server, HttpMethod.Get, string.Format(Get, form))).Is(400, qualified);
            (await SendAsync(server, HttpMethod.Delete, string.Format(Put, form))).Is(400, qualified);
        }

        (await ReserveAsync(server, "nobody", 5000)).Is(404, $$"""{"Message":"Function not found: {{Arn}}:nobody:$LATEST","Type":"User"}""");
        (await SendAsync(server, HttpMethod.Get, string.Format(Get, "nobody"))).Is(404, $$"""{"Message":"Function not found: {{Arn}}:nobody","Type":"User"}""");
        (await SendAsync(server, HttpMethod.Delete, string.Format(Put, "nobody"))).Is(404, $$"""{"Message":"Function not found: {{Arn}}:nobody","Type":"User"}""");
        (await ReserveAsync(server, "some", -1)).Is(400, """{"message":"1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0"}""");
        (await SendAsync(server, HttpMethod.Put, string.Format(Put, "some"), "{}")).Is(400, """{"message":"1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null"}""");

        const string tooMuch = """{"message":"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]."}""";
        (await ReserveAsync(server, "some", 91)).Is(400, tooMuch);
        (await ReserveAsync(server, "some", 90)).Is(200, """{"ReservedConcurrentExecutions":90}""");
        (await ReserveAsync(server, "some", 90)).Is(200, """{"ReservedConcurrentExecutions":90}""");
        (await ReserveAsync(server, "other", 1)).Is(400, tooMuch);
        (await ReserveAsync(server, "other", 0)).Is(200, """{"ReservedConcurrentExecutions":0}""");
    }

    [Fact]
    public async Task Two_functions_cannot_reserve_the_same_units()
    {
        await using var server = await StartAsync(Echo());
        var names = Enumerable.Range(0, 12).Select(i => $"rival-{i}").ToList();
        foreach (var name in names)
            await CreateAsync(server, name);
        var replies = await Task.WhenAll(names.Select(name => ReserveAsync(server, name, 30)));
        Assert.Equal(3, replies.Count(reply => reply.Status == 200));
        Assert.Equal(10, await UnreservedAsync(server));
    }

    [Fact]
    public async Task An_account_below_the_minimum_has_its_own_limit_as_the_minimum()
    {
        await using var server = await StartAsync(Echo(), options => (options.Concurrency.AccountLimit, options.Concurrency.MinimumUnreserved) = (10, 100));
        await CreateAsync(server, "some");
        (await ReserveAsync(server, "some", 1)).Is(
            400, """{"message":"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]."}""");
        (await ReserveAsync(server, "some", 0)).Is(200, """{"ReservedConcurrentExecutions":0}""");
    }

    [Fact]
    public async Task Zero_turns_the_function_off()
    {
        await using var server = await StartAsync(Echo());
        await CreateAsync(server, "off");
        await ReserveAsync(server, "off", 0);
        (await InvokeAsync(server, "off")).IsThrottled(ThrottleReason.Reserved);
        await SendAsync(server, HttpMethod.Delete, string.Format(Put, "off"));
        (await InvokeAsync(server, "off", "1")).Is(200, "1");
    }

    [Fact]
    public async Task A_reservation_survives_a_restart_and_dies_with_its_function()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-concurrency-");
        try
        {
            await using (var server = await StartAsync(Echo(), dataFolder: folder.FullName))
            {
                await CreateAsync(server, "kept");
                await ReserveAsync(server, "kept", 0);
            }

            await using (var server = await StartAsync(Echo(), dataFolder: folder.FullName))
            {
                (await SendAsync(server, HttpMethod.Get, string.Format(Get, "kept"))).Is(200, """{"ReservedConcurrentExecutions":0}""");
                (await InvokeAsync(server, "kept")).IsThrottled(ThrottleReason.Reserved);
                await ReserveAsync(server, "kept", 40);
                Assert.Equal(60, await UnreservedAsync(server));
                await SendAsync(server, HttpMethod.Delete, "/2015-03-31/functions/kept");
                Assert.Equal(100, await UnreservedAsync(server));
                await CreateAsync(server, "kept");
                (await InvokeAsync(server, "kept", "2")).Is(200, "2");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Never_more_than_reserved_run_at_once_and_every_call_is_answered()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate.Driver, options => options.Concurrency.ReservedRequestRate = 0);
        await CreateAsync(server, "five");
        await ReserveAsync(server, "five", 5);
        var calls = Enumerable.Range(0, 200).Select(_ => InvokeAsync(server, "five")).ToList();
        await gate.RunningAsync(5);
        await Until(() => Task.FromResult(calls.Count(call => call.IsCompleted) == 195));
        gate.Open();
        var replies = await Task.WhenAll(calls);
        Assert.Equal(5, replies.Count(reply => reply.Status == 200));
        Assert.All(replies.Where(reply => reply.Status != 200), reply => reply.IsThrottled(ThrottleReason.Reserved));
        Assert.Equal(5, gate.Most);
        Assert.Equal(5, gate.Driver.Sandboxes.Count);
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics"));
        Assert.Contains("pilotlight_throttles_total{reason=\"ReservedFunctionConcurrentInvocationLimitExceeded\"} 195\n", metrics);
        Assert.Contains("pilotlight_invocations_total 5\n", metrics);

        // Every slot came back: all five are there again.
        await Until(async () => (await http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics"))).Contains("pilotlight_concurrent_executions 0\n"));
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => InvokeAsync(server, "five"))), reply => Assert.Equal(200, reply.Status));
    }

    [Fact]
    public async Task Who_calls_again_as_soon_as_he_is_answered_is_not_throttled()
    {
        await using var server = await StartAsync(Echo(), options => options.Concurrency.ReservedRequestRate = 0);
        await CreateAsync(server, "single");
        await ReserveAsync(server, "single", 1);
        for (var i = 0; i < 300; i++)
            Assert.Equal(200, (await InvokeAsync(server, "single")).Status);
    }

    [Fact]
    public async Task What_is_reserved_is_taken_from_the_others()
    {
        var gate = new Gate();
        await using var server = await StartAsync(
            gate.Driver, options => (options.Concurrency.AccountLimit, options.Concurrency.MinimumUnreserved) = (4, 1));
        await CreateAsync(server, "reserved");
        await CreateAsync(server, "free");
        await ReserveAsync(server, "reserved", 3);
        var running = new List<Task<Reply>> { InvokeAsync(server, "free") };
        await gate.RunningAsync(1);
        (await InvokeAsync(server, "free")).IsThrottled(ThrottleReason.Account);
        running.AddRange(Enumerable.Range(0, 3).Select(_ => InvokeAsync(server, "reserved")));
        await gate.RunningAsync(4);
        (await InvokeAsync(server, "reserved")).IsThrottled(ThrottleReason.Reserved);
        gate.Open();
        Assert.All(await Task.WhenAll(running), reply => Assert.Equal(200, reply.Status));
    }

    [Fact]
    public async Task A_reservation_allows_ten_requests_a_second_for_each_of_its_units()
    {
        await using var server = await StartAsync(Echo(), options => options.Concurrency.ReservedRequestRate = 1, services: services =>
            services.AddSingleton<TimeProvider>(new FrozenTime()));
        await CreateAsync(server, "slow");
        await ReserveAsync(server, "slow", 3);
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await InvokeAsync(server, "slow")).Status);
        (await InvokeAsync(server, "slow")).IsThrottled(ThrottleReason.ReservedRate);
    }

    [Fact]
    public async Task A_function_starts_no_more_environments_than_the_scaling_rate_lets_it()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate.Driver, options => options.Concurrency.ScalingRate = 2, services: services =>
            services.AddSingleton<TimeProvider>(new FrozenTime()));
        await CreateAsync(server, "burst");
        await CreateAsync(server, "neighbour");
        var running = new List<Task<Reply>> { InvokeAsync(server, "burst"), InvokeAsync(server, "burst") };
        await gate.RunningAsync(2);
        (await InvokeAsync(server, "burst")).IsThrottled(ThrottleReason.FunctionRate);
        running.Add(InvokeAsync(server, "neighbour"));
        await gate.RunningAsync(3);
        gate.Open();
        Assert.All(await Task.WhenAll(running), reply => Assert.Equal(200, reply.Status));

        // The environments that exist are used again, whatever the rate.
        for (var i = 0; i < 5; i++)
            Assert.Equal(200, (await InvokeAsync(server, "burst")).Status);
    }

    [Fact]
    public async Task An_event_is_accepted_whatever_is_reserved_and_runs_when_there_is_room()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate.Driver);
        await CreateAsync(server, "queued");
        await ReserveAsync(server, "queued", 1);
        var first = InvokeAsync(server, "queued");
        await gate.RunningAsync(1);
        using (var accepted = await server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/queued/invocations", "{}", ("X-Amz-Invocation-Type", "Event")))
            Assert.Equal(202, (int)accepted.StatusCode);
        gate.Open();
        Assert.Equal(200, (await first).Status);
        using var http = new HttpClient();
        await Until(async () => (await http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics"))).Contains("pilotlight_invocations_total 2\n"));
    }

    /// <summary>Timers run, the clock stands: rates never refill.</summary>
    sealed class FrozenTime : TimeProvider
    {
        readonly long _now = System.GetTimestamp();

        public override long GetTimestamp() => _now;
    }
}
