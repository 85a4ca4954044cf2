using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

/// <summary>AssumeRoleWithWebIdentity against an issuer of this machine that publishes its keys over HTTP.</summary>
public sealed class WebIdentityTests : IAsyncLifetime
{
    readonly RSA _rsa = RSA.Create(2048);
    readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    PilotlightServer _server = null!;
    WebApplication _issuer = null!;
    string _url = "";
    string _keys = "";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _issuer = builder.Build();
        _issuer.Run(http => http.Response.WriteAsync(http.Request.Path == "/keys" ? _keys : $$"""{"issuer":"{{_url}}","jwks_uri":"{{_url}}/keys"}"""));
        await _issuer.StartAsync();
        _url = _issuer.Urls.Single();
        var rsa = _rsa.ExportParameters(false);
        var ec = _ec.ExportParameters(false);
        _keys = $$"""{"keys":[{"kty":"oct","k":"AA"},{"kty":"RSA","kid":"r","n":"{{Url(rsa.Modulus!)}}","e":"{{Url(rsa.Exponent!)}}"},{"kty":"EC","kid":"e","crv":"P-256","x":"{{Url(ec.Q.X!)}}","y":"{{Url(ec.Q.Y!)}}"}]}""";

        _server = await IamClient.StartAsync();
        var root = new IamClient(_server);
        var provider = (await root.IamAsync("CreateOpenIDConnectProvider", ("Url", _url), ("ClientIDList.member.1", "app"))).Ok()["OpenIDConnectProviderArn"];
        await root.CreateRoleAsync("worker",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"PROVIDER"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"ISSUER:sub":"repo:ours","ISSUER:aud":"app"}}}]}"""
                .Replace("PROVIDER", provider).Replace("ISSUER", _url[7..]));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _issuer.DisposeAsync();
        _rsa.Dispose();
        _ec.Dispose();
    }

    static string Url(byte[] bytes) => Base64Url.EncodeToString(bytes);

    static string Url(string text) => Url(Encoding.UTF8.GetBytes(text));

    string Claims(string subject = "repo:ours", string audience = "app", long lifetime = 600, string? issuer = null) =>
        $$"""{"iss":"{{issuer ?? _url}}","sub":"{{subject}}","aud":["x","{{audience}}"],"exp":{{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + lifetime}}}""";

    string Rs256(string claims, string header = """{"alg":"RS256","kid":"r"}""")
    {
        var signed = $"{Url(header)}.{Url(claims)}";
        return $"{signed}.{Url(_rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    string Es256(string claims)
    {
        var signed = $"{Url("""{"alg":"ES256","kid":"e"}""")}.{Url(claims)}";
        return $"{signed}.{Url(_ec.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Nothing is signed but the token.</summary>
    async Task<IamAnswer> AssumeAsync(string token)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsync(_server.Endpoint, new FormUrlEncodedContent(
        [
            new("Action", "AssumeRoleWithWebIdentity"), new("Version", "2011-06-15"), new("RoleArn", "arn:aws:iam::000000000000:role/worker"),
            new("RoleSessionName", "ci"), new("WebIdentityToken", token),
        ]));
        return new IamAnswer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_token_that_its_issuer_signed_wears_the_role()
    {
        foreach (var token in new[] { Rs256(Claims()), Es256(Claims()) })
        {
            var session = (await AssumeAsync(token)).Ok();
            Assert.Equal(("repo:ours", _url, "app"), (session["SubjectFromWebIdentityToken"], session["Provider"], session["Audience"]));
            Assert.Equal("arn:aws:sts::000000000000:assumed-role/worker/ci", (await new IamClient(_server).With(session).StsAsync("GetCallerIdentity")).Ok()["Arn"]);
        }
    }

    [Fact]
    public async Task Whom_the_trust_policy_does_not_name_is_denied() => (await AssumeAsync(Rs256(Claims(subject: "repo:theirs"))))
        .Refused(HttpStatusCode.Forbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");

    [Fact]
    public async Task Every_other_token_is_refused_in_the_words_of_STS()
    {
        (await AssumeAsync(Rs256(Claims(audience: "other")))).Refused(HttpStatusCode.BadRequest, "InvalidIdentityToken", "Incorrect token audience");
        Assert.Equal("ExpiredTokenException", (await AssumeAsync(Rs256(Claims(lifetime: -1))))["Code"]);
        (await AssumeAsync(Rs256(Claims(issuer: "https://elsewhere.example")))).Refused(
            HttpStatusCode.BadRequest, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://elsewhere.example");
        // The same name under another scheme is another issuer.
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(issuer: _url.Replace("http:", "https:")))))["Code"]);
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(), """{"alg":"none"}""")))["Code"]);
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(), """{"alg":"HS256","kid":"r"}""")))["Code"]);
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(), """{"alg":"ES256","kid":"e"}""")))["Code"]);
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(), """{"alg":"RS256","kid":"unknown"}""")))["Code"]);
        Assert.Equal("InvalidIdentityToken", (await AssumeAsync(Rs256(Claims(), """{"alg":"RS256","kid":"r","crit":["x"]}""")))["Code"]);
    }

    [Fact]
    public async Task Not_one_changed_byte_of_a_token_is_let_through()
    {
        var token = Rs256(Claims());
        (await AssumeAsync(token)).Ok();
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var bytes = token.ToCharArray();
            var at = random.Next(bytes.Length - 2);
            bytes[at] = bytes[at] == 'A' ? 'B' : 'A';
            var answer = await AssumeAsync(new string(bytes));
            Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden, $"{at}: {answer.Text}");
        }
    }

    [Theory]
    [InlineData("....")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJcdWQ4MDAifQ.AAAA")]
    [InlineData("eyJhbGciOlsxXX0.eyJpc3MiOjF9.AAAA")]
    [InlineData("\u00e9\u00e9\u00e9\u00e9.e30.e30")]
    public async Task What_is_no_token_is_refused(string token) => Assert.Equal("InvalidIdentityToken", (await AssumeAsync(token))["Code"]);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"keys\":1}")]
    [InlineData("{\"keys\":[1,null,{},{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"},{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}")]
    public async Task An_issuer_whose_keys_are_none_vouches_for_nobody(string keys)
    {
        _keys = keys;
        var answer = await AssumeAsync(Rs256(Claims()));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidIdentityToken"), (answer.Status, answer["Code"]));
    }
}
