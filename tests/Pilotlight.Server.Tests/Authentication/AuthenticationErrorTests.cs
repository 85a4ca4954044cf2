using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>AWS's words for every way to be refused, in the code of each protocol (spec/iam.md 1.4).</summary>
public sealed class AuthenticationErrorTests
{
    const string NoMatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    static SignedRequest Good(string service) => new RequestSigner().Sign(service, "POST", "/", "{}");

    static async Task<AwsError> RefusalAsync(SignedRequest request, Action<VerifierFixture>? arrange = null)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        arrange?.Invoke(fixture);
        return fixture.Verify(request) ?? throw new InvalidOperationException("The request was accepted.");
    }

    [Theory]
    [InlineData("lambda", 403, "MissingAuthenticationTokenException", "Missing Authentication Token")]
    [InlineData("logs", 400, "MissingAuthenticationTokenException", "Missing Authentication Token")]
    [InlineData("sts", 403, "MissingAuthenticationToken", "Request is missing Authentication Token")]
    public async Task No_credentials(string service, int status, string code, string message)
    {
        Assert.Equal(new AwsError(status, code, message), await RefusalAsync(Good(service).Without("Authorization")));
        Assert.Equal(new AwsError(status, code, message), await RefusalAsync(Good(service).With("Authorization", "Bearer abc")));
    }

    [Theory]
    [InlineData("lambda", 403, "UnrecognizedClientException")]
    [InlineData("logs", 400, "UnrecognizedClientException")]
    [InlineData("sts", 403, "InvalidClientTokenId")]
    public async Task Unknown_keys_and_tokens(string service, int status, string code)
    {
        var expected = new AwsError(status, code, "The security token included in the request is invalid.");
        Assert.Equal(expected, await RefusalAsync(new RequestSigner("AKIAIOSFODNN7EXAMPLE").Sign(service, "GET", "/", "")));
        Assert.Equal(expected, await RefusalAsync(new RequestSigner("test2").Sign(service, "GET", "/", "")));
        Assert.Equal(expected, await RefusalAsync(new RequestSigner("tes").Sign(service, "GET", "/", "")));
        // A session's key without its token, a long-term key with one.
        Assert.Equal(expected, await RefusalAsync(new RequestSigner("ASIAQAAAAAAACEC7MMHZ").Sign(service, "GET", "/", "")));
        Assert.Equal(expected, await RefusalAsync(new RequestSigner(Token: "token").Sign(service, "GET", "/", "")));
    }

    [Theory]
    [InlineData("lambda", 403, "InvalidSignatureException")]
    [InlineData("logs", 400, "InvalidSignatureException")]
    [InlineData("sts", 403, "SignatureDoesNotMatch")]
    public async Task Wrong_signature(string service, int status, string code)
    {
        var expected = new AwsError(status, code, NoMatch);
        Assert.Equal(expected, await RefusalAsync(new RequestSigner(Secret: "wrong").Sign(service, "GET", "/", "")));
        Assert.Equal(expected, await RefusalAsync(Good(service) with { Body = "{ }" }));
        var authorization = Good(service).Header("Authorization");
        Assert.Equal(expected, await RefusalAsync(Good(service).With("Authorization", authorization[..^1])));
        Assert.Equal(expected, await RefusalAsync(Good(service).With("Authorization", authorization + "0")));
        Assert.Equal(expected, await RefusalAsync(Good(service).With("Authorization", authorization[..^64] + authorization[^64..].ToUpperInvariant())));
        Assert.Equal(expected, await RefusalAsync(Good(service).With("Authorization", authorization[..^64] + new string('é', 64))));
    }

    [Theory]
    [InlineData("lambda", 403, "ExpiredTokenException")]
    [InlineData("logs", 400, "ExpiredTokenException")]
    [InlineData("sts", 403, "ExpiredToken")]
    public async Task Expired_session(string service, int status, string code)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var session = fixture.Identities.Issue(TimeSpan.FromMinutes(1));
        var request = new RequestSigner(session.AccessKeyId, session.SecretAccessKey, session.SessionToken).Sign(service, "GET", "/", "");
        Assert.Null(fixture.Verify(request));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new AwsError(status, code, "The security token included in the request is expired"), fixture.Verify(request));
    }

    [Theory]
    [InlineData("lambda", 403, "InvalidSignatureException")]
    [InlineData("sts", 403, "SignatureDoesNotMatch")]
    public async Task Too_old_and_from_the_future(string service, int status, string code)
    {
        Assert.Equal(
            new AwsError(status, code, "Signature expired: 20250304T115459Z is now earlier than 20250304T115500Z (20250304T120000Z - 5 min.)"),
            await RefusalAsync(new RequestSigner { Timestamp = "20250304T115459Z" }.Sign(service, "GET", "/", "")));
        Assert.Equal(
            new AwsError(status, code, "Signature not yet current: 20250304T120501Z is still later than 20250304T120500Z (20250304T120000Z + 5 min.)"),
            await RefusalAsync(new RequestSigner { Timestamp = "20250304T120501Z" }.Sign(service, "GET", "/", "")));
    }

    [Theory]
    [InlineData("lambda", "InvalidSignatureException")]
    [InlineData("sts", "SignatureDoesNotMatch")]
    public async Task Wrong_scope(string service, string code)
    {
        var signer = new RequestSigner();
        var region = await RefusalAsync((signer with { Region = "mars" }).Sign(service, "GET", "/", ""));
        Assert.Equal(new AwsError(403, code, "Credential should be scoped to a valid region. "), region);
        var wrongService = await RefusalAsync((signer with { ScopeService = "ec2" }).Sign(service, "GET", "/", ""));
        Assert.Equal(new AwsError(403, code, $"Credential should be scoped to correct service: '{service}'. "), wrongService);
        var all = await RefusalAsync((signer with { Region = "c", ScopeService = "d", Terminator = "e", ScopeDate = "b" }).Sign(service, "GET", "/", ""));
        Assert.Equal(
            "Credential should be scoped to a valid region. " +
            $"Credential should be scoped to correct service: '{service}'. " +
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. " +
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20250304', from '20250304T120000Z'.",
            all.Message);
    }

    [Theory]
    [InlineData("lambda", "IncompleteSignatureException")]
    [InlineData("sts", "IncompleteSignature")]
    public async Task Incomplete_header(string service, string code)
    {
        var refused = await RefusalAsync(Good(service).Without("X-Amz-Date").With("Authorization", "AWS4-HMAC-SHA256"));
        Assert.Equal(400, refused.Status);
        Assert.Equal(code, refused.Code);
        Assert.Equal(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
            "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
            "(Hashed with SHA-256 and encoded with Base64) Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=",
            refused.Message);

        var noSignature = await RefusalAsync(Good(service).With("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"));
        Assert.StartsWith("Authorization header requires 'Signature' parameter. (Hashed", noSignature.Message);
        var credential = await RefusalAsync(Good(service).With("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0"));
        Assert.Equal(
            new AwsError(400, code, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'"),
            credential);
        var date = await RefusalAsync(Good(service).With("X-Amz-Date", "2025-03-04T12:00:00Z"));
        Assert.Equal(
            new AwsError(400, code, "Date must be in ISO-8601 'basic format'. Got '2025-03-04T12:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"), date);
    }

    [Fact]
    public async Task Signature_version_4A_is_refused_by_name()
    {
        var request = Good("lambda");
        var refused = await RefusalAsync(request.With(
            "Authorization", request.Header("Authorization").Replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")));
        Assert.Equal(
            new AwsError(400, "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "),
            refused);
    }

    [Fact]
    public async Task Host_and_every_amz_header_must_be_signed()
    {
        var host = await RefusalAsync(new RequestSigner { Unsigned = ["host"] }.Sign("lambda", "GET", "/", ""));
        Assert.Equal(
            new AwsError(403, "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."), host);
        var signer = new RequestSigner { Unsigned = ["x-amz-invocation-type"] };
        var header = await RefusalAsync(signer.Sign("lambda", "GET", "/", "", ("X-Amz-Invocation-Type", "Event")));
        Assert.Equal(new AwsError(403, "InvalidSignatureException", "There were headers present in the request which were not signed"), header);
        var date = await RefusalAsync(new RequestSigner { Unsigned = ["x-amz-date"] }.Sign("lambda", "GET", "/", ""));
        Assert.Equal(header, date);
    }

    [Fact]
    public async Task Header_and_query_exclude_each_other()
    {
        var presigned = BotocoreVectors.All.Single(vector => vector.Name == "presigned");
        var refused = await RefusalAsync(presigned.With("Authorization", "AWS4-HMAC-SHA256 x"));
        Assert.Equal("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.", refused.Message);
    }

    [Fact]
    public async Task Incomplete_query()
    {
        var all = await RefusalAsync(new SignedRequest("", "sts", "GET", "/?X-Amz-Signature=", "", [("Host", "localhost")]));
        Assert.Equal(
            "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. " +
            "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
            "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
            all.Message);
        var presigned = BotocoreVectors.All.Single(vector => vector.Name == "presigned");
        var twice = await RefusalAsync(presigned with { Target = presigned.Target + "&X-Amz-Signature=0" });
        Assert.Equal("AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.", twice.Message);
    }

    [Theory]
    [InlineData("0", "X-Amz-Expires must be positive")]
    [InlineData("-1", "X-Amz-Expires must be positive")]
    [InlineData("", "X-Amz-Expires should be a number")]
    [InlineData("ten", "X-Amz-Expires should be a number")]
    [InlineData("99999999999999999999", "X-Amz-Expires should be a number")]
    [InlineData("604801", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")]
    public async Task Lifetime_of_a_presigned_request(string seconds, string message)
    {
        var presigned = BotocoreVectors.All.Single(vector => vector.Name == "presigned");
        var refused = await RefusalAsync(presigned with { Target = presigned.Target.Replace("X-Amz-Expires=900", "X-Amz-Expires=" + seconds) });
        Assert.Equal(new AwsError(400, "IncompleteSignature", message), refused);
    }
}
