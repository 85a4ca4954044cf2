using Pilotlight.Queues;

namespace Pilotlight.Tests.Queues;

public sealed class FifoQueueTests : IAsyncDisposable
{
    readonly QueueFixture _fixture = new();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    Task<Queue> CreateAsync(params (string, string)[] attributes) => _fixture.CreateAsync("q.fifo", [("FifoQueue", "true"), .. attributes]);

    [Fact]
    public async Task A_group_waits_while_a_message_of_it_is_in_flight()
    {
        var queue = await CreateAsync();
        foreach (var (body, group) in new[] { ("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a") })
            await queue.SendAsync(body, group, body);
        var first = Assert.Single(await queue.ReceiveAsync(max: 1));
        Assert.Equal("a1", first.Body);
        Assert.Equal(["b1"], (await queue.ReceiveAsync()).Bodies());
        Assert.Empty(await queue.ReceiveAsync());
        await queue.DeleteAsync(first.ReceiptHandle);
        Assert.Equal(["a2", "a3"], (await queue.ReceiveAsync()).Bodies());
    }

    [Fact]
    public async Task Messages_that_come_back_keep_their_order()
    {
        var queue = await CreateAsync();
        for (var number = 1; number <= 4; number++)
            await queue.SendAsync($"{number}", "g", $"{number}");
        var three = await queue.ReceiveAsync(max: 3);
        Assert.Null(queue.ChangeVisibility(three[1].ReceiptHandle, TimeSpan.Zero));
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Null(queue.ChangeVisibility(three[0].ReceiptHandle, TimeSpan.Zero));
        Assert.Null(await queue.DeleteAsync(three[2].ReceiptHandle));
        Assert.Equal(["1", "2", "4"], (await queue.ReceiveAsync()).Bodies());
    }

    [Fact]
    public async Task A_handle_ends_with_its_visibility()
    {
        var queue = await CreateAsync();
        await queue.SendAsync("m", "g", "1");
        var message = Assert.Single(await queue.ReceiveAsync(visibility: TimeSpan.FromSeconds(5)));
        _fixture.Time.Advance(TimeSpan.FromSeconds(6));
        var refused = await queue.DeleteAsync(message.ReceiptHandle);
        Assert.Equal(
            ("InvalidParameterValue", $"Value {message.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."),
            (refused?.QueryCode, refused?.Message));
        var again = Assert.Single(await queue.ReceiveAsync());
        Assert.Null(await queue.DeleteAsync(again.ReceiptHandle));
    }

    [Fact]
    public async Task A_duplicate_within_five_minutes_is_answered_as_the_original_and_is_no_message()
    {
        var queue = await CreateAsync(("ContentBasedDeduplication", "true"));
        var original = await queue.SendAsync(new NewMessage("same") { GroupId = "g" });
        Assert.Equal(original, await queue.SendAsync(new NewMessage("same") { GroupId = "another" }));
        await queue.DeleteAsync((await queue.ReceiveAsync()).Select(static message => message.ReceiptHandle).ToArray());
        // Known although the message is gone, and after a restart.
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q.fifo");
        Assert.Equal(original, await queue.SendAsync(new NewMessage("same") { GroupId = "g" }));
        Assert.Empty(await queue.ReceiveAsync());
        _fixture.Time.Advance(TimeSpan.FromMinutes(5.1));
        var later = await queue.SendAsync(new NewMessage("same") { GroupId = "g" });
        Assert.NotEqual(original.MessageId, later.MessageId);
        Assert.Single(await queue.ReceiveAsync());
        await queue.SweepAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task With_the_scope_of_the_group_one_id_is_several()
    {
        var queue = await CreateAsync(("DeduplicationScope", "messageGroup"), ("FifoThroughputLimit", "perMessageGroupId"));
        await queue.SendAsync("a", "a", "1");
        await queue.SendAsync("b", "b", "1");
        await queue.SendAsync("b", "b", "1");
        Assert.Equal(2, queue.Count().Visible);
    }

    [Fact]
    public async Task Duplicates_that_are_sent_at_once_are_one_message()
    {
        var queue = await CreateAsync();
        var sent = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => queue.SendAsync(new NewMessage("m") { GroupId = "g", DeduplicationId = "1" })));
        Assert.Single(sent.Distinct());
        Assert.Single(await queue.ReceiveAsync());
    }

    [Fact]
    public async Task Sequence_numbers_have_twenty_digits_and_increase_over_restarts()
    {
        var queue = await CreateAsync();
        var numbers = new List<string>();
        for (var run = 0; run < 3; run++)
        {
            for (var number = 0; number < 5; number++)
                numbers.Add((await queue.SendAsync(new NewMessage("m") { GroupId = "g", DeduplicationId = $"{run}/{number}" })).SequenceNumber!);
            await _fixture.ReopenAsync();
            queue = _fixture.Find("q.fifo");
        }

        Assert.All(numbers, static number => Assert.Equal(20, number.Length));
        Assert.Equal(numbers.Order(StringComparer.Ordinal), numbers);
        Assert.Equal(15, numbers.Distinct().Count());
    }

    [Fact]
    public async Task A_receive_that_is_repeated_gets_the_same_messages_and_handles()
    {
        var queue = await CreateAsync();
        await queue.SendAsync("1", "g", "1");
        await queue.SendAsync("2", "g", "2");
        var first = await AttemptAsync("try");
        _fixture.Time.Advance(TimeSpan.FromSeconds(20));
        var second = await AttemptAsync("try");
        Assert.Equal(first.Select(static message => (message.Body, message.ReceiptHandle)), second.Select(static message => (message.Body, message.ReceiptHandle)));
        Assert.Empty(await AttemptAsync("other"));
        // The repetition has hidden them anew.
        _fixture.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(await queue.DeleteAsync(second[0].ReceiptHandle));
        Assert.Empty(await AttemptAsync("try"));

        Task<IReadOnlyList<ReceivedMessage>> AttemptAsync(string id) =>
            queue.ReceiveAsync(10, TimeSpan.Zero, null, TestContext.Current.CancellationToken, id);
    }

    [Fact]
    public async Task A_delay_of_the_queue_holds_back_the_group()
    {
        var queue = await CreateAsync(("DelaySeconds", "10"));
        await queue.SendAsync("1", "g", "1");
        Assert.Empty(await queue.ReceiveAsync());
        Assert.Equal(new QueueCounts(0, 0, 1), queue.Count());
        var poll = queue.ReceiveAsync(10, TimeSpan.FromSeconds(20), null, TestContext.Current.CancellationToken);
        _fixture.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(["1"], (await poll).Bodies());
    }

    [Fact]
    public async Task Many_receivers_see_every_group_in_order()
    {
        var queue = await CreateAsync(("VisibilityTimeout", "43200"));
        const int Groups = 20, Each = 50;
        for (var number = 0; number < Each; number++)
            await queue.SendAsync([.. Enumerable.Range(0, Groups).Select(group => new NewMessage($"{number}") { GroupId = $"{group}", DeduplicationId = $"{group}/{number}" })]);
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q.fifo");
        var seen = Enumerable.Range(0, Groups).Select(static _ => new List<string>()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (queue.Count() is { Visible: > 0 } or { InFlight: > 0 })
            {
                var batch = await queue.ReceiveAsync(7);
                foreach (var message in batch)
                    seen[int.Parse(message.GroupId!)].Add(message.Body);
                await queue.DeleteAsync([.. batch.Select(static message => message.ReceiptHandle)]);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.All(seen, static bodies => Assert.Equal(Enumerable.Range(0, Each).Select(static number => $"{number}"), bodies));
    }

    [Fact]
    public async Task A_long_group_that_is_in_flight_does_not_hold_back_what_stands_behind_it_on_disk()
    {
        var queue = await CreateAsync();
        // More than one refill brings.
        var body = new string('x', 3000);
        foreach (var chunk in Enumerable.Range(0, 3000).Chunk(500))
            await queue.SendAsync([.. chunk.Select(number => new NewMessage(body) { GroupId = "long", DeduplicationId = $"{number}" })]);
        await queue.SendAsync("other", "other", "other");
        await _fixture.ReopenAsync();
        queue = _fixture.Find("q.fifo");
        Assert.Equal("long", Assert.Single(await queue.ReceiveAsync(max: 1)).GroupId);
        Assert.Equal(["other"], (await queue.ReceiveAsync()).Bodies());
        Assert.Equal(new QueueCounts(2999, 2, 0), queue.Count());
    }
}
