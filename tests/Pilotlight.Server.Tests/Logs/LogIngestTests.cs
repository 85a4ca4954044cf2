using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Logs;
using Pilotlight.Storage;

namespace Pilotlight.Server.Tests.Logs;

public sealed class LogIngestTests
{
    [Fact]
    public async Task Group_and_stream_exist_after_the_first_line_and_not_before()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("/aws/lambda/f", "s");
        Assert.Equal("ResourceNotFoundException", (await server.RefusedAsync("DescribeLogStreams", """{"logGroupName":"/aws/lambda/f"}""")).Code);

        Assert.True(writer.TryWrite(server.Now, "hello\n"u8));

        var streams = await server.CallAsync("DescribeLogStreams", """{"logGroupName":"/aws/lambda/f"}""");
        var stream = Assert.Single(streams.GetProperty("logStreams").EnumerateArray().ToList());
        Assert.Equal("s", stream.GetProperty("logStreamName").GetString());
        Assert.Equal(server.Now, stream.GetProperty("lastEventTimestamp").GetInt64());
        Assert.Equal(1, server.Ingest.EventsIn);
        Assert.Equal(6, server.Ingest.BytesIn);
    }

    [Fact]
    public async Task A_line_is_written_by_itself_after_a_moment()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        writer.TryWrite(server.Now, "x"u8);
        server.Time.Advance(TimeSpan.FromMilliseconds(100));
        while (server.Ingest.EventsIn == 0)
            await Task.Yield();
    }

    [Fact]
    public async Task Lines_survive_a_restart_and_what_was_in_the_buffer_is_flushed_on_stop()
    {
        await using var server = await LogsServer.StartAsync();
        server.Open("g", "s").TryWrite(server.Now, "one"u8);
        await server.RestartAsync();
        server.Open("g", "s").TryWrite(server.Now, "two"u8);
        Assert.Equal(["one", "two"], await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s"}"""));
    }

    [Fact]
    public async Task Lines_of_one_millisecond_keep_the_order_of_writing()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        for (var line = 0; line < 500; line++)
        {
            writer.TryWrite(server.Now, Encoding.UTF8.GetBytes($"{line}"));
            if (line % 50 == 0)
                await server.Ingest.FlushAsync();
        }

        var expected = Enumerable.Range(0, 500).Select(line => $"{line}").ToList();
        Assert.Equal(expected, await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s"}"""));
        Assert.Equal(expected, await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g"}"""));
    }

    [Fact]
    public async Task A_little_disorder_becomes_the_order_of_writing_and_a_lot_is_kept()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        writer.TryWrite(server.Now, "first"u8);
        writer.TryWrite(server.Now - 5, "second"u8);
        writer.TryWrite(server.Now - 60_000, "earlier"u8);
        Assert.Equal(["earlier", "first", "second"], await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s"}"""));
    }

    [Fact]
    public async Task Messages_of_256_KiB_stay_whole_and_longer_ones_are_split_between_characters()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        var whole = new string('x', LogStreamWriter.MaxMessageBytes);
        var longer = new string('x', LogStreamWriter.MaxMessageBytes - 1) + "é" + new string('y', 10);
        Assert.True(writer.TryWrite(server.Now, Encoding.UTF8.GetBytes(whole)));
        Assert.True(writer.TryWrite(server.Now, Encoding.UTF8.GetBytes(longer)));
        var messages = await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s"}""");
        Assert.Equal([whole, longer[..(LogStreamWriter.MaxMessageBytes - 1)], "é" + new string('y', 10)], messages);
    }

    [Fact]
    public async Task A_message_longer_than_the_limit_enters_an_empty_stream_and_nothing_follows_until_it_is_written()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LogStore(new DataFolder(folder.Path), TimeProvider.System);
        await using var ingest = new LogIngest(store, TimeProvider.System, NullLogger<LogIngest>.Instance);
        using var writer = ingest.Open("1", "r", "g", "s");
        Assert.True(writer.TryWrite(1, new byte[LogStreamWriter.LimitBytes + 5]));
        Assert.False(writer.TryWrite(1, "x"u8));
        await ingest.StartAsync(CancellationToken.None);
        await writer.WaitForRoomAsync(CancellationToken.None);
        Assert.True(writer.TryWrite(1, "x"u8));
        await ingest.FlushAsync();
        Assert.Equal(6, ingest.EventsIn);
    }

    [Fact]
    public async Task Control_characters_are_kept_and_broken_utf8_is_replaced_when_read()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        writer.TryWrite(server.Now, "a\0\u001b[31mred\u007f\t\n"u8);
        writer.TryWrite(server.Now, [(byte)'a', 0xFF, 0xC3, (byte)'b', 0xED, 0xA0, 0x80]);
        writer.TryWrite(server.Now, ""u8);
        Assert.Equal(
            ["a\0\u001b[31mred\u007f\t\n", Encoding.UTF8.GetString([(byte)'a', 0xFF, 0xC3, (byte)'b', 0xED, 0xA0, 0x80]), ""],
            await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s"}"""));
    }

    [Fact]
    public async Task A_full_stream_refuses_and_lets_go_on_once_it_is_written_while_platform_lines_and_others_pass()
    {
        await using var server = await LogsServer.StartAsync();
        using var noisy = server.Open("g", "noisy");
        using var quiet = server.Open("g", "quiet");
        var line = new byte[100_000];
        line.AsSpan().Fill((byte)'n');
        var accepted = 0;
        while (accepted < 1000 && noisy.TryWrite(server.Now, line))
            accepted++;
        Assert.True(quiet.TryWrite(server.Now, "still heard"u8));
        noisy.WritePlatform(server.Now, "REPORT\n"u8);
        for (var more = 0; more < 30; more++)
        {
            while (!noisy.TryWrite(server.Now, line))
                await noisy.WaitForRoomAsync(CancellationToken.None);
            Assert.True(server.Ingest.HeldBytes < 8 * 1024 * 1024);
        }

        await server.Ingest.FlushAsync();
        Assert.Equal(accepted + 30 + 2, server.Ingest.EventsIn);
        Assert.Equal(0, server.Ingest.EventsDropped);
        Assert.Equal(0, server.Ingest.HeldBytes);
        Assert.Equal(["still heard"], await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"quiet"}"""));
        Assert.Equal(["REPORT\n"], await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g","filterPattern":"REPORT"}"""));
    }

    [Fact]
    public async Task Without_a_loop_the_buffers_stay_bounded()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LogStore(new DataFolder(folder.Path), TimeProvider.System);
        // Never started: what a disk that hangs looks like from the front.
        var ingest = new LogIngest(store, new FakeTimeProvider(), NullLogger<LogIngest>.Instance);
        var writers = Enumerable.Range(0, 200).Select(index => ingest.Open("1", "r", "g", $"{index}")).ToList();
        var line = new byte[32_000];
        foreach (var writer in writers)
        {
            while (writer.TryWrite(1, line))
            {
            }

            for (var platform = 0; platform < 1000; platform++)
                writer.WritePlatform(1, line.AsSpan(0, 4000));
            Assert.False(writer.WaitForRoomAsync(CancellationToken.None).IsCompleted);
        }

        Assert.True(ingest.HeldBytes <= 200L * 4 * 1024 * 1024);
        Assert.True(ingest.EventsDropped > 0);
        // A stream that wrote nothing yet is heard even now.
        Assert.True(ingest.Open("1", "r", "g", "new").TryWrite(1, line.AsSpan(0, 4000)));
    }

    [Fact]
    public async Task A_waiting_reader_is_let_go_when_the_ingest_stops_or_the_writer_closes()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LogStore(new DataFolder(folder.Path), TimeProvider.System);
        var ingest = new LogIngest(store, TimeProvider.System, NullLogger<LogIngest>.Instance);
        var (first, second) = (ingest.Open("1", "r", "g", "first"), ingest.Open("1", "r", "g", "second"));
        foreach (var writer in (LogStreamWriter[])[first, second])
        {
            while (writer.TryWrite(1, new byte[50_000]))
            {
            }
        }

        var (waitsForFirst, waitsForSecond) = (first.WaitForRoomAsync(CancellationToken.None), second.WaitForRoomAsync(CancellationToken.None));
        Assert.False(waitsForFirst.IsCompleted);
        first.Dispose();
        await waitsForFirst;
        await ingest.StopAsync(CancellationToken.None);
        await waitsForSecond;
        Assert.True(second.TryWrite(1, "late"u8));
        Assert.Equal(1, ingest.EventsDropped);
    }

    [Fact]
    public async Task A_disk_that_refuses_costs_the_lines_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LogStore(new DataFolder(folder.Path), TimeProvider.System);
        await using var ingest = new LogIngest(store, TimeProvider.System, NullLogger<LogIngest>.Instance);
        await ingest.StartAsync(CancellationToken.None);
        using var writer = ingest.Open("1", "r", "g", "s");
        writer.TryWrite(1, "kept"u8);
        await ingest.FlushAsync();
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={new DataFolder(folder.Path).LogDatabase}"))
        {
            other.Open();
            other.Execute("CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
            writer.TryWrite(2, "lost"u8);
            await ingest.FlushAsync();
            Assert.Equal(1, ingest.EventsDropped);
            other.Execute("DROP TRIGGER full");
        }

        writer.TryWrite(3, "kept again"u8);
        await ingest.FlushAsync();
        Assert.Equal(2, ingest.EventsIn);
        Assert.Equal(1, ingest.EventsDropped);
        Assert.Equal(0, ingest.HeldBytes);
    }

    [Fact]
    public async Task A_group_deleted_under_a_running_function_comes_back_with_its_next_line()
    {
        await using var server = await LogsServer.StartAsync();
        using var writer = server.Open("g", "s");
        writer.TryWrite(server.Now, "before"u8);
        await server.CallAsync("DeleteLogGroup", """{"logGroupName":"g"}""");
        Assert.Equal("ResourceNotFoundException", (await server.RefusedAsync("FilterLogEvents", """{"logGroupName":"g"}""")).Code);
        writer.TryWrite(server.Now, "after"u8);
        Assert.Equal(["after"], await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g"}"""));
    }

    [Fact]
    public async Task Damaged_chunks_are_skipped_not_fatal()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LogStore(new DataFolder(folder.Path), TimeProvider.System);
        Assert.Empty(LogChunk.Unpack([1, 2, 3, 4], isPacked: true));
        foreach (var frames in (byte[][])[[], [1, 2, 3], [.. new byte[8], 0xFF, 0xFF, 0xFF, 0x7F, 1], [.. new byte[8], 0xFF, 0xFF, 0xFF, 0xFF, 1]])
            Assert.Equal(0, new LoadedChunk(1, frames, 0, "s").Count);
    }

    sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("pilotlight-logs").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
