using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Buckets;

/// <summary>AWS's own client, as it sends bodies by itself: in signed chunks, with checksums behind them.</summary>
public sealed class BucketTests : IAsyncLifetime
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    PilotlightServer _server = null!;
    AmazonS3Client _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync();
        _client = ClientOf(_server);
        await _client.PutBucketAsync("first-bucket", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_is_put_and_comes_back()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = "first-bucket", Key = "a/b c", InputStream = new MemoryStream(bytes) }, Cancellation);
        using var got = await _client.GetObjectAsync("first-bucket", "a/b c", Cancellation);
        using var copy = new MemoryStream();
        await got.ResponseStream.CopyToAsync(copy, Cancellation);
        Assert.Equal(bytes, copy.ToArray());
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"", got.ETag);
    }

    [Fact]
    public async Task A_large_body_goes_up_in_parts()
    {
        var bytes = RandomNumberGenerator.GetBytes(12 * 1024 * 1024);
        using var transfer = new TransferUtility(_client, new TransferUtilityConfig { MinSizeBeforePartUpload = 6 * 1024 * 1024 });
        await transfer.UploadAsync(
            new TransferUtilityUploadRequest { BucketName = "first-bucket", Key = "large", InputStream = new MemoryStream(bytes), PartSize = 5 * 1024 * 1024 }, Cancellation);
        using var got = await _client.GetObjectAsync(new GetObjectRequest { BucketName = "first-bucket", Key = "large", ByteRange = new ByteRange(5_242_870, 5_242_889) }, Cancellation);
        using var copy = new MemoryStream();
        await got.ResponseStream.CopyToAsync(copy, Cancellation);
        Assert.Equal(bytes[5_242_870..5_242_890], copy.ToArray());
        Assert.EndsWith("-3\"", got.ETag);
    }

    [Fact]
    public async Task Of_writers_that_want_to_be_first_one_is()
    {
        var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            try
            {
                await _client.PutObjectAsync(new PutObjectRequest { BucketName = "first-bucket", Key = "only", ContentBody = $"{number}", IfNoneMatch = "*" }, Cancellation);
                return true;
            }
            catch (AmazonS3Exception refused) when (refused.ErrorCode == "PreconditionFailed")
            {
                return false;
            }
        }));
        Assert.Equal(1, ends.Count(static isFirst => isFirst));
    }

    [Fact]
    public async Task Readers_keep_the_body_they_began_with()
    {
        var bytes = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = "first-bucket", Key = "read", InputStream = new MemoryStream(bytes) }, Cancellation);
        using var got = await _client.GetObjectAsync("first-bucket", "read", Cancellation);
        await _client.DeleteObjectAsync("first-bucket", "read", Cancellation);
        using var copy = new MemoryStream();
        await got.ResponseStream.CopyToAsync(copy, Cancellation);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public async Task Everything_survives_a_restart_and_orphans_do_not()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-buckets-{Guid.NewGuid():n}");
        try
        {
            await using (var server = await StartAsync(folder))
            {
                using var client = ClientOf(server);
                await client.PutBucketAsync("kept-bucket", Cancellation);
                await client.PutObjectAsync(new PutObjectRequest { BucketName = "kept-bucket", Key = "k", ContentBody = "kept" }, Cancellation);
                await client.PutObjectAsync(new PutObjectRequest { BucketName = "kept-bucket", Key = "empty", ContentBody = "" }, Cancellation);
                await client.InitiateMultipartUploadAsync("kept-bucket", "open", Cancellation);
            }

            var orphan = Path.Combine(folder, "objects", "00", new string('0', 32));
            await File.WriteAllTextAsync(orphan, "a crash cut this off", Cancellation);
            await using (var server = await StartAsync(folder))
            {
                using var client = ClientOf(server);
                using var got = await client.GetObjectAsync("kept-bucket", "k", Cancellation);
                using var reader = new StreamReader(got.ResponseStream);
                Assert.Equal("kept", await reader.ReadToEndAsync(Cancellation));
                Assert.Equal("open", Assert.Single((await client.ListMultipartUploadsAsync("kept-bucket", Cancellation)).MultipartUploads).Key);
                Assert.False(File.Exists(orphan));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_reset_leaves_neither_buckets_nor_files()
    {
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = "first-bucket", Key = "k", ContentBody = "x" }, Cancellation);
        await ((Pilotlight.Storage.IErasable)_server.Platform.Services.GetService(typeof(Pilotlight.Buckets.BucketStore))!).EraseAsync();
        Assert.Empty((await _client.ListBucketsAsync(Cancellation)).Buckets ?? []);
        Assert.Empty(Directory.GetFiles(Path.Combine(_server.DataFolder, "objects"), "*", SearchOption.AllDirectories));
    }

    static Task<PilotlightServer> StartAsync(string? folder = null) =>
        PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)), dataFolder: folder);

    static AmazonS3Client ClientOf(PilotlightServer server) => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonS3Config { ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
}
