using System.Text;

namespace Pilotlight.Authentication;

/// <summary>Forged and broken signatures by the thousand. The seed is fixed, so a failure repeats.</summary>
public sealed class SignatureForgeryTests
{
    const string Hex = "0123456789abcdef";

    [Fact]
    public async Task Accepts_none_of_100000_mutated_signatures()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var random = new Random(20250304);
        var good = new RequestSigner().Sign("lambda", "POST", "/2015-03-31/functions/f/invocations", "{}");
        Assert.Null(fixture.Verify(good));
        var authorization = good.Header("Authorization");
        var (before, signature) = (authorization[..^64], authorization[^64..]);
        for (var i = 0; i < 100_000; i++)
        {
            var mutated = Mutate(signature, random, i);
            while (mutated == signature)
                mutated = Mutate(signature, random, i);
            var request = good.With("Authorization", before + mutated).ToAwsRequest();
            Assert.NotNull(fixture.Verifier.Verify(request));
            Assert.False(request.IsAuthenticated);
        }
    }

    static string Mutate(string signature, Random random, int round)
    {
        var at = random.Next(signature.Length);
        return (round % 6) switch
        {
            0 => signature[..at] + Hex[random.Next(16)] + signature[(at + 1)..],
            1 => new string(random.GetItems<char>(Hex, 64)),
            2 => signature[..at] + signature[(at + 1)..],
            3 => signature.Insert(at, Hex[random.Next(16)].ToString()),
            4 => signature[..at] + char.ToUpperInvariant(signature[at]) + signature[(at + 1)..],
            _ => signature[..at] + (char)random.Next(1, 0x300) + signature[(at + 1)..],
        };
    }

    [Fact]
    public async Task Answers_every_broken_header_with_an_AWS_error()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var random = new Random(4);
        var good = new RequestSigner().Sign("lambda", "POST", "/", "{}");
        Assert.Null(fixture.Verify(good));
        string[] names = ["Authorization", "Authorization", "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];
        for (var i = 0; i < 20_000; i++)
        {
            var name = names[random.Next(names.Length)];
            var start = good.Headers.FirstOrDefault(header => header.Name == name).Value ?? "";
            var request = good.With(name, Break(start, random)).ToAwsRequest();
            // Blanks and unknown parameters do not change what was signed; anything else is refused, and nothing throws.
            if (fixture.Verifier.Verify(request) is { } refused)
                Assert.InRange(refused.Status, 400, 403);
            else
                Assert.Contains(good.Header("Authorization")[^64..], request.Header("Authorization"));
        }
    }

    [Fact]
    public async Task Answers_every_broken_query_with_an_AWS_error()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var random = new Random(5);
        var good = BotocoreVectors.All.Single(vector => vector.Name == "presigned with a session");
        Assert.Null(fixture.Verify(good));
        for (var i = 0; i < 10_000; i++)
        {
            var target = "/?" + Break(good.Target[2..], random);
            var request = (good with { Target = target }).ToAwsRequest();
            if (fixture.Verifier.Verify(request) is { } refused)
                Assert.InRange(refused.Status, 400, 403);
        }
    }

    [Theory]
    [InlineData("AWS4-")]
    [InlineData("AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA256 ")]
    [InlineData("AWS4-HMAC-SHA256 ,,,=,=,,")]
    [InlineData("AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;;;host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;host;x-amz-date, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=x-amz-date;host, Signature=x")]
    [InlineData("AWS4-HMAC-SHA256 Credential=\u0001\u0002/\ud800/x/y/z, SignedHeaders=host;\udc00, Signature=\uffff")]
    public async Task Answers_a_malformed_header_with_an_AWS_error(string header)
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var refused = fixture.Verify(new RequestSigner().Sign("lambda", "GET", "/", "").With("Authorization", header));
        Assert.NotNull(refused);
        Assert.All(refused.Message, letter => Assert.InRange(letter, ' ', '~'));
    }

    [Fact]
    public async Task Survives_very_long_parts()
    {
        await using var fixture = await VerifierFixture.CreateAsync();
        var longText = new string('a', 200_000);
        var good = new RequestSigner().Sign("lambda", "GET", "/", "");
        foreach (var authorization in new[]
        {
            $"AWS4-HMAC-SHA256 Credential={longText}/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature={longText}",
            $"AWS4-HMAC-SHA256 Credential=test/20250304/{longText}/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
            $"AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders={longText};host;x-amz-date, Signature={new string('0', 64)}",
        })
            Assert.NotNull(fixture.Verify(good.With("Authorization", authorization)));
        var query = string.Join('&', Enumerable.Range(0, 20_000).Select(i => $"p{i % 7}={i}"));
        Assert.NotNull(fixture.Verify(good with { Target = "/?" + query }));
        Assert.NotNull(fixture.Verify(new RequestSigner(Token: longText).Sign("lambda", "GET", "/", "")));
    }

    static string Break(string text, Random random)
    {
        var broken = new StringBuilder(text);
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(broken.Length + 1);
            var letter = random.Next(4) == 0 ? (char)random.Next(1, 0x10000) : " ,=/;%+&0aZ"[random.Next(11)];
            switch (random.Next(4))
            {
                case 0:
                    broken.Insert(at, letter);
                    break;
                case 1 when at < broken.Length:
                    broken[at] = letter;
                    break;
                case 2 when at < broken.Length:
                    broken.Remove(at, random.Next(1, broken.Length - at + 1));
                    break;
                default:
                    broken.Insert(at, broken.ToString()[at..]);
                    break;
            }
        }

        return broken.ToString();
    }
}
