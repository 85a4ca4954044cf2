using System.Buffers.Binary;
using System.Net.Sockets;
using Pilotlight.Guest;

namespace Pilotlight.Sandbox.Tests;

/// <summary>What comes from a guest is a stranger's bytes.</summary>
public sealed class GuestProtocolTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static byte[] Frame(byte kind, params int[] values)
    {
        var frame = new byte[5 + values.Length * 4];
        BinaryPrimitives.WriteInt32LittleEndian(frame, values.Length * 4);
        frame[4] = kind;
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(5 + i * 4), values[i]);
        return frame;
    }

    [Fact]
    public void Reads_a_frame_that_arrives_byte_by_byte()
    {
        var bytes = Frame(GuestProtocol.Exited, 7, 0, 9);
        for (var i = 0; i < bytes.Length; i++)
            Assert.Equal(0, GuestFrame.TryRead(bytes.AsSpan(0, i), out _));
        Assert.Equal(bytes.Length, GuestFrame.TryRead([.. bytes, 1, 2, 3], out var frame));
        Assert.Equal(new GuestFrame(GuestProtocol.Exited, 7, 0, 9), frame);
    }

    public static TheoryData<byte[]> Impossible =>
    [
        Frame(0, 1),
        Frame(GuestProtocol.Start, 1),
        Frame(255, 1),
        Frame(GuestProtocol.Ready, (int)GuestProtocol.Version + 1),
        Frame(GuestProtocol.Ready, (int)GuestProtocol.Version, 1),
        Frame(GuestProtocol.Started, 1),
        Frame(GuestProtocol.Started, 0, 5),
        Frame(GuestProtocol.Started, 1, 1),
        Frame(GuestProtocol.Started, 1, -5),
        Frame(GuestProtocol.Exited, 1, 0, 0),
        Frame(GuestProtocol.Exited, 7, 256, 0),
        Frame(GuestProtocol.Exited, 7, -1, 0),
        Frame(GuestProtocol.Exited, 7, 0, 65),
        Frame(GuestProtocol.Exited, 7, 1, 9),
        new byte[] { 9, 0, 0, 0, GuestProtocol.Failed, 1, 0, 0, 0, 3, 2, 0, 0, 0 },
        new byte[] { 9, 0, 0, 0, GuestProtocol.Failed, 1, 0, 0, 0, 2, 0, 0, 0, 0 },
        new byte[] { 9, 0, 0, 0, GuestProtocol.Failed, 1, 0, 0, 0, 2, 0, 16, 0, 0 },
        new byte[] { 255, 255, 255, 255, GuestProtocol.Ready },
        new byte[] { 0, 0, 0, 0, GuestProtocol.Ready },
    ];

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Refuses_a_frame_that_no_guest_writes(byte[] bytes) => Assert.Equal(-1, GuestFrame.TryRead(bytes, out _));

    [Fact]
    public void Never_throws_nor_takes_more_than_there_is()
    {
        var random = new Random(20260731);
        var bytes = new byte[64];
        for (var i = 0; i < 200_000; i++)
        {
            random.NextBytes(bytes);
            // Lengths and kinds that have a chance, or all would end at the first test.
            bytes.AsSpan(0, 4).Clear();
            bytes[0] = (byte)random.Next(14);
            bytes[4] = (byte)random.Next(14, 22);
            var length = random.Next(bytes.Length);
            Assert.InRange(GuestFrame.TryRead(bytes.AsSpan(0, length), out _), -1, length);
        }
    }

    static (GuestChannel Channel, Socket Guest) Connect()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var host = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        host.Connect(new UnixDomainSocketEndPoint(path));
        File.Delete(path);
        return (new(host), listener.Accept());
    }

    static readonly ProcessSpec AnyProcess = new()
    {
        Path = "/x",
        Arguments = ["x"],
        Environment = new Dictionary<string, string>(),
        WorkingDirectory = "/",
    };

    public static TheoryData<byte[][]> Lies =>
    [
        new byte[][] { [1, 2, 3, 4, 5, 6, 7, 8, 9] },
        new[] { Frame(GuestProtocol.Ready, (int)GuestProtocol.Version), Frame(GuestProtocol.Ready, (int)GuestProtocol.Version) },
        new[] { Frame(GuestProtocol.Started, 77, 5) },
        new[] { Frame(GuestProtocol.Exited, 5, 0, 0) },
        new[] { Frame(GuestProtocol.Started, 1, 5), Frame(GuestProtocol.Started, 1, 6) },
        new[] { Frame(GuestProtocol.Started, 1, 5), Frame(GuestProtocol.Exited, 5, 0, 0), Frame(GuestProtocol.Exited, 5, 0, 0) },
        new byte[][] { [9, 0, 0, 0, GuestProtocol.Failed, 99, 0, 0, 0, 2, 2, 0, 0, 0] },
    ];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Ends_the_conversation_with_a_guest_that_lies(byte[][] frames)
    {
        var (channel, guest) = Connect();
        await using (channel)
        using (guest)
        {
            var start = channel.StartAsync(AnyProcess, Cancellation);
            foreach (var frame in frames)
                await guest.SendAsync(frame, SocketFlags.None);
            await channel.Closed.WaitAsync(Cancellation);
            // Whether it started or not, it is over.
            var failure = await Record.ExceptionAsync(async () => Assert.NotEqual(default, await (await start).Exited));
            Assert.True(failure is null or SandboxException or Xunit.Sdk.XunitException, failure?.ToString());
            await Assert.ThrowsAsync<SandboxException>(() => channel.StartAsync(AnyProcess, Cancellation));
        }
    }

    [Fact]
    public async Task Ends_everything_that_waits_when_the_guest_goes()
    {
        var (channel, guest) = Connect();
        await using (channel)
        {
            var started = channel.StartAsync(AnyProcess, Cancellation);
            await guest.SendAsync(Frame(GuestProtocol.Started, 1, 5), SocketFlags.None);
            var process = await started;
            var waiting = channel.StartAsync(AnyProcess, Cancellation);
            guest.Dispose();
            Assert.Equal(new ExitStatus(0, 9), await process.Exited);
            await Assert.ThrowsAsync<SandboxException>(() => waiting);
            await Assert.ThrowsAsync<SandboxException>(() => channel.Ready);
        }
    }

    [Fact]
    public async Task Refuses_to_send_what_no_program_can_be_given()
    {
        var (channel, guest) = Connect();
        await using (channel)
        using (guest)
        {
            await Assert.ThrowsAsync<SandboxException>(() => channel.StartAsync(AnyProcess with { Arguments = ["a\0b"] }, Cancellation));
            await Assert.ThrowsAsync<SandboxException>(() => channel.StartAsync(
                AnyProcess with { Arguments = [new string('x', GuestProtocol.LargestHostPayload)] }, Cancellation));
            // The conversation goes on, with the third request.
            var start = channel.StartAsync(AnyProcess, Cancellation);
            await guest.SendAsync(Frame(GuestProtocol.Started, 3, 5), SocketFlags.None);
            await guest.SendAsync(Frame(GuestProtocol.Exited, 5, 3, 0), SocketFlags.None);
            Assert.Equal(3, (await (await start).Exited).Code);
        }
    }

    public static TheoryData<byte[]> BadHostBytes =>
    [
        new byte[] { 255, 255, 255, 255, GuestProtocol.Start },
        new byte[] { 0, 0, 0, 0, 99 },
        new byte[] { 0, 0, 0, 0, GuestProtocol.Start },
        new byte[] { 0, 0, 0, 0, GuestProtocol.StartAside },
        new byte[] { 4, 0, 0, 0, GuestProtocol.Signal, 1, 2, 3, 4 },
        // Says two strings less than the counts promise, one more, and no end.
        new byte[] { 10, 0, 0, 0, GuestProtocol.Start, 1, 0, 0, 0, 9, 0, 9, 0, 47, 0 },
        new byte[] { 12, 0, 0, 0, GuestProtocol.Start, 1, 0, 0, 0, 0, 0, 0, 0, 47, 0, 0, 0 },
        new byte[] { 10, 0, 0, 0, GuestProtocol.Start, 1, 0, 0, 0, 0, 0, 0, 0, 47, 47 },
    ];

    [Theory]
    [MemberData(nameof(BadHostBytes))]
    public async Task The_guest_ends_at_a_bad_frame(byte[] bytes)
    {
        using var exits = new ExitWatcher();
        var (ends, descriptors) = GuestDescriptors.Create();
        using (ends)
        using (descriptors)
        {
            using var guest = HostProcess.Start(GuestExecutable.Path, ["guest"], new Dictionary<string, string>(), descriptors.Inherited, exits);
            descriptors.Dispose();
            await ends.Control.SendAsync(bytes, SocketFlags.None);
            Assert.Equal(70, await guest.ReapAsync().WaitAsync(Cancellation));
        }
    }
}
