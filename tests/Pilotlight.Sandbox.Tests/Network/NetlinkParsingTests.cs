using System.Runtime.InteropServices;

namespace Pilotlight.Sandbox.Tests;

/// <summary>What the kernel answers is understood or refused, never guessed. Nobody but the kernel can write it, as far as one knows.</summary>
public class NetlinkParsingTests
{
    const ushort ErrorMessage = 2, DoneMessage = 3, OverrunMessage = 4, LinkMessage = 16, RouteMessage = 24;

    [Fact]
    public void Consent_finishes_a_request() =>
        Assert.Equal(NetlinkProgress.Finished, Read(Message(ErrorMessage, 0, 7, Bytes(0))));

    [Fact]
    public void A_refusal_carries_the_error_and_the_kernels_words()
    {
        // Error code, copy of the request's header, then an attribute of type 1: the words.
        byte[] body = [.. Bytes(-17), .. new byte[16], .. Attribute(1, "it is there"u8)];

        var refusal = Assert.Throws<NetlinkException>(() => Read(Message(ErrorMessage, 0x200, 7, body)));

        Assert.Equal(17, refusal.Error);
        Assert.Contains("it is there", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_at_the_end_of_a_list_is_one() =>
        Assert.Equal(12, Assert.Throws<NetlinkException>(() => Read(Message(DoneMessage, 0, 7, Bytes(-12)))).Error);

    [Fact]
    public void Answers_to_other_requests_are_passed_over()
    {
        byte[] datagram = [.. Message(ErrorMessage, 0, 6, Bytes(-1)), .. Message(ErrorMessage, 0, 7, Bytes(0))];

        Assert.Equal(NetlinkProgress.Finished, Read(datagram));
        Assert.Equal(NetlinkProgress.None, Read(Message(ErrorMessage, 0, 8, Bytes(-1))));
    }

    [Fact]
    public void A_list_that_changed_while_it_was_written_is_torn()
    {
        const ushort interrupted = 0x10;
        byte[] datagram = [.. Message(LinkMessage, interrupted, 7, new byte[16]), .. Message(DoneMessage, 0, 7, Bytes(0))];

        Assert.Equal(NetlinkProgress.Finished | NetlinkProgress.Torn, Read(datagram));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("10000000 0200 0000 07000000 000000")] // shorter than a header
    [InlineData("00000000 0200 0000 07000000 00000000")] // a length of nothing
    [InlineData("0f000000 0200 0000 07000000 00000000")] // a length below the header's
    [InlineData("11000000 0200 0000 07000000 00000000")] // a length beyond the datagram
    [InlineData("ffffffff 0200 0000 07000000 00000000")]
    [InlineData("10000000 0200 0000 07000000 00000000")] // an error without a code
    [InlineData("10000000 0400 0000 07000000 00000000")] // messages were lost
    [InlineData("14000000 0200 0000 07000000 00000000 00000000 ff")] // rubbish ahead of the end is found when it is reached
    public void Bad_datagrams_are_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        if (bytes.Length == 21)
            Assert.Throws<InvalidDataException>(() => ReadAll(bytes));
        else
            Assert.Throws<InvalidDataException>(() => Read(bytes));
    }

    [Theory]
    [InlineData("0300")] // cut off
    [InlineData("03000000")] // a length below the header's
    [InlineData("00000000")]
    [InlineData("0900030000000000")] // a length beyond the message
    [InlineData("ffff030000000000")]
    [InlineData("05000400ff000000")] // a number of one byte
    public void Bad_attributes_are_refused(string hex)
    {
        byte[] body = [.. new byte[16], .. Convert.FromHexString(hex)];

        Assert.Throws<InvalidDataException>(() => RouteNetlink.ParseLink(body));
    }

    [Theory]
    [InlineData("02")]
    [InlineData("022100000000000000000000")] // a prefix of 33 bits
    [InlineData("02180000000000010000000006000100c0a80000")] // an address of two bytes
    [InlineData("0218000000000001000000000c00090004000000000000")] // a hop without a header
    [InlineData("0218000000000001000000000c00090010000000 01000000")] // a hop beyond its attribute
    public void Bad_routes_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => RouteNetlink.ParseRoute(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void A_route_through_several_hops_names_each_link()
    {
        byte[] hop1 = [8, 0, 0, 0, 3, 0, 0, 0], hop2 = [8, 0, 0, 0, 5, 0, 0, 0];
        byte[] body = [2, 8, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, .. Attribute(1, [10, 0, 0, 0]), .. Attribute(9, [.. hop1, .. hop2])];

        var route = RouteNetlink.ParseRoute(body);

        Assert.NotNull(route);
        Assert.Equal("10.0.0.0/8", route.Destination.ToString());
        Assert.Equal(RouteKind.Unicast, route.Kind);
        Assert.Equal([3, 5], route.Links);
    }

    [Fact]
    public void Any_bytes_at_all_are_understood_or_refused()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = new byte[random.Next(96)];
            random.NextBytes(bytes);
            // Most would fail at the first length; half of them get one that holds.
            if (bytes.Length >= 16 && random.Next(2) == 0)
            {
                MemoryMarshal.Write(bytes, (uint)random.Next(16, bytes.Length + 1));
                MemoryMarshal.Write(bytes.AsSpan(4), (ushort)random.Next(30));
                MemoryMarshal.Write(bytes.AsSpan(8), 7u);
            }
            var refusal = Record.Exception(() => Read(bytes));
            Assert.True(refusal is null or InvalidDataException or NetlinkException, $"{Convert.ToHexString(bytes)}: {refusal}");
        }
    }

    [Fact]
    public void A_request_is_written_as_the_kernel_reads_it()
    {
        var request = new NetlinkRequest(16, 5, [0, 0, 0, 0, 1, 0, 0, 0])
            .Add(3, "lo")
            .Nest(18, inner => inner.Add(1, (byte)9));

        Assert.Equal(
            "2C000000" + "1000" + "0500" + "2A000000" + "00000000" // length, type, flags, sequence, port
            + "0000000001000000"
            + "07000300" + "6C6F0000" // "lo" and its zero, one byte of padding
            + "0C001280" + "0500010009000000", // nested
            Convert.ToHexString(request.Finish(42)));
    }

    [Fact]
    public void A_long_request_grows() => Assert.Equal(16 + 8 + (200 * 8), LongRequest().Finish(1).Length);

    static NetlinkRequest LongRequest()
    {
        var request = new NetlinkRequest(16, 5, new byte[8]);
        for (var i = 0; i < 200; i++)
            request.Add(1, i);
        return request;
    }

    static NetlinkProgress Read(byte[] datagram) => NetlinkAnswer.Read(datagram, 7, "test", (type, body) =>
    {
        if (type == LinkMessage)
            RouteNetlink.ParseLink(body);
        if (type == RouteMessage)
            RouteNetlink.ParseRoute(body);
    });

    static void ReadAll(byte[] datagram)
    {
        var reader = new NetlinkReader(datagram);
        while (reader.Read())
        {
        }
    }

    static byte[] Message(ushort type, ushort flags, uint sequence, byte[] body)
    {
        var message = new byte[16 + body.Length];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), flags);
        MemoryMarshal.Write(message.AsSpan(8), sequence);
        body.CopyTo(message, 16);
        return message;
    }

    static byte[] Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        var attribute = new byte[(4 + value.Length + 3) & ~3];
        MemoryMarshal.Write(attribute, (ushort)(4 + value.Length));
        MemoryMarshal.Write(attribute.AsSpan(2), type);
        value.CopyTo(attribute.AsSpan(4));
        return attribute;
    }

    static byte[] Bytes(int value) => BitConverter.GetBytes(value);
}
