using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Tests.RuntimeApi;

/// <summary>Back-pressure and bandwidth, without sockets.</summary>
public sealed class RuntimeStreamTests
{
    readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Holds_little_of_what_nobody_reads()
    {
        var source = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await source.Writer.WriteAsync(new byte[4 << 20], TestContext.Current.CancellationToken);
        await source.Writer.CompleteAsync();
        var stream = new RuntimeStream("text/plain", new StreamingOptions(), _time);
        var pumping = stream.PumpAsync(source.Reader, () => null);
        var total = 0L;
        while (true)
        {
            var read = await stream.Body.ReadAsync(TestContext.Current.CancellationToken);
            Assert.InRange(read.Buffer.Length, 0, 128 * 1024);
            total += read.Buffer.Length;
            stream.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
            Assert.False(total < 2 << 20 && pumping.IsCompleted);
        }

        Assert.Equal(4 << 20, total);
        Assert.Equal(RuntimeStreamEndKind.Complete, (await pumping).Kind);
    }

    [Fact]
    public async Task What_nobody_will_read_is_taken_from_the_function_all_the_same()
    {
        var source = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await source.Writer.WriteAsync(new byte[4 << 20], TestContext.Current.CancellationToken);
        await source.Writer.CompleteAsync();
        var stream = new RuntimeStream("text/plain", new StreamingOptions { BurstBytes = 1, BytesPerSecond = 1 }, _time);
        await stream.Body.CompleteAsync();
        Assert.Equal(RuntimeStreamEndKind.Complete, (await stream.PumpAsync(source.Reader, () => null)).Kind);
    }

    [Fact]
    public async Task An_interrupted_stream_ends_though_nobody_reads_and_nobody_writes()
    {
        var silent = new RuntimeStream("text/plain", new StreamingOptions(), _time);
        var pumping = silent.PumpAsync(new Pipe().Reader, () => null);
        silent.Interrupt();
        Assert.Equal(RuntimeStreamEndKind.Interrupted, (await pumping).Kind);
        Assert.True((await silent.Body.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task After_the_burst_bytes_leave_at_the_rate()
    {
        var bandwidth = new StreamBandwidth(new StreamingOptions { BurstBytes = 1000, BytesPerSecond = 800 }, _time);
        Assert.Equal(600, await bandwidth.TakeAsync(600, CancellationToken.None));
        Assert.Equal(400, await bandwidth.TakeAsync(600, CancellationToken.None));
        var waiting = bandwidth.TakeAsync(600, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(125));
        Assert.Equal(100, await waiting);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(600, await bandwidth.TakeAsync(600, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_rate_nothing_waits() => Assert.Equal(
        int.MaxValue, await new StreamBandwidth(new StreamingOptions { BytesPerSecond = 0 }, _time).TakeAsync(int.MaxValue, CancellationToken.None));
}
