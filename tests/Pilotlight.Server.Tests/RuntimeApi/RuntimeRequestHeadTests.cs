using System.Text;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Tests.RuntimeApi;

/// <summary>What the loops of the Runtime API take for themselves; whatever else a sandbox sends is for the web server.</summary>
public sealed class RuntimeRequestHeadTests
{
    const string Next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n\r\n";
    const string Response = "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n";
    const string Error = "POST /2018-06-01/runtime/invocation/8476a536/error HTTP/1.1\r\nhost:localhost\r\nuser-agent: x\r\nLAMBDA-RUNTIME-FUNCTION-ERROR-TYPE:\tRuntime.Oops \r\ncontent-length: 2\r\nConnection: Keep-Alive\r\n\r\n";
    const string Assignment = "GET /_pilotlight/assignment HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void Takes_what_runtimes_repeat()
    {
        Assert.Equal((RuntimeRequestKind.Next, Next.Length, "", 0, "", ""), Read(Next));
        Assert.Equal((RuntimeRequestKind.Assignment, Assignment.Length, "", 0, "", ""), Read(Assignment));
        Assert.Equal((RuntimeRequestKind.Response, Response.Length, "8476a536-e9f4-11e8-9739-2dfe598c3fcd", 11, "application/json", ""), Read(Response));
        Assert.Equal((RuntimeRequestKind.Error, Error.Length, "8476a536", 2, "", "Runtime.Oops"), Read(Error));
    }

    [Theory]
    [InlineData(Next)]
    [InlineData(Response)]
    [InlineData(Error)]
    [InlineData(Assignment)]
    public void Waits_for_the_end_of_the_head_and_leaves_what_follows(string request)
    {
        for (var i = 0; i < request.Length; i++)
            Assert.Equal(RuntimeRequestKind.Incomplete, Read(request[..i]).Kind);
        Assert.Equal(Read(request), Read(request + Next));
        Assert.Equal(Read(request), Read(request + "\0\r\n\r\n"));
    }

    [Theory]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.0\r\nHost: a\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next?a=b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET  /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: \r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a/b\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nA: \u0001\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nA: \u00e9\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n\r\n")]
    [InlineData("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation//response HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a%20b/response HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/../response HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/RESPONSE HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 6291557\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nTrailer: x\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Type: a\r\nContent-Type: b\r\nContent-Length: 1\r\n\r\n")]
    public void Leaves_everything_else_to_the_web_server(string request) => Assert.Equal(RuntimeRequestKind.Unusual, Read(request).Kind);

    [Fact]
    public void A_head_that_does_not_end_is_not_waited_for()
    {
        Assert.Equal(RuntimeRequestKind.Incomplete, Read(Next[..^2] + new string('a', RuntimeRequestHead.MaxBytes - Next.Length)).Kind);
        Assert.Equal(RuntimeRequestKind.Unusual, Read(Next[..^2] + new string('a', RuntimeRequestHead.MaxBytes)).Kind);
        Assert.Equal(RuntimeRequestKind.Unusual, Read($"{Next[..^2]}A: {new string('a', RuntimeRequestHead.MaxBytes)}\r\n\r\n").Kind);
    }

    [Fact]
    public void No_bytes_break_it_and_what_it_takes_is_what_was_said()
    {
        var random = new Random(20261126);
        string[] requests = [Next, Response, Error, Assignment];
        string[] pieces = ["\r\n", "\r", "\n", ":", " ", "\0", "Host: b\r\n", "Content-Length: 7\r\n", "Transfer-Encoding: chunked\r\n", "\u00ff", "/", "HTTP/1.1", "\r\n\r\n"];
        for (var round = 0; round < 100_000; round++)
        {
            var request = new StringBuilder(requests[random.Next(requests.Length)]);
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                if (request.Length == 0)
                    break;
                var at = random.Next(request.Length);
                switch (random.Next(4))
                {
                    case 0:
                        request[at] = (char)random.Next(256);
                        break;
                    case 1:
                        request.Remove(at, Math.Min(random.Next(1, 8), request.Length - at));
                        break;
                    case 2:
                        request.Insert(at, pieces[random.Next(pieces.Length)]);
                        break;
                    default:
                        request.Length = Math.Max(1, at);
                        break;
                }
            }

            var text = request.ToString();
            var (kind, length, id, contentLength, _, _) = Read(text);
            if (kind is RuntimeRequestKind.Incomplete or RuntimeRequestKind.Unusual)
                continue;
            var lines = text[..(length - 4)].Split("\r\n");
            Assert.Equal(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4, length);
            Assert.DoesNotContain(lines, static line => line.Any(static character => character is (< ' ' or > '~') and not '\t'));
            Assert.Single(lines, static line => line.StartsWith("host:", StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(lines, static line => line.StartsWith("transfer-encoding", StringComparison.OrdinalIgnoreCase));
            var lengths = lines.Where(static line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)).Select(static line => int.Parse(line[15..])).ToArray();
            Assert.Equal(contentLength, lengths.SingleOrDefault());
            Assert.Equal(kind is RuntimeRequestKind.Response or RuntimeRequestKind.Error, id.Length > 0);
            if (id.Length > 0)
                Assert.StartsWith($"POST /2018-06-01/runtime/invocation/{id}/", lines[0]);
        }
    }

    static (RuntimeRequestKind Kind, int Length, string Id, int ContentLength, string ContentType, string ErrorType) Read(string text)
    {
        var head = RuntimeRequestHead.Read(Encoding.Latin1.GetBytes(text));
        return (head.Kind, head.Length, Text(head.RequestId), head.ContentLength, Text(head.ContentType), Text(head.ErrorType));
    }

    static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
