using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

public sealed class AccountTests
{
    static Task<HttpResponseMessage> CreateAsync(SignedClient client, string body) =>
        client.SendAsync("pilotlight", HttpMethod.Post, "/_pilotlight/accounts", Encoding.UTF8.GetBytes(body));

    [Fact]
    public async Task The_first_account_makes_others_and_lists_them()
    {
        await using var server = await IamClient.StartAsync();
        var made = await CreateAsync(server.Client, """{"AccountId":"111122223333","Name":"sandbox"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await CreateAsync(server.Client, """{"AccountId":"111122223333"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await CreateAsync(server.Client, """{"AccountId":"11112222333x"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await CreateAsync(server.Client, """{"AccountId":7}""")).StatusCode);
        var list = await server.Client.SendAsync("pilotlight", HttpMethod.Get, "/_pilotlight/accounts");
        using var json = JsonDocument.Parse(await list.Content.ReadAsStringAsync());
        Assert.Equal(["000000000000", "111122223333"], json.RootElement.GetProperty("Accounts").EnumerateArray().Select(each => each.GetProperty("AccountId").GetString()));

        var other = new SignedClient(server.Endpoint, "111122223333");
        Assert.Equal(HttpStatusCode.Forbidden, (await CreateAsync(other, "{}")).StatusCode);

        var key = await server.Client.SendAsync("pilotlight", HttpMethod.Post, "/_pilotlight/accounts/111122223333/keys");
        using var made2 = JsonDocument.Parse(await key.Content.ReadAsStringAsync());
        var client = new IamClient(server, made2.RootElement.GetProperty("AccessKeyId").GetString()!, made2.RootElement.GetProperty("SecretAccessKey").GetString()!);
        Assert.Equal("arn:aws:iam::111122223333:root", (await client.StsAsync("GetCallerIdentity")).Ok()["Arn"]);
    }

    [Fact]
    public async Task A_reset_empties_every_account()
    {
        await using var server = await IamClient.StartAsync();
        var root = new IamClient(server);
        await root.CreateRoleAsync("worker");
        var ann = await root.CreateUserAsync("ann");
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync(new Uri(server.Endpoint, "/_pilotlight/reset"), null)).StatusCode);
        Assert.Empty((await root.IamAsync("ListRoles")).Ok().All("RoleName"));
        Assert.Equal("InvalidClientTokenId", (await ann.StsAsync("GetCallerIdentity"))["Code"]);
    }

    [Fact]
    public async Task Service_control_policies_bind_the_accounts_they_are_attached_to()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}""");
        await using (var server = await IamClient.StartAsync(configure: options =>
        {
            options.Organization.Id = "o-abcde12345";
            options.Organization.ServiceControlPolicies["111122223333"] = [file];
        }))
        {
            var principals = server.Platform.Services.GetRequiredService<PrincipalCatalog>();
            var keys = server.Platform.Services.GetRequiredService<AccessKeyCatalog>();
            var bound = principals.Of(keys.TryFind("111122223333")!.Caller);
            Assert.Single(Assert.Single(bound.Policies.ServiceControl));
            Assert.Equal("o-abcde12345", bound.Principal.OrganizationId);
            Assert.Empty(principals.Of(keys.TryFind("test")!.Caller).Policies.ServiceControl);
        }

        await File.WriteAllTextAsync(file, "{}");
        Assert.Throws<InvalidOperationException>(() => new Organization(new OrganizationOptions { Id = "o-abcde12345", ServiceControlPolicies = { ["*"] = [file] } }));
        File.Delete(file);
    }

    [Fact]
    public async Task What_a_caller_may_is_remembered_until_its_account_changes()
    {
        await using var server = await IamClient.StartAsync();
        var root = new IamClient(server);
        var ann = await root.CreateUserAsync("ann");
        var principals = server.Platform.Services.GetRequiredService<PrincipalCatalog>();
        Caller Caller() => server.Platform.Services.GetRequiredService<AccessKeyCatalog>().TryFind(ann.AccessKeyId)!.Caller;
        var before = principals.Of(Caller());
        Assert.Same(before, principals.Of(Caller()));
        (await root.IamAsync("CreateGroup", ("GroupName", "g"))).Ok();
        (await root.IamAsync("PutGroupPolicy", ("GroupName", "g"), ("PolicyName", "p"), ("PolicyDocument", IamClient.AllowS3))).Ok();
        Assert.Empty(principals.Of(Caller()).Policies.Identity);
        (await root.IamAsync("AddUserToGroup", ("GroupName", "g"), ("UserName", "ann"))).Ok();
        var after = principals.Of(Caller());
        Assert.Single(after.Policies.Identity);
        Assert.True(after.Version > before.Version);
    }
}
