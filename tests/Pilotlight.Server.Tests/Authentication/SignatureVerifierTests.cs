using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

public sealed class SignatureVerifierTests
{
    public static TheoryData<string> Vectors => [.. BotocoreVectors.All.Select(vector => vector.Name)];

    static SignedRequest Vector(string name) => BotocoreVectors.All.Single(vector => vector.Name == name);

    [Theory, MemberData(nameof(Vectors))]
    public async Task Accepts_what_botocore_signed(string name)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var request = Vector(name).ToAwsRequest();

        Assert.Null(fixture.Verifier.Verify(request));

        Assert.True(request.IsAuthenticated);
        Assert.Equal("000000000000", request.AccountId);
    }

    [Theory, MemberData(nameof(Vectors))]
    public async Task Refuses_what_botocore_signed_once_anything_of_it_changed(string name)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var vector = Vector(name);
        var mark = vector.Target.IndexOf('?');
        List<SignedRequest> changed =
        [
            vector with { Method = vector.Method == "GET" ? "HEAD" : "DELETE" },
            vector with { Target = mark < 0 ? vector.Target + "?x=1" : vector.Target + "&x=1" },
            vector with { Target = mark < 0 ? vector.Target + "x" : vector.Target.Insert(mark, "x") },
            vector.With("Host", "elsewhere"),
            vector.With("X-Amz-Invocation-Type", "DryRun"),
            vector.With("X-Amz-Added", "on the way"),
        ];
        if (name != "S3 presigned")
            changed.Add(vector with { Body = vector.Body + " " });
        foreach (var header in vector.Headers)
            changed.Add(vector.With(header.Name, header.Value + "1"));
        foreach (var request in changed)
        {
            var refused = request.ToAwsRequest();
            Assert.NotNull(fixture.Verifier.Verify(refused));
            Assert.False(refused.IsAuthenticated);
        }
    }

    [Fact]
    public async Task Sets_caller_and_region()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var root = new RequestSigner { Region = "ap-southeast-2" }.Sign("lambda", "GET", "/", "").ToAwsRequest();
        Assert.Null(fixture.Verifier.Verify(root));
        Assert.Equal("ap-southeast-2", root.Region);
        Assert.Equal("arn:aws:iam::000000000000:root", root.Caller.Arn);
        Assert.Equal(CallerKind.Root, root.Caller.Kind);

        var session = Vector("session of a role").ToAwsRequest();
        Assert.Null(fixture.Verifier.Verify(session));
        Assert.Equal("arn:aws:sts::000000000000:assumed-role/worker/resize", session.Caller.Arn);
        Assert.Equal(CallerKind.AssumedRole, session.Caller.Kind);
        Assert.Equal(IdentityFixture.RoleArn, session.Caller.RoleArn);
        Assert.Equal(IdentityFixture.FunctionArn, session.Caller.SourceFunctionArn);
    }

    [Fact]
    public async Task Accepts_parameters_without_spaces_between_them()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var request = new RequestSigner().Sign("lambda", "GET", "/", "");
        Assert.Null(fixture.Verify(request.With("Authorization", request.Header("Authorization").Replace(", ", ","))));
    }

    [Fact]
    public async Task A_remembered_signing_key_serves_only_the_secret_it_came_from()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        Assert.Null(fixture.Verify(new RequestSigner().Sign("lambda", "GET", "/", "")));
        Assert.NotNull(fixture.Verify(new RequestSigner(Secret: "wrong").Sign("lambda", "GET", "/", "")));
        Assert.Null(fixture.Verify(new RequestSigner { Region = "us-east-1" }.Sign("lambda", "GET", "/", "")));
        Assert.Null(fixture.Verify(new RequestSigner().Sign("lambda", "GET", "/", "")));
    }

    [Fact]
    public async Task The_key_that_everybody_knows_is_unknown_inside_a_sandbox()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var root = new RequestSigner().Sign("lambda", "GET", "/", "").ToAwsRequest();
        root.Http.Features.Set(new SandboxOrigin(IdentityFixture.FunctionArn));
        Assert.Equal("UnrecognizedClientException", fixture.Verifier.Verify(root)!.Code);
        Assert.False(root.IsAuthenticated);

        var session = Vector("session of a role").ToAwsRequest();
        session.Http.Features.Set(new SandboxOrigin(IdentityFixture.FunctionArn));
        Assert.Null(fixture.Verifier.Verify(session));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Host", "rebound.evil.example:4566")]
    [InlineData("Host", "localhost.evil.example")]
    public async Task The_key_that_everybody_knows_is_unknown_to_web_pages(string header, string value)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var signer = new RequestSigner { Unsigned = ["origin", "sec-fetch-site"] };
        var page = signer.Sign("lambda", "POST", "/", "{}").Without(header).With(header, value);
        Assert.Equal("UnrecognizedClientException", fixture.Verify(page)!.Code);
        // A key of its own is secret, so whoever holds it may use it anywhere.
        var session = fixture.Identities.Issue();
        var owned = (signer with { AccessKeyId = session.AccessKeyId, Secret = session.SecretAccessKey, Token = session.SessionToken })
            .Sign("lambda", "POST", "/", "{}");
        Assert.Null(fixture.Verify(header == "Host" ? owned : owned.With(header, value)));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:4566")]
    [InlineData("bucket.localhost:4566")]
    [InlineData("127.0.0.1:4566")]
    [InlineData("[::1]:4566")]
    [InlineData("192.168.7.1")]
    public async Task The_key_that_everybody_knows_is_good_for_programs_of_this_machine(string host)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        Assert.Null(fixture.Verify(new RequestSigner { Host = host }.Sign("lambda", "GET", "/", "")));
    }

    [Theory]
    [InlineData(-300)]
    [InlineData(0)]
    [InlineData(300)]
    public async Task Accepts_a_clock_that_is_five_minutes_off(int seconds)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var time = SignatureTime.Format(fixture.Time.GetUtcNow().AddSeconds(seconds));
        Assert.Null(fixture.Verify(new RequestSigner { Timestamp = time }.Sign("lambda", "GET", "/", "")));
    }

    [Fact]
    public async Task A_presigned_request_lives_as_long_as_it_says()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(900));
        Assert.Null(fixture.Verify(Vector("presigned")));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var refused = fixture.Verify(Vector("presigned"))!;
        Assert.Equal("SignatureDoesNotMatch", refused.Code);
        Assert.Equal(
            "Signature expired: 20250304T120000Z is now earlier than 20250304T120001Z (20250304T121501Z - 15 min.)", refused.Message);
    }

    [Fact]
    public async Task The_payload_may_go_unsigned_to_S3_and_nowhere_else()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        // Declared and signed, but no hash of this body: whoever holds the request could swap the body.
        var request = new RequestSigner().Sign("lambda", "POST", "/", "UNSIGNED-PAYLOAD", ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"));
        Assert.Equal("InvalidSignatureException", fixture.Verify(request)!.Code);
    }

    [Theory]
    [InlineData("us-east-1", true)]
    [InlineData("us-gov-west-1", true)]
    [InlineData("eusc-de-east-1", true)]
    [InlineData("ap-southeast-12", true)]
    [InlineData("us-east", false)]
    [InlineData("us-1", false)]
    [InlineData("us-east-", false)]
    [InlineData("us-east-123", false)]
    [InlineData("us-East-1", false)]
    [InlineData("us--1", false)]
    [InlineData("-us-east-1", false)]
    [InlineData("", false)]
    [InlineData("a-b-1", false)]
    [InlineData("aaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbb-1", false)]
    public void Knows_the_shape_of_a_region(string name, bool wellFormed) => Assert.Equal(wellFormed, RegionName.IsWellFormed(name));
}
