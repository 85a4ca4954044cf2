using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Authentication;
using Pilotlight.Sandbox;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

/// <summary>STS, and what is refused in front of it, over real HTTP against the whole server.</summary>
public sealed class StsTests : IAsyncLifetime
{
    static readonly HttpClient s_http = new();

    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(_ => Task.FromResult(new ExitStatus(0, 0))));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static byte[] Form(string text) => Encoding.UTF8.GetBytes(text);

    Task<HttpResponseMessage> StsAsync(string form, params (string, string)[] headers) => _server.Client.SendAsync(
        "sts", HttpMethod.Post, "/", Form(form), [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), .. headers]);

    [Fact]
    public async Task GetCallerIdentity_names_the_root_of_the_first_account()
    {
        var response = await StsAsync("Action=GetCallerIdentity&Version=2011-06-15");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/xml", response.Content.Headers.ContentType!.ToString());
        var id = response.Headers.GetValues("x-amzn-RequestId").Single();
        Assert.Equal($"""
            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <GetCallerIdentityResult>
                <Arn>arn:aws:iam::000000000000:root</Arn>
                <UserId>000000000000</UserId>
                <Account>000000000000</Account>
              </GetCallerIdentityResult>
              <ResponseMetadata>
                <RequestId>{id}</RequestId>
              </ResponseMetadata>
            </GetCallerIdentityResponse>

            """, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_session_may_ask_who_it_is_and_not_more()
    {
        var session = _server.Platform.Services.GetRequiredService<RoleSessions>().Issue(
            IdentityFixture.Account, IdentityFixture.RoleArn, "resize", IdentityFixture.FunctionArn, TimeSpan.FromHours(1));
        var client = new SignedClient(_server.Endpoint, session.AccessKeyId, session.SecretAccessKey);
        var token = ("X-Amz-Security-Token", session.SessionToken);

        var identity = await client.SendAsync("sts", HttpMethod.Post, "/", Form("Action=GetCallerIdentity&Version=2011-06-15"), token);
        Assert.Contains("<Arn>arn:aws:sts::000000000000:assumed-role/worker/resize</Arn>", await identity.Content.ReadAsStringAsync());

        var functions = await client.SendAsync("lambda", HttpMethod.Get, "/2015-03-31/functions", null, token);
        Assert.Equal(HttpStatusCode.Forbidden, functions.StatusCode);
        Assert.Equal("AccessDeniedException", functions.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(
            """{"Message":"User: arn:aws:sts::000000000000:assumed-role/worker/resize is not authorized to perform: lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action"}""",
            await functions.Content.ReadAsStringAsync());

        var keyInfo = await client.SendAsync("sts", HttpMethod.Post, "/", Form("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE"), token);
        Assert.Equal(HttpStatusCode.Forbidden, keyInfo.StatusCode);
        Assert.Contains("<Code>AccessDenied</Code>", await keyInfo.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "581039954779")]
    [InlineData("test", "000000000000")]
    public async Task GetAccessKeyInfo_names_the_account_of_a_key(string id, string account)
    {
        var response = await StsAsync("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=" + id);
        Assert.Contains($"<Account>{account}</Account>", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("", "Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null")]
    [InlineData("&AccessKeyId=short", "Value 'short' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16")]
    [InlineData("&AccessKeyId=AKIA%2DOSFODNN7EXAMPLE", "pattern: [\\w]*")]
    [InlineData("&AccessKeyId=AKIA1111111111111111", "does not name an account")]
    public async Task GetAccessKeyInfo_refuses_what_is_no_key(string parameter, string message)
    {
        var response = await StsAsync("Action=GetAccessKeyInfo&Version=2011-06-15" + parameter);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("<Code>ValidationError</Code>", body);
        Assert.Contains(message, body);
    }

    [Fact]
    public async Task A_refusal_reaches_the_client_in_its_own_protocol()
    {
        var stranger = new SignedClient(_server.Endpoint, "AKIAIOSFODNN7EXAMPLE");
        var lambda = await stranger.SendAsync("lambda", HttpMethod.Get, "/2015-03-31/functions");
        Assert.Equal(HttpStatusCode.Forbidden, lambda.StatusCode);
        Assert.Equal("UnrecognizedClientException", lambda.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal("""{"message":"The security token included in the request is invalid."}""", await lambda.Content.ReadAsStringAsync());

        var sts = await stranger.SendAsync("sts", HttpMethod.Post, "/", Form("Action=GetCallerIdentity&Version=2011-06-15"));
        Assert.Equal(HttpStatusCode.Forbidden, sts.StatusCode);
        Assert.Contains("<Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message>",
            await sts.Content.ReadAsStringAsync());

        var unsigned = await s_http.GetAsync(new Uri(_server.Endpoint, "/2015-03-31/functions"));
        Assert.Equal("""{"message":"Missing Authentication Token"}""", await unsigned.Content.ReadAsStringAsync());
    }

    /// <summary>Bytes that HTTP itself does not allow, and such that it does: an answer of the 4xx kind, every time.</summary>
    [Theory]
    [InlineData("AWS4-HMAC-SHA256 \u00ff\u00fe")]
    [InlineData("AWS4-HMAC-SHA256 Credential=\u00c3\u00bc/\u00c3/x/y/z, SignedHeaders=host, Signature=\u0080")]
    [InlineData("AWS4-HMAC-SHA256 \u0001\u0002\u007f")]
    [InlineData("AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/lambda/aws4_request,\u0000")]
    [InlineData("AWS4-HMAC-SHA256 Credential=\ud83d, SignedHeaders=\\, Signature=\"")]
    [InlineData("\u0009")]
    public async Task Broken_bytes_on_the_wire_never_become_a_server_error(string authorization)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_server.Endpoint.Host, _server.Endpoint.Port);
        var stream = tcp.GetStream();
        var time = SignatureTime.Format(TimeProvider.System.GetUtcNow());
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"GET /2015-03-31/functions?%zz=%&&=& HTTP/1.1\r\nHost: x\r\nX-Amz-Date: {time}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        Assert.Matches("^HTTP/1.1 4\\d\\d ", await reader.ReadLineAsync());
    }
}
