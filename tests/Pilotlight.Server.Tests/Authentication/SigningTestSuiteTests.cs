using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Authentication;

/// <summary>
/// AWS's public Signature V4 test suite: canonical request, string to sign and signature, in the header and (from aws-c-auth's copy of
/// the suite) in the query. Left out is only what HTTP/1.1 no longer carries: header values over several lines.
/// </summary>
public sealed partial class SigningTestSuiteTests
{
    const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    static readonly List<Vector> s_vectors = Load();

    public static TheoryData<string> Names => [.. s_vectors.Select(vector => vector.Name)];

    [Fact]
    public void Holds_both_forms() => Assert.Equal(
        (30, 7), (s_vectors.Count(vector => !vector.IsPresigned), s_vectors.Count(vector => vector.IsPresigned)));

    [Theory, MemberData(nameof(Names))]
    public void Signs_as_the_suite_does(string name)
    {
        var vector = s_vectors.Single(vector => vector.Name == name);
        // The suite's service is "service": any that encodes paths twice, as all but S3 do.
        var request = new SignedRequest(
            name, "lambda", vector.Method, vector.Target, vector.Body, [.. vector.Headers.Select(header => (header[0], header[1]))]).ToAwsRequest();
        Assert.Null(SignatureClaim.Read(request.Http.Request, new AuthenticationErrors(request.Operation.Service.Protocol), out var claim));
        Assert.True(claim.TrySplitCredential());
        Assert.Equal("AKIDEXAMPLE", claim.AccessKeyId.ToString());
        var payloadHash = Encoding.ASCII.GetBytes(Hex(Encoding.UTF8.GetBytes(vector.Body)));

        var buffer = new ByteBuffer(stackalloc byte[2048]);
        CanonicalRequest.Write(ref buffer, request.Http.Request, claim, PathForm.EncodedTwice, payloadHash);
        var canonical = Encoding.UTF8.GetString(buffer.Written);
        buffer.Dispose();
        if (vector.CanonicalRequest is { } expected)
            Assert.Equal(expected, canonical);
        if (vector.StringToSign is { } toSign)
            Assert.Equal(toSign, $"AWS4-HMAC-SHA256\n{claim.Timestamp}\n{claim.Scope}\n{Hex(Encoding.UTF8.GetBytes(canonical))}");

        Span<byte> signature = stackalloc byte[64];
        SignatureVerifier.Sign(SigningKeys.Derive(Encoding.UTF8.GetBytes("AWS4" + Secret), claim), request, claim, payloadHash, signature);
        Assert.Equal(claim.Signature.ToString(), Encoding.ASCII.GetString(signature));
    }

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    static List<Vector> Load()
    {
        using var stream = typeof(SigningTestSuiteTests).Assembly.GetManifestResourceStream("aws-signing-test-suite.json")!;
        return JsonSerializer.Deserialize(stream, VectorsJson.Default.ListVector)!;
    }

    internal sealed record Vector
    {
        public required string Name { get; init; }
        public required string Method { get; init; }
        public required string Target { get; init; }
        public required string[][] Headers { get; init; }
        public required string Body { get; init; }
        public string? CanonicalRequest { get; init; }
        public string? StringToSign { get; init; }

        public bool IsPresigned => Target.Contains("X-Amz-Signature=");
    }

    [JsonSerializable(typeof(List<Vector>))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    internal sealed partial class VectorsJson : JsonSerializerContext;
}
