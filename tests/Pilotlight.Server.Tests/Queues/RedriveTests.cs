using Microsoft.Extensions.Logging.Abstractions;
using Pilotlight.Queues;

namespace Pilotlight.Tests.Queues;

public sealed class RedriveTests : IAsyncDisposable
{
    readonly QueueFixture _fixture = new();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    async Task<(Queue Queue, Queue Dead)> CreateAsync(int maxReceives, string suffix = "")
    {
        (string, string)[] kind = suffix.Length > 0 ? [("FifoQueue", "true")] : [];
        var dead = await _fixture.CreateAsync("dead" + suffix, kind);
        return (await _fixture.CreateAsync("q" + suffix, [("RedrivePolicy", new RedrivePolicy(dead.Arn, maxReceives).ToString()), .. kind]), dead);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".fifo")]
    public async Task A_poison_message_is_received_exactly_as_often_as_allowed_also_when_the_platform_is_killed_in_between(string suffix)
    {
        var (queue, dead) = await CreateAsync(3, suffix);
        var sent = await queue.SendAsync(new NewMessage("poison") { GroupId = "g", DeduplicationId = suffix.Length > 0 ? "1" : null, TraceHeader = "Root=1" });
        for (var receive = 1; receive <= 3; receive++)
        {
            Assert.Equal(receive, Assert.Single(await queue.ReceiveAsync()).ReceiveCount);
            await _fixture.ReopenAsync();
            (queue, dead) = (_fixture.Find("q" + suffix), _fixture.Find("dead" + suffix));
        }

        Assert.Equal(0, dead.Count().Visible);
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Equal((new QueueCounts(0, 0, 0), new QueueCounts(1, 0, 0)), (queue.Count(), dead.Count()));
        await _fixture.ReopenAsync();
        (queue, dead) = (_fixture.Find("q" + suffix), _fixture.Find("dead" + suffix));
        var message = Assert.Single(await dead.ReceiveAsync());
        Assert.Equal((sent.MessageId, "poison", 1, "g"), (message.MessageId, message.Body, message.ReceiveCount, message.GroupId));
        Assert.Contains(KeyValuePair.Create("DeadLetterQueueSourceArn", queue.Arn), message.SystemAttributes());
    }

    [Fact]
    public async Task The_next_of_a_group_comes_after_the_dead_one_has_left()
    {
        var (queue, dead) = await CreateAsync(1, ".fifo");
        await queue.SendAsync("poison", "g", "1");
        await queue.SendAsync("fine", "g", "2");
        Assert.Equal(["poison"], (await queue.ReceiveAsync(max: 1, visibility: TimeSpan.Zero)).Bodies());
        Assert.Equal(["fine"], (await queue.ReceiveAsync(max: 1)).Bodies());
        Assert.Equal(["poison"], (await dead.ReceiveAsync()).Bodies());
    }

    [Fact]
    public async Task Without_its_dead_letter_queue_a_message_stays()
    {
        var (queue, dead) = await CreateAsync(1);
        await queue.SendAsync("poison");
        await _fixture.Catalog.DeleteAsync(dead.Key);
        for (var receive = 1; receive <= 3; receive++)
            Assert.Equal(receive, Assert.Single(await queue.ReceiveAsync(visibility: TimeSpan.Zero)).ReceiveCount);
    }

    [Fact]
    public async Task A_long_poll_that_meets_only_dead_messages_goes_on_waiting()
    {
        var (queue, dead) = await CreateAsync(1);
        await queue.SendAsync("poison");
        await queue.ReceiveAsync(visibility: TimeSpan.FromSeconds(5));
        var poll = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken);
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Single(await dead.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken));
        await queue.SendAsync("fine");
        Assert.Equal(["fine"], (await poll).Bodies());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("elsewhere")]
    public async Task A_move_task_moves_everything_back_or_elsewhere(string? destination)
    {
        var (queue, dead) = await CreateAsync(1);
        var target = destination is null ? queue : await _fixture.CreateAsync(destination);
        for (var number = 0; number < 25; number++)
            await queue.SendAsync($"{number}");
        while ((await queue.ReceiveAsync(visibility: TimeSpan.Zero)).Count > 0)
        {
        }

        Assert.Equal(25, dead.Count().Visible);
        using var tasks = new MoveTasks(_fixture.Catalog, _fixture.Store, _fixture.Time, NullLogger<MoveTasks>.Instance);
        await tasks.StartAsync(TestContext.Current.CancellationToken);
        await tasks.StartAsync(dead, destination is null ? null : target.Arn, null);
        while (tasks.Of(dead.Arn)[^1].Status == MoveTask.Running)
            await Task.Yield();
        var task = tasks.Of(dead.Arn)[^1];
        Assert.Equal((MoveTask.Completed, 25, 25), (task.Status, task.Moved, task.ToMove));
        Assert.Equal((0, 25), (dead.Count().Visible, target.Count().Visible));
        await tasks.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_slow_move_task_is_cancelled_and_one_that_was_interrupted_goes_on()
    {
        var (queue, dead) = await CreateAsync(1);
        for (var number = 0; number < 5; number++)
            await queue.SendAsync($"{number}");
        while ((await queue.ReceiveAsync(visibility: TimeSpan.Zero)).Count > 0)
        {
        }

        MoveTask task;
        using (var tasks = new MoveTasks(_fixture.Catalog, _fixture.Store, _fixture.Time, NullLogger<MoveTasks>.Instance))
        {
            task = await tasks.StartAsync(dead, null, 1);
            await Assert.ThrowsAsync<Pilotlight.Api.AwsException>(() => tasks.StartAsync(dead, null, 1));
            while (tasks.Of(dead.Arn)[^1].Moved == 0)
                await Task.Yield();
            await tasks.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal((4, 1), (dead.Count().Visible, queue.Count().Visible));
        await _fixture.ReopenAsync();
        (queue, dead) = (_fixture.Find("q"), _fixture.Find("dead"));
        using var resumed = new MoveTasks(_fixture.Catalog, _fixture.Store, _fixture.Time, NullLogger<MoveTasks>.Instance);
        await resumed.StartAsync(TestContext.Current.CancellationToken);
        while (resumed.Of(dead.Arn)[^1].Moved < 2)
            await Task.Yield();
        Assert.Equal(2, await resumed.CancelAsync(dead.Arn, task.Id));
        while (resumed.Of(dead.Arn)[^1].Status == MoveTask.Cancelling)
            await Task.Yield();
        Assert.Equal((MoveTask.Cancelled, 3, 2), (resumed.Of(dead.Arn)[^1].Status, dead.Count().Visible, queue.Count().Visible));
        await resumed.StopAsync(TestContext.Current.CancellationToken);
    }
}
