using System.Text;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Buckets;

/// <summary>Who may: the policies of the caller and of the bucket, across accounts, and nobody without a signature.</summary>
public sealed class BucketAccessTests : IAsyncLifetime
{
    const string Other = "111122223333";

    PilotlightServer _server = null!;
    SignedClient _owner = null!;
    SignedClient _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        _owner = _server.Client;
        _stranger = new SignedClient(_server.Endpoint, Other, "test");
        Assert.Equal(200, (await SendAsync(_owner, HttpMethod.Put, "/guarded")).Status);
        Assert.Equal(200, (await SendAsync(_owner, HttpMethod.Put, "/guarded/k", "secret")).Status);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Another_account_needs_the_policy_of_the_bucket()
    {
        Assert.Equal(403, (await SendAsync(_stranger, HttpMethod.Get, "/guarded/k")).Status);
        Assert.Equal(403, (await SendAsync(_stranger, HttpMethod.Put, "/guarded/k", "x")).Status);
        Assert.Equal(403, (await SendAsync(_stranger, HttpMethod.Delete, "/guarded")).Status);
        Assert.Equal(409, (await SendAsync(_stranger, HttpMethod.Put, "/guarded")).Status);
        await PutPolicyAsync($$$"""{"AWS":"{{{Other}}}"}""", "s3:GetObject", "/*");
        Assert.Equal("secret", (await SendAsync(_stranger, HttpMethod.Get, "/guarded/k")).Body);
        Assert.Equal(403, (await SendAsync(_stranger, HttpMethod.Put, "/guarded/k", "x")).Status);
        // Who may not list does not learn what is missing.
        Assert.Equal(403, (await SendAsync(_stranger, HttpMethod.Get, "/guarded/none")).Status);
        Assert.Equal(404, (await SendAsync(_owner, HttpMethod.Get, "/guarded/none")).Status);
    }

    [Fact]
    public async Task What_was_decided_of_a_bucket_does_not_outlive_its_owner()
    {
        Assert.Equal(200, (await SendAsync(_owner, HttpMethod.Put, "/passed-on")).Status);
        Assert.Equal(200, (await SendAsync(_owner, HttpMethod.Put, "/passed-on/k", "mine")).Status);
        Assert.Equal(204, (await SendAsync(_owner, HttpMethod.Delete, "/passed-on/k")).Status);
        Assert.Equal(204, (await SendAsync(_owner, HttpMethod.Delete, "/passed-on")).Status);
        Assert.Equal(200, (await SendAsync(_stranger, HttpMethod.Put, "/passed-on")).Status);
        Assert.Equal(403, (await SendAsync(_owner, HttpMethod.Put, "/passed-on/k", "mine")).Status);
    }

    [Fact]
    public async Task Nobody_is_let_in_without_a_signature_unless_the_bucket_is_open()
    {
        using var http = new HttpClient { BaseAddress = _server.Endpoint };
        Assert.Equal(403, (int)(await http.GetAsync("/guarded/k", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(403, (int)(await http.PutAsync("/guarded/new", new StringContent("x"), TestContext.Current.CancellationToken)).StatusCode);
        // New buckets refuse public policies.
        Assert.Equal(403, await PutPolicyAsync("\"*\"", "s3:GetObject", "/*"));
        Assert.Equal(204, (await SendAsync(_owner, HttpMethod.Delete, "/guarded?publicAccessBlock")).Status);
        Assert.Equal(204, await PutPolicyAsync("\"*\"", "s3:GetObject", "/*"));
        Assert.Equal("secret", await http.GetStringAsync("/guarded/k", TestContext.Current.CancellationToken));
        Assert.Equal(403, (int)(await http.PutAsync("/guarded/new", new StringContent("x"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(403, (int)(await http.GetAsync("/guarded?list-type=2", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("{", "MalformedPolicy")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"arn:aws:s3:::other/*"}]}""", "MalformedPolicy")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::guarded/*"}]}""", "MalformedPolicy")]
    public async Task A_policy_that_is_none_is_refused(string policy, string code)
    {
        var answer = await SendAsync(_owner, HttpMethod.Put, "/guarded?policy=", policy);
        Assert.Equal(400, answer.Status);
        Assert.Contains($"<Code>{code}</Code>", answer.Body);
    }

    [Fact]
    public async Task A_policy_of_the_bucket_may_shut_out_its_own_account()
    {
        await PutPolicyAsync($$$"""{"AWS":"000000000000"}""", "s3:GetObject", "/*", "Deny");
        var answer = await SendAsync(_owner, HttpMethod.Get, "/guarded/k");
        Assert.Equal(403, answer.Status);
        Assert.Contains("with an explicit deny in a resource-based policy", answer.Body);
    }

    async Task<int> PutPolicyAsync(string principal, string action, string what, string effect = "Allow") => (await SendAsync(
        _owner, HttpMethod.Put, "/guarded?policy=",
        $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"{{{effect}}}","Principal":{{{principal}}},"Action":"{{{action}}}","Resource":"arn:aws:s3:::guarded{{{what}}}"}]}""")).Status;

    static async Task<(int Status, string Body)> SendAsync(SignedClient client, HttpMethod method, string path, string body = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var answer = await client.SendAsync(
            "s3", method, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
