using System.Text;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Buckets;

/// <summary>Requests that no client would send, to every operation of S3: never a 500, never a stack trace.</summary>
public sealed class BucketFuzzTests
{
    static readonly string[] s_words =
    [
        "", "versioning", "tagging", "policy", "policyStatus", "publicAccessBlock", "ownershipControls", "acl", "notification", "encryption", "cors",
        "lifecycle", "accelerate", "logging", "requestPayment", "website", "replication", "object-lock", "location", "versions", "uploads", "delete",
        "list-type=2", "attributes", "uploadId=x", "uploadId=x&partNumber=1", "partNumber=99", "versionId=x", "select", "restore", "analytics",
        "max-keys=-1", "max-keys=x", "list-type=2&continuation-token=x", "encoding-type=q", "response-content-type=x", "torrent",
    ];

    static readonly string[] s_bodies =
    [
        "", "x", "<", "<a/>", "<Delete/>", "<Delete><Object><Key></Key></Object></Delete>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><Tagging>&a;</Tagging>", "<VersioningConfiguration><Status>No</Status></VersioningConfiguration>",
        "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>1</ETag></Part></CompleteMultipartUpload>",
        "<NotificationConfiguration><QueueConfiguration><Queue>arn</Queue><Event>x</Event></QueueConfiguration></NotificationConfiguration>",
        "<CORSConfiguration><CORSRule/></CORSConfiguration>", "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>",
        "<CreateBucketConfiguration><LocationConstraint>nowhere</LocationConstraint></CreateBucketConfiguration>", "{\"Statement\":1}", "{\"Statement\":[[]]}",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":{}}]}",
        "<PublicAccessBlockConfiguration><BlockPublicAcls>x</BlockPublicAcls></PublicAccessBlockConfiguration>", "<OwnershipControls/>",
        "<ServerSideEncryptionConfiguration/>", "<AccessControlPolicy/>", "\u0000",
    ];

    static readonly string[] s_headers =
    [
        "range", "x-amz-copy-source", "x-amz-copy-source-range", "content-md5", "x-amz-checksum-crc32", "x-amz-tagging", "x-amz-trailer", "if-match",
        "if-none-match", "if-modified-since", "x-amz-object-attributes", "x-amz-decoded-content-length", "x-amz-metadata-directive", "x-amz-checksum-algorithm",
        "x-amz-checksum-type", "x-amz-expected-bucket-owner", "x-amz-acl", "x-amz-sdk-checksum-algorithm", "x-amz-meta-a", "x-amz-bypass-governance-retention",
    ];

    static readonly string[] s_values = ["", "x", "*", "-1", "99999999999999999999", "bytes=0-", "fuzzed/k", "/fuzzed/k?versionId=%zz", "%", "a=1&b=%zz", "ETag,Nonsense", "Thu, 99 Nov"];

    [Fact]
    public async Task No_request_breaks_the_server()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        var requests = new S3Requests(server.Endpoint);
        var random = new Random(20261125);
        List<string> broken = [];
        for (var round = 0; round < 1500; round++)
        {
            if (round % 50 == 0)
            {
                await requests.SendAsync(HttpMethod.Put, "/fuzzed", []);
                await requests.SendAsync(HttpMethod.Put, "/fuzzed/k", "hello"u8.ToArray());
            }

            var method = new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Post, HttpMethod.Delete, HttpMethod.Head, HttpMethod.Options }[random.Next(6)];
            var word = s_words[random.Next(s_words.Length)];
            var path = new[] { "/fuzzed", "/fuzzed/k", "/none", "/none/k", "/", "/Bad_Name", "/fuzzed/%41%FF" }[random.Next(7)] + (word.Length > 0 ? "?" + word : "");
            var body = Encoding.UTF8.GetBytes(s_bodies[random.Next(s_bodies.Length)]);
            var headers = s_headers.Where(_ => random.Next(12) == 0).Select(name => (name, s_values[random.Next(s_values.Length)])).Where(static header => header.Item2.Length > 0);
            var (status, text) = await requests.SendAsync(method, path, method == HttpMethod.Get || method == HttpMethod.Head ? [] : body, null, [.. headers]);
            if (status is 500 or 502 || text.Contains("   at ", StringComparison.Ordinal))
                broken.Add($"{method} {path} {Encoding.UTF8.GetString(body)} -> {status} {text}");
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }
}
