using Pilotlight.Queues;

namespace Pilotlight.Tests.Queues;

public sealed class StandardQueueTests : IAsyncDisposable
{
    readonly QueueFixture _fixture = new();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_message_is_received_once_and_gone_when_deleted()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync("hello");
        var message = Assert.Single(await queue.ReceiveAsync());
        Assert.Equal("hello", message.Body);
        Assert.Equal("5d41402abc4b2a76b9719d911017c592", message.Md5OfBody);
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Equal(new QueueCounts(0, 1, 0), queue.Count());
        Assert.Null(await queue.DeleteAsync(message.ReceiptHandle));
        Assert.Null(await queue.DeleteAsync(message.ReceiptHandle));
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());
        await _fixture.ReopenAsync();
        Assert.Equal(new QueueCounts(0, 0, 0), _fixture.Find("q").Count());
    }

    [Fact]
    public async Task What_is_not_deleted_is_visible_again_after_its_timeout_and_counts_its_receives()
    {
        var queue = await _fixture.CreateAsync("q", ("VisibilityTimeout", "5"));
        await queue.SendAsync("again");
        var first = Assert.Single(await queue.ReceiveAsync());
        _fixture.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(await queue.ReceiveAsync());
        _fixture.Time.Advance(TimeSpan.FromSeconds(0.2));
        var second = Assert.Single(await queue.ReceiveAsync());
        Assert.Equal((first.MessageId, 2), (second.MessageId, second.ReceiveCount));
        Assert.NotEqual(first.ReceiptHandle, second.ReceiptHandle);
        // An older handle deletes as well.
        Assert.Null(await queue.DeleteAsync(first.ReceiptHandle));
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await queue.ReceiveAsync());
    }

    [Fact]
    public async Task Visibility_is_changed_within_twelve_hours_of_the_receive()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync("m");
        var message = Assert.Single(await queue.ReceiveAsync());
        Assert.Null(queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromMinutes(5)));
        _fixture.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Equal("InvalidParameterValue", queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromHours(12))?.QueryCode);
        Assert.Null(queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.Zero));
        message = Assert.Single(await queue.ReceiveAsync());
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        // Its time is over, and AWS hides it again all the same.
        Assert.Null(queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromSeconds(10)));
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Null(await queue.DeleteAsync(message.ReceiptHandle));
        Assert.Equal("InvalidParameterValue", queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.Zero)?.QueryCode);
        Assert.Equal("ReceiptHandleIsInvalid", queue.ChangeVisibility("garbage", TimeSpan.Zero)?.QueryCode);
    }

    [Fact]
    public async Task Delays_of_the_queue_and_of_a_message_hide_it_also_over_a_restart()
    {
        var queue = await _fixture.CreateAsync("q", ("DelaySeconds", "10"));
        await queue.SendAsync("of the queue");
        await queue.SendAsync(new NewMessage("of its own") { Delay = TimeSpan.FromSeconds(60) });
        await queue.SendAsync(new NewMessage("none") { Delay = TimeSpan.Zero });
        Assert.Equal(["none"], (await queue.ReceiveAsync()).Bodies());
        Assert.Equal(new QueueCounts(0, 1, 2), queue.Count());
        _fixture.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(["of the queue"], (await queue.ReceiveAsync(visibility: TimeSpan.FromHours(1))).Bodies());
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q");
        Assert.Equal(new QueueCounts(2, 0, 1), queue.Count());
        Assert.Equal(2, (await queue.ReceiveAsync(visibility: TimeSpan.FromHours(1))).Count);
        _fixture.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(["of its own"], (await queue.ReceiveAsync()).Bodies());
    }

    [Fact]
    public async Task Long_polls_are_served_in_the_order_in_which_they_came()
    {
        var queue = await _fixture.CreateAsync("q");
        var polls = Enumerable.Range(0, 3)
            .Select(_ => queue.ReceiveAsync(10, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken)).ToArray();
        for (var turn = 0; turn < 3; turn++)
        {
            Assert.All(polls[turn..], static poll => Assert.False(poll.IsCompleted));
            await queue.SendAsync($"m{turn}");
            Assert.Equal([$"m{turn}"], (await polls[turn]).Bodies());
        }
    }

    [Fact]
    public async Task A_long_poll_ends_with_its_time_or_its_client_and_takes_nothing_with_it()
    {
        var queue = await _fixture.CreateAsync("q");
        var patient = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken);
        using var gone = new CancellationTokenSource();
        var left = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _fixture.Time.Advance(TimeSpan.FromSeconds(21));
        Assert.Empty(await patient);
        await queue.SendAsync("m");
        Assert.Single(await queue.ReceiveAsync());
    }

    [Fact]
    public async Task A_message_that_becomes_visible_wakes_a_long_poll()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync(new NewMessage("later") { Delay = TimeSpan.FromSeconds(5) });
        var poll = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["later"], (await poll).Bodies());
        poll = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken);
        _fixture.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(["later"], (await poll).Bodies());
    }

    [Fact]
    public async Task More_messages_than_memory_holds_are_all_received_once_in_order()
    {
        var queue = await _fixture.CreateAsync("q", ("VisibilityTimeout", "43200"));
        const int Count = 11_000;
        foreach (var chunk in Enumerable.Range(0, Count).Chunk(1000))
            await queue.SendAsync([.. chunk.Select(static number => new NewMessage($"{number}"))]);
        Assert.Equal(Count, queue.Count().Visible);
        var received = await DrainAsync(queue, Count / 2);
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q");
        Assert.Equal(Count - received.Count, queue.Count().Visible);
        await queue.SendAsync("last");
        received.AddRange(await DrainAsync(queue, int.MaxValue));
        Assert.Equal([.. Enumerable.Range(0, Count).Select(static number => $"{number}"), "last"], received);
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());

        static async Task<List<string>> DrainAsync(Queue queue, int most)
        {
            var bodies = new List<string>();
            while (bodies.Count < most && await queue.ReceiveAsync() is { Count: > 0 } batch)
            {
                bodies.AddRange(batch.Bodies());
                Assert.All(await queue.DeleteAsync([.. batch.Select(static message => message.ReceiptHandle)]), Assert.Null);
            }

            return bodies;
        }
    }

    [Fact]
    public async Task A_message_that_was_in_flight_when_the_platform_was_killed_is_visible_and_its_old_handle_deletes_it()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync("a");
        await queue.SendAsync("b");
        var handles = (await queue.ReceiveAsync()).Select(static message => message.ReceiptHandle).ToArray();
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q");
        Assert.Equal(2, queue.Count().Visible);
        Assert.Null(await queue.DeleteAsync(handles[0]));
        Assert.Equal(1, queue.Count().Visible);
        Assert.Equal(["b"], (await queue.ReceiveAsync()).Bodies());
        Assert.Null(await queue.DeleteAsync(handles[1]));
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());
    }

    [Fact]
    public async Task A_handle_never_means_another_message_later()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync("first");
        var old = Assert.Single(await queue.ReceiveAsync());
        await queue.DeleteAsync(old.ReceiptHandle);
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q");
        await queue.SendAsync("second");
        await queue.DeleteAsync(old.ReceiptHandle);
        Assert.Equal(["second"], (await queue.ReceiveAsync()).Bodies());
        var other = await _fixture.CreateAsync("other");
        Assert.Equal("ReceiptHandleIsInvalid", (await other.DeleteAsync(old.ReceiptHandle))?.QueryCode);
    }

    [Fact]
    public async Task Old_messages_are_dropped_when_received_and_by_the_sweep()
    {
        var queue = await _fixture.CreateAsync("q", ("MessageRetentionPeriod", "60"));
        await queue.SendAsync("old");
        _fixture.Time.Advance(TimeSpan.FromSeconds(61));
        await queue.SendAsync("new");
        Assert.Equal(["new"], (await queue.ReceiveAsync(visibility: TimeSpan.Zero)).Bodies());
        Assert.Equal(1, queue.Count().Visible);
        _fixture.Time.Advance(TimeSpan.FromSeconds(61));
        await queue.SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());
    }

    [Fact]
    public async Task A_purge_removes_all_that_was_sent_before_and_is_not_undone_by_a_restart()
    {
        var queue = await _fixture.CreateAsync("q");
        for (var count = 0; count < 5; count++)
            await queue.SendAsync([.. Enumerable.Range(0, 1000).Select(static number => new NewMessage($"{number}"))]);
        await queue.ReceiveAsync();
        Assert.Null(await _fixture.Catalog.PurgeAsync(queue));
        Assert.Equal("PurgeQueueInProgress", (await _fixture.Catalog.PurgeAsync(queue))?.Code);
        await queue.SendAsync("after");
        Assert.Equal(["after"], (await queue.ReceiveAsync()).Bodies());
        await _fixture.ReopenAsync();
        Assert.Equal(1, _fixture.Find("q").Count().Visible);
    }

    [Fact]
    public async Task A_deleted_queue_tells_those_who_wait_and_its_successor_is_empty()
    {
        var queue = await _fixture.CreateAsync("q");
        await queue.SendAsync("m");
        await queue.ReceiveAsync();
        var poll = queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken);
        await _fixture.Catalog.DeleteAsync(queue.Key);
        Assert.Empty(await poll);
        await Assert.ThrowsAsync<Pilotlight.Api.AwsException>(() => queue.SendAsync("too late"));
        queue = await _fixture.CreateAsync("q");
        Assert.Equal(new QueueCounts(0, 0, 0), queue.Count());
        await _fixture.ReopenAsync();
        Assert.Equal(new QueueCounts(0, 0, 0), _fixture.Find("q").Count());
    }

    [Fact]
    public async Task Many_at_once_lose_nothing_and_get_nothing_twice()
    {
        var queue = await _fixture.CreateAsync("q", ("VisibilityTimeout", "43200"));
        const int Senders = 8, Each = 400;
        var received = new System.Collections.Concurrent.ConcurrentBag<string>();
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number += 4)
                await queue.SendAsync([.. Enumerable.Range(number, 4).Select(each => new NewMessage($"{sender}/{each}"))]);
        }, TestContext.Current.CancellationToken)).ToArray();
        using var done = new CancellationTokenSource();
        var receivers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (received.Count < Senders * Each)
            {
                var batch = await queue.ReceiveAsync(10, TimeSpan.FromSeconds(20), null, done.Token);
                foreach (var body in batch.Bodies())
                    received.Add(body);
                Assert.All(await queue.DeleteAsync([.. batch.Select(static message => message.ReceiptHandle)]), Assert.Null);
                if (received.Count >= Senders * Each)
                    await done.CancelAsync();
            }
        }, TestContext.Current.CancellationToken)).ToArray();
        await Task.WhenAll(senders);
        try
        {
            await Task.WhenAll(receivers);
        }
        catch (OperationCanceledException)
        {
            // Those that waited when the last message was in.
        }

        Assert.Equal(Senders * Each, received.Distinct().Count());
        Assert.Equal(Senders * Each, received.Count);
        Assert.Equal(0, queue.Count().Visible);
    }
}
