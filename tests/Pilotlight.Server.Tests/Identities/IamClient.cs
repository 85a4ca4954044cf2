using System.Net;
using System.Text;
using System.Xml.Linq;
using Pilotlight.Sandbox;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

/// <summary>Calls IAM and STS over real HTTP against the whole server, signed with one key.</summary>
sealed class IamClient(PilotlightServer server, string accessKey = "test", string secret = "test", string? token = null)
{
    public const string TrustLambda =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    public const string AllowS3 = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""";

    public static Task<PilotlightServer> StartAsync(string? dataFolder = null, Action<PlatformOptions>? configure = null) => PilotlightServer.StartAsync(
        new FakeSandboxDriver(_ => Task.FromResult(new ExitStatus(0, 0))), configure: configure, dataFolder: dataFolder, roles: RolesAtStart.None);

    public Task<IamAnswer> IamAsync(string action, params (string Name, string Value)[] members) => SendAsync("iam", "2010-05-08", action, members);

    public Task<IamAnswer> StsAsync(string action, params (string Name, string Value)[] members) => SendAsync("sts", "2011-06-15", action, members);

    /// <summary>A role that exists, or the test fails.</summary>
    public async Task<IamAnswer> CreateRoleAsync(string name, string trust = TrustLambda, params (string, string)[] members) =>
        (await IamAsync("CreateRole", [("RoleName", name), ("AssumeRolePolicyDocument", trust), .. members])).Ok();

    /// <summary>A user with a key, and a client that signs with it.</summary>
    public async Task<IamClient> CreateUserAsync(string name)
    {
        (await IamAsync("CreateUser", ("UserName", name))).Ok();
        var key = (await IamAsync("CreateAccessKey", ("UserName", name))).Ok();
        return new IamClient(server, key["AccessKeyId"], key["SecretAccessKey"]);
    }

    /// <summary>A client with the credentials of an answer of STS.</summary>
    public IamClient With(IamAnswer session) => new(server, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]);

    public string AccessKeyId => accessKey;

    /// <summary>Lambda's own client, of a user: it brings no session token.</summary>
    public SignedClient Lambda => new(server.Endpoint, accessKey, secret);

    /// <summary>The same key at another server.</summary>
    public IamClient On(PilotlightServer other) => new(other, accessKey, secret, token);

    async Task<IamAnswer> SendAsync(string service, string version, string action, (string Name, string Value)[] members)
    {
        var form = string.Join('&', members.Prepend(("Version", version)).Prepend(("Action", action))
            .Select(member => $"{Uri.EscapeDataString(member.Item1)}={Uri.EscapeDataString(member.Item2)}"));
        (string, string)[] headers = token is null ? [] : [("X-Amz-Security-Token", token)];
        using var response = await new SignedClient(server.Endpoint, accessKey, secret).SendAsync(
            service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(form), headers);
        return new IamAnswer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

sealed class IamAnswer(HttpStatusCode status, string text)
{
    public HttpStatusCode Status => status;

    public string Text => text;

    /// <summary>The text of the first element of this name.</summary>
    public string this[string name] => All(name).First();

    public IReadOnlyList<string> All(string name) =>
        [.. XElement.Parse(text).DescendantsAndSelf().Where(element => element.Name.LocalName == name).Select(element => element.Value)];

    public bool Has(string name) => All(name).Count > 0;

    public IamAnswer Ok()
    {
        Assert.True(status == HttpStatusCode.OK, text);
        return this;
    }

    public void Refused(HttpStatusCode expected, string code, string message)
    {
        Assert.True(this["Code"] == code, text);
        Assert.Equal(message, this["Message"]);
        Assert.Equal(expected, status);
    }
}
