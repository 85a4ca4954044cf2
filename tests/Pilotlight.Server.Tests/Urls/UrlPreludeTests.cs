using System.Buffers;
using System.Text;
using System.Text.Json;
using Pilotlight.Urls;

namespace Pilotlight.Tests.Urls;

/// <summary>The head of a streamed answer, cut anywhere, and what only hostile functions send.</summary>
public sealed class UrlPreludeTests
{
    const string Good = "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"n\":5},\"cookies\":[\"c=d\"]}\0\0\0\0\0\0\0\0body\0\0";

    [Fact]
    public void Is_found_wherever_it_is_cut()
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        var headLength = Good.IndexOf("body", StringComparison.Ordinal);
        for (var have = 0; have < bytes.Length; have++)
        {
            for (var cut = 0; cut <= have; cut++)
            {
                var received = Sequence(bytes[..cut], bytes[cut..have]);
                var state = UrlPrelude.TryRead(received, out var head, out var body);
                Assert.Equal(have >= headLength ? PreludeState.Complete : PreludeState.Incomplete, state);
                if (state != PreludeState.Complete)
                    continue;
                Assert.Equal(201, head!.Status);
                Assert.Equal([("X-A", "b"), ("n", "5"), ("set-cookie", "c=d")], head.Headers);
                Assert.Equal(Good[headLength..have], Encoding.UTF8.GetString(received.Slice(body)));
            }
        }
    }

    [Theory]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("{}\0\0\0\0\0\0\0x")]
    [InlineData("{}\0x")]
    [InlineData("{\0\0\0\0\0\0\0\0")]
    [InlineData("[]\0\0\0\0\0\0\0\0")]
    [InlineData("null\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":99}\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":600}\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":200.5}\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":1e99}\0\0\0\0\0\0\0\0")]
    [InlineData("{\"statusCode\":{}}\0\0\0\0\0\0\0\0")]
    public void What_is_no_head_is_malformed(string text) =>
        Assert.Equal(PreludeState.Malformed, UrlPrelude.TryRead(Sequence(Encoding.UTF8.GetBytes(text)), out _, out _));

    [Fact]
    public void Nobody_can_make_it_wait_for_ever()
    {
        var endless = Encoding.UTF8.GetBytes("{\"a\":\"" + new string('a', UrlPrelude.MaxBytes));
        Assert.Equal(PreludeState.Malformed, UrlPrelude.TryRead(Sequence(endless), out _, out _));
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(Good);
            for (var change = random.Next(4); change >= 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var cut = random.Next(bytes.Length);
            _ = UrlPrelude.TryRead(Sequence(bytes[..cut], bytes[cut..]), out var head, out _);
            Assert.True(head is null || head.Headers.All(header => UrlHeaders.IsName(header.Name) && UrlHeaders.IsValue(header.Value)));
        }
    }

    [Theory]
    [InlineData("""{"headers":{"a\r\nset-cookie: x":"1"}}""")]
    [InlineData("""{"headers":{"a":"1\r\nset-cookie: x"}}""")]
    [InlineData("""{"headers":{"a":"\u0000"}}""")]
    [InlineData("""{"headers":{"a":"é"}}""")]
    [InlineData("""{"headers":{"":"1"}}""")]
    [InlineData("""{"headers":{"a":{}}}""")]
    [InlineData("""{"headers":{"a":"\ud800"}}""")]
    [InlineData("""{"headers":[]}""")]
    [InlineData("""{"headers":"a"}""")]
    [InlineData("""{"multiValueHeaders":{"a":"1"}}""")]
    [InlineData("""{"multiValueHeaders":{"a":[null]}}""")]
    [InlineData("""{"cookies":"a=b"}""")]
    [InlineData("""{"cookies":["a=b\n"]}""")]
    [InlineData("""{"cookies":[1,{}]}""")]
    public void Headers_that_no_answer_can_carry_are_malformed(string json) => Assert.Null(UrlHead.TryRead(JsonDocument.Parse(json).RootElement));

    [Fact]
    public void More_headers_than_anybody_needs_are_malformed() => Assert.Null(UrlHead.TryRead(JsonDocument.Parse(
        $$"""{"headers":{ {{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"h{i}\":\"{new string('v', 100)}\""))}} } }""").RootElement));

    static ReadOnlySequence<byte> Sequence(params byte[][] parts)
    {
        var first = new Part(parts[0], 0);
        var last = first;
        foreach (var part in parts[1..])
            last = last.Append(part);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(ReadOnlyMemory<byte> bytes, long before) => (Memory, RunningIndex) = (bytes, before);

        public Part Append(ReadOnlyMemory<byte> bytes)
        {
            var next = new Part(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
