using System.Text;
using Pilotlight.Buckets;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Buckets;

/// <summary>Bodies in every form that they are signed in, whole and broken: an object appears when its body is proven, and not otherwise.</summary>
public sealed class StreamedBodyTests : IAsyncLifetime
{
    const string Signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const string SignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    const string Unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    PilotlightServer _server = null!;
    S3Requests _requests = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        _requests = new S3Requests(_server.Endpoint);
        Assert.Equal(200, (await _requests.SendAsync(HttpMethod.Put, "/streamed", [])).Status);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Signed_chunks_are_put_together()
    {
        byte[][] chunks = [Bytes(70_000, 1), Bytes(65_536, 2), Bytes(3, 3)];
        var answer = await PutAsync(Signed, chunks.Sum(static chunk => chunk.Length), seed => _requests.Chunks(seed, chunks));
        Assert.Equal(200, answer.Status);
        Assert.Equal(Text([.. chunks.SelectMany(static chunk => chunk)]), (await GetAsync()).Body);
    }

    [Fact]
    public async Task A_checksum_behind_signed_chunks_is_checked_and_signed()
    {
        var (name, value) = ("x-amz-checksum-crc32", Checksum("CRC32", Bytes(100, 1)));
        Assert.Equal(200, (await PutAsync(SignedTrailer, 100, seed => _requests.Chunks(seed, [Bytes(100, 1)], (name, value)), name)).Status);

        var wrong = Checksum("CRC32", Bytes(100, 2));
        var answer = await PutAsync(SignedTrailer, 100, seed => _requests.Chunks(seed, [Bytes(100, 1)], (name, wrong)), name);
        Assert.Equal(400, answer.Status);
        Assert.Contains("<Code>BadDigest</Code>", answer.Body);

        answer = await PutAsync(SignedTrailer, 100, seed => Replace(_requests.Chunks(seed, [Bytes(100, 1)], (name, value)), value, wrong), name);
        Assert.Equal(403, answer.Status);
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("CRC32C")]
    [InlineData("CRC64NVME")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public async Task A_checksum_behind_unsigned_chunks_is_checked(string algorithm)
    {
        var name = $"x-amz-checksum-{algorithm.ToLowerInvariant()}";
        var body = $"5\r\nhello\r\n0\r\n{name}:{Checksum(algorithm, "hello"u8.ToArray())}\r\n\r\n";
        Assert.Equal(200, (await PutAsync(Unsigned, 5, _ => Encoding.ASCII.GetBytes(body), name)).Status);
        Assert.Equal("hello", (await GetAsync()).Body);
        Assert.Equal(400, (await PutAsync(Unsigned, 5, _ => Encoding.ASCII.GetBytes(body.Replace("hello", "jello")), name)).Status);
        Assert.Equal("hello", (await GetAsync()).Body);
    }

    [Fact]
    public async Task A_changed_chunk_is_refused_and_leaves_nothing()
    {
        for (var flip = 0; flip < 3; flip++)
        {
            byte[][] chunks = [Bytes(9000, 1), Bytes(9000, 2)];
            var answer = await PutAsync(Signed, 18_000, seed =>
            {
                var body = _requests.Chunks(seed, chunks);
                // A byte of the first chunk, of the second, of the last signature.
                var at = flip switch { 0 => 200, 1 => 12_000, _ => body.Length - 8 };
                body[at] ^= 1;
                return body;
            });
            Assert.Equal(403, answer.Status);
            Assert.Contains("<Code>SignatureDoesNotMatch</Code>", answer.Body);
        }

        Assert.Equal(404, (await GetAsync()).Status);
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5\r\nhel")]
    [InlineData("5\r\nhello")]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("zz\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [InlineData("7FFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-sha1:NhCmhg==\r\n\r\n")]
    [InlineData("4\r\nhell\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")]
    [InlineData("6\r\nhelloo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")]
    public async Task A_frame_that_is_not_whole_is_refused_and_leaves_nothing(string body)
    {
        var answer = await PutAsync(Unsigned, 5, _ => Encoding.ASCII.GetBytes(body), "x-amz-checksum-crc32");
        Assert.Equal(400, answer.Status);
        Assert.Equal(404, (await GetAsync()).Status);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Random_frames_never_break_the_server()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 200; round++)
        {
            var body = new byte[random.Next(300)];
            random.NextBytes(body);
            var good = Encoding.ASCII.GetBytes("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
            if (random.Next(2) == 0)
            {
                good[random.Next(good.Length)] = (byte)random.Next(256);
                body = good;
            }

            var answer = await PutAsync(random.Next(2) == 0 ? Unsigned : SignedTrailer, 5, _ => body, "x-amz-checksum-crc32");
            Assert.True(answer.Status is 200 or 400 or 403, $"{answer.Status} {answer.Body}");
        }
    }

    [Fact]
    public async Task A_body_that_is_not_what_its_hash_says_leaves_nothing()
    {
        var answer = await _requests.SendAsync(HttpMethod.Put, "/streamed/k", "hello"u8.ToArray(), new string('0', 64));
        Assert.Equal(400, answer.Status);
        Assert.Contains("<Code>XAmzContentSHA256Mismatch</Code>", answer.Body);
        Assert.Equal(404, (await GetAsync()).Status);
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("content-md5", "nonsense", "InvalidDigest")]
    [InlineData("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest")]
    [InlineData("x-amz-checksum-sha256", "AAAA", "InvalidRequest")]
    [InlineData("x-amz-checksum-crc32", "AAAAAA==", "BadDigest")]
    [InlineData("x-amz-sdk-checksum-algorithm", "MD4", "InvalidRequest")]
    [InlineData("x-amz-trailer", "x-amz-checksum-crc32", "InvalidRequest")]
    [InlineData("x-amz-storage-class", "CHEAP", "InvalidStorageClass")]
    [InlineData("x-amz-server-side-encryption", "aws:kms", "NotImplemented")]
    [InlineData("x-amz-acl", "public-read", "AccessControlListNotSupported")]
    [InlineData("x-amz-tagging", "a=1&a=2", "InvalidTag")]
    public async Task A_head_that_is_not_right_is_refused_with_its_code(string header, string value, string code)
    {
        var answer = await _requests.SendAsync(HttpMethod.Put, "/streamed/k", "hello"u8.ToArray(), null, (header, value));
        Assert.Contains($"<Code>{code}</Code>", answer.Body);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        await _requests.AbandonAsync("/streamed/k", 1_000_000, Bytes(300_000, 1));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        // The server notices when the connection ends: the file may be there for a moment.
        while (Files().Length > 0)
            await Task.Delay(20, patience.Token);
        Assert.Equal(404, (await GetAsync()).Status);
    }

    async Task<(int Status, string Body)> PutAsync(string payload, int length, Func<string, byte[]> body, string? trailer = null)
    {
        List<(string, string)> more = [("x-amz-decoded-content-length", length.ToString())];
        if (trailer is not null)
            more.Add(("x-amz-trailer", trailer));
        var (headers, signature) = _requests.Sign("PUT", "/streamed/k", payload, [.. more]);
        return await _requests.SendAsync(HttpMethod.Put, "/streamed/k", body(signature), headers);
    }

    Task<(int Status, string Body)> GetAsync() => _requests.SendAsync(HttpMethod.Get, "/streamed/k", []);

    string[] Files() => Directory.GetFiles(Path.Combine(_server.DataFolder, "objects"), "*", SearchOption.AllDirectories);

    /// <summary>ASCII, so that answers compare as text.</summary>
    static byte[] Bytes(int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count];
        foreach (ref var value in bytes.AsSpan())
            value = (byte)random.Next('a', 'z');
        return bytes;
    }

    static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);

    static byte[] Replace(byte[] body, string old, string with) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(body).Replace(old, with));

    static string Checksum(string algorithm, byte[] bytes)
    {
        using var computation = new ChecksumComputation(algorithm);
        computation.Append(bytes);
        return computation.Finish();
    }
}
