using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Identities;
using Pilotlight.Targets;

namespace Pilotlight.Tests.EventBuses;

public sealed class ScheduleTests
{
    const string Role = "arn:aws:iam::000000000000:role/schedules";

    [Fact]
    public async Task A_rule_with_a_rate_sends_a_scheduled_event()
    {
        await using var bus = await BusFixture.StartAsync(time: null);
        await bus.EventsAsync("PutRule", """{"Name":"tick","ScheduleExpression":"rate(1 minute)"}""");
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"tick","Targets":[{"Id":"1","Arn":"{{Probe.Arn("a")}}"}]}""");
        var launcher = bus.Server.Platform.Services.GetRequiredService<Pilotlight.EventBuses.ScheduleLauncher>();
        var timed = launcher.Find("arn:aws:events:us-east-1:000000000000:rule/tick")!;
        var now = DateTimeOffset.UtcNow;

        var due = timed.DueAfter(now)!;
        await launcher.LaunchAsync(timed, due);
        var got = await bus.Probe.NextJsonAsync();

        Assert.InRange(due.Scheduled - now, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        Assert.Equal(
            ("aws.events", "Scheduled Event", "arn:aws:events:us-east-1:000000000000:rule/tick", "{}"),
            (got.GetProperty("source").GetString(), got.GetProperty("detail-type").GetString(), got.GetProperty("resources")[0].GetString(), got.GetProperty("detail").GetRawText()));
        await bus.EventsAsync("DisableRule", """{"Name":"tick"}""");
        Assert.Null(launcher.Find("arn:aws:events:us-east-1:000000000000:rule/tick")!.DueAfter(now));
    }

    [Fact]
    public async Task A_schedule_of_one_time_fires_once_with_its_keywords_filled_in_and_goes()
    {
        await using var bus = await StartAsync();
        var at = DateTimeOffset.UtcNow.AddSeconds(2).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        var (status, made) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/once", Body($"at({at})",
            """{\"arn\":\"<aws.scheduler.schedule-arn>\",\"at\":\"<aws.scheduler.scheduled-time>\",\"n\":\"<aws.scheduler.attempt-number>\",\"id\":\"<aws.scheduler.execution-id>\"}""", ""","ActionAfterCompletion":"DELETE" """));
        Assert.True(status == HttpStatusCode.OK, made.GetRawText());

        var delivery = await bus.Probe.NextAsync();
        var got = JsonDocument.Parse(delivery.Payload).RootElement;

        Assert.Equal("arn:aws:scheduler:us-east-1:000000000000:schedule/default/once", got.GetProperty("arn").GetString());
        Assert.Equal((at + "Z", "1"), (got.GetProperty("at").GetString(), got.GetProperty("n").GetString()));
        Assert.True(Guid.TryParse(got.GetProperty("id").GetString(), out _));
        var worn = Assert.IsType<Sender.Role>(delivery.Sender).Worn;
        Assert.Equal((Role, "scheduler.amazonaws.com", "arn:aws:scheduler:us-east-1:000000000000:schedule-group/default"), (worn.RoleArn, worn.Service, worn.SourceArn));
        for (var gone = HttpStatusCode.OK; gone != HttpStatusCode.NotFound; await Task.Yield())
            (gone, _) = await bus.SchedulerAsync(HttpMethod.Get, "/schedules/once");
    }

    [Fact]
    public async Task A_rate_comes_at_once_and_without_input_as_a_notification()
    {
        await using var bus = await StartAsync();

        await bus.SchedulerAsync(HttpMethod.Post, "/schedules/often", Body("rate(5 minutes)"));
        var got = await bus.Probe.NextJsonAsync();

        Assert.Equal(("aws.scheduler", "Scheduled Event", "{}"), (got.GetProperty("source").GetString(), got.GetProperty("detail-type").GetString(), got.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(10, false)]
    public async Task A_schedule_that_was_due_while_the_platform_was_down_is_made_up_for_within_its_age(int minutesLater, bool fires)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            var at = DateTimeOffset.UtcNow.AddMinutes(2);
            await using (var bus = await StartAsync(folder))
            {
                var (status, answer) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/once", Body(
                    $"at({at.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)})", "{}", "", ""","RetryPolicy":{"MaximumEventAgeInSeconds":300}"""));
                Assert.True(status == HttpStatusCode.OK, answer.GetRawText());
            }

            await using var later = await BusFixture.StartAsync(folder, time: new LaterTime(TimeSpan.FromMinutes(minutesLater)));
            if (fires)
                await later.Probe.NextAsync();
            else
                await UntilAsync(later, "pilotlight_bus_failed_invocations_total 1");
            Assert.False(later.Probe.HasMore);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(80, true)]
    [InlineData(300, false)]
    public async Task A_rule_that_was_due_while_the_platform_was_down_fires_when_it_is_not_long_ago(int secondsLater, bool fires)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            await using (var bus = await BusFixture.StartAsync(folder))
            {
                // Once, in the minute after the next.
                var at = DateTimeOffset.UtcNow.AddSeconds(60);
                await bus.EventsAsync("PutRule", $$"""{"Name":"tick","ScheduleExpression":"cron({{at.Minute}} {{at.Hour}} {{at.Day}} {{at.Month}} ? {{at.Year}})"}""");
                await bus.EventsAsync("PutTargets", $$"""{"Rule":"tick","Targets":[{"Id":"1","Arn":"{{Probe.Arn("a")}}"}]}""");
            }

            await using var later = await BusFixture.StartAsync(folder, time: new LaterTime(TimeSpan.FromSeconds(secondsLater)), options: options => options.MissedRuleTolerance = TimeSpan.FromSeconds(150));
            if (fires)
                await later.Probe.NextAsync();
            else
                await UntilForgottenAsync(later, "arn:aws:events:us-east-1:000000000000:rule/tick");
            Assert.False(later.Probe.HasMore);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Schedules_and_groups_are_made_shown_changed_and_deleted()
    {
        await using var bus = await StartAsync();
        await bus.SchedulerAsync(HttpMethod.Post, "/schedule-groups/nightly", """{"Tags":[{"Key":"a","Value":"1"}]}""");
        await bus.SchedulerAsync(HttpMethod.Post, "/schedules/s", Body("cron(0 3 * * ? *)", "{}", ""","GroupName":"nightly","ScheduleExpressionTimezone":"Europe/Berlin","State":"DISABLED" """));

        var (_, shown) = await bus.SchedulerAsync(HttpMethod.Get, "/schedules/s?groupName=nightly");
        var (conflict, again) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/s", Body("rate(1 day)", "{}", ""","GroupName":"nightly" """));
        var (_, listed) = await bus.SchedulerAsync(HttpMethod.Get, "/schedules?ScheduleGroup=nightly&MaxResults=10");
        var (_, tags) = await bus.SchedulerAsync(HttpMethod.Get, "/tags/" + Uri.EscapeDataString("arn:aws:scheduler:us-east-1:000000000000:schedule-group/nightly"));
        var (updated, _) = await bus.SchedulerAsync(HttpMethod.Put, "/schedules/s", Body("cron(0 4 * * ? *)", "{}", ""","GroupName":"nightly" """));
        var (_, changed) = await bus.SchedulerAsync(HttpMethod.Get, "/schedules/s?groupName=nightly");

        Assert.Equal(("DISABLED", "Europe/Berlin", "OFF"), (shown.GetProperty("State").GetString(), shown.GetProperty("ScheduleExpressionTimezone").GetString(), shown.GetProperty("FlexibleTimeWindow").GetProperty("Mode").GetString()));
        Assert.Equal(185, shown.GetProperty("Target").GetProperty("RetryPolicy").GetProperty("MaximumRetryAttempts").GetInt32());
        Assert.Equal((HttpStatusCode.Conflict, "Schedule s already exists."), (conflict, again.GetProperty("message").GetString()));
        Assert.Equal(["s"], listed.GetProperty("Schedules").EnumerateArray().Select(schedule => schedule.GetProperty("Name").GetString()));
        Assert.Equal("""{"Tags":[{"Key":"a","Value":"1"}]}""", tags.GetRawText());
        Assert.Equal(HttpStatusCode.OK, updated);
        Assert.Equal(("cron(0 4 * * ? *)", "UTC", "ENABLED"), (changed.GetProperty("ScheduleExpression").GetString(), changed.GetProperty("ScheduleExpressionTimezone").GetString(), changed.GetProperty("State").GetString()));
        await bus.SchedulerAsync(HttpMethod.Delete, "/schedule-groups/nightly");
        var (gone, text) = await bus.SchedulerAsync(HttpMethod.Get, "/schedules/s?groupName=nightly");
        Assert.Equal((HttpStatusCode.NotFound, "Schedule s does not exist."), (gone, text.GetProperty("Message").GetString()));
    }

    [Theory]
    [InlineData("cron(0 1 * * * *)", "", "Invalid Schedule Expression cron(0 1 * * * *).")]
    [InlineData("rate(10 minutess)", "", "Invalid Schedule Expression rate(10 minutess).")]
    [InlineData("at(2021-12-31T23:59:59Z)", "", "Invalid Schedule Expression at(2021-12-31T23:59:59Z).")]
    [InlineData("rate(1 hour)", ""","ScheduleExpressionTimezone":"Mars/Base" """, "Invalid Schedule Expression Timezone Mars/Base.")]
    public async Task What_is_wrong_with_a_schedule_is_said(string expression, string more, string message)
    {
        await using var bus = await StartAsync();

        var (status, answer) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/s", Body(expression, "{}", more));

        Assert.Equal((HttpStatusCode.BadRequest, message), (status, answer.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task A_role_that_Scheduler_may_not_wear_is_refused()
    {
        await using var bus = await BusFixture.StartAsync();

        var (status, answer) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/s", Body("rate(1 hour)").Replace("role/schedules", "role/lambda-role"));

        Assert.Equal((HttpStatusCode.BadRequest, "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."), (status, answer.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task An_operation_of_a_service_may_be_the_target()
    {
        await using var bus = await StartAsync();
        await bus.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"mine\"]}"}""");
        await bus.EventsAsync("PutTargets", $$"""{"Rule":"r","Targets":[{"Id":"1","Arn":"{{Probe.Arn("a")}}"}]}""");
        var body = Body("rate(5 minutes)", """{\"Entries\":[{\"Source\":\"mine\",\"DetailType\":\"t\",\"Detail\":\"{\\\"x\\\":1}\"}]}""").Replace(Probe.Arn("a"), "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents");
        var (status, answer) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/s", body);
        Assert.True(status == HttpStatusCode.OK, answer.GetRawText());

        Assert.Equal(1, (await bus.Probe.NextJsonAsync()).GetProperty("detail").GetProperty("x").GetInt32());

        var (refused, why) = await bus.SchedulerAsync(HttpMethod.Post, "/schedules/t", Body("rate(5 minutes)").Replace(Probe.Arn("a"), "arn:aws:scheduler:::aws-sdk:ec2:stopInstances"));
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.StartsWith("The operation ec2:stopInstances cannot be a target on this platform.", why.GetProperty("message").GetString());
    }

    [Fact]
    public void A_window_delays_and_dates_bound_what_repeats()
    {
        var start = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        var schedule = new Pilotlight.EventBuses.Schedule
        {
            AccountId = "000000000000",
            Region = "us-east-1",
            Group = "default",
            Name = "s",
            Expression = "rate(1 hour)",
            StartDate = start,
            EndDate = start.AddHours(2),
            WindowMinutes = 10,
            Target = new Pilotlight.EventBuses.ScheduleTarget { Arn = Probe.Arn("a"), RoleArn = Role },
        };
        var timer = new Pilotlight.EventBuses.ScheduleTimer(schedule);

        var first = timer.DueAfter(start.AddDays(-3))!;
        Assert.Equal(start, first.Scheduled);
        Assert.InRange(first.Fire, start, start.AddMinutes(10));
        Assert.Equal(start.AddHours(2), timer.DueAfter(start.AddHours(1))!.Scheduled);
        Assert.Null(timer.DueAfter(start.AddHours(2)));
        var once = new Pilotlight.EventBuses.ScheduleTimer(schedule with { Expression = "at(2026-04-01T00:00:00)", WindowMinutes = null });
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), once.DueAfter(start.AddDays(-90))!.Fire);
        var plan = Pilotlight.EventBuses.SchedulePlan.Of(schedule, first, 1);
        Assert.Equal(first.Fire, plan.AcceptedAt);
    }

    static async Task<BusFixture> StartAsync(string? folder = null)
    {
        var bus = await BusFixture.StartAsync(folder);
        await bus.Server.Platform.Services.GetRequiredService<AccountCatalog>().ChangeAsync("000000000000", change => change.Put(new Role
        {
            AccountId = "000000000000",
            Id = "AROASCHEDULESTTTTTTTT",
            Name = "schedules",
            CreatedAt = TimeProvider.System.GetUtcNow(),
            TrustPolicy = new PolicyText("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:scheduler:us-east-1:000000000000:schedule-group/default"}}},{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:SourceArn":"*:schedule-group/*"}}}]}"""),
            AttachedPolicies = ["arn:aws:iam::aws:policy/AdministratorAccess"],
        }));
        return bus;
    }

    static string Body(string expression, string? input = null, string more = "", string target = "") =>
        $$$"""{"ScheduleExpression":"{{{expression}}}","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"{{{Probe.Arn("a")}}}","RoleArn":"{{{Role}}}"{{{(input is null ? "" : $",\"Input\":\"{input}\"")}}}{{{target}}}}{{{more}}}}""";

    static async Task UntilAsync(BusFixture bus, string line)
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!(await http.GetStringAsync(new Uri(bus.Server.Endpoint, "/_pilotlight/metrics"), limit.Token)).Contains(line))
            await Task.Yield();
    }

    static async Task UntilForgottenAsync(BusFixture bus, string key)
    {
        var store = bus.Server.Platform.Services.GetRequiredService<Pilotlight.EventBuses.DeliveryStore>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (store.Dues().Any(due => due.Key == key))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
