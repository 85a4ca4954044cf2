using System.Globalization;
using System.Text;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

/// <summary>Vectors: AWS's own test suite for Signature V4, and botocore's signatures of our kind of request.</summary>
public sealed class SignatureV4Tests
{
    static readonly AwsCredentials Suite = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);
    static readonly AwsCredentials Root = new("test", "test", null);

    [Theory]
    [InlineData("GET", "https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "https://example.amazonaws.com/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    public void Signs_as_the_suite_of_AWS_does(string method, string address, string signature)
    {
        var header = Sign(method, address, "", Suite, "service", "20150830T123600Z");

        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + $"SignedHeaders=host;x-amz-date, Signature={signature}",
            header);
    }

    [Fact]
    public void Signs_the_port_with_the_host() => Assert.EndsWith(
        "SignedHeaders=host;x-amz-date, Signature=c92577ef0b2c1071d70b614a1359431e1f9a498c34d24338b3c235d933d7ad78",
        Sign("GET", "http://127.0.0.1:4566/2015-03-31/functions/hello/configuration", "", Root, "lambda", "20251125T022654Z"));

    [Fact]
    public void Encodes_the_path_twice_and_the_query_once() => Assert.EndsWith(
        "SignedHeaders=host;x-amz-date;x-amz-invocation-type;x-amz-log-type, "
        + "Signature=ef11bdb8e57e9d084f0a90717c62d8d3c265c3bf5410c796c231b5408152572a",
        Sign(
            "POST",
            "http://127.0.0.1:4566/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ahello/invocations?Qualifier=%24LATEST",
            """{"name":"Ada"}""", Root, "lambda", "20251125T022654Z",
            ("X-Amz-Log-Type", "Tail"), ("X-Amz-Invocation-Type", "RequestResponse")));

    [Fact]
    public void Signs_the_session_token_of_temporary_keys() => Assert.EndsWith(
        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, "
        + "Signature=d6130185056a040a78ad808332f1b2a8c17c6cf545ce60e3099de741fabe0be0",
        Sign(
            "POST", "https://logs.example.com/", "{}", Root with { SessionToken = "tok/en=" }, "logs", "20251125T022654Z",
            ("X-Amz-Target", "Logs_20140328.FilterLogEvents")));

    static string Sign(
        string method, string address, string body, AwsCredentials credentials, string service, string time,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        var now = DateTimeOffset.ParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        SignatureV4.Sign(request, Encoding.UTF8.GetBytes(body), credentials, "us-east-1", service, now);
        return Assert.Single(request.Headers.NonValidated["Authorization"]);
    }
}
