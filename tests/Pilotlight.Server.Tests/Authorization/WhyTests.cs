using System.Net;
using System.Text.Json;
using Pilotlight.Identities;
using Pilotlight.Testing;

namespace Pilotlight.Authorization;

public sealed class WhyTests
{
    const string Function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    const string Invoke = "lambda:InvokeFunction";

    static async Task<(HttpStatusCode Status, JsonElement Json)> AskAsync(SignedClient client, string principal, string action, string resource, params string[] context)
    {
        var query = string.Concat(context.Select(pair => $"&context={Uri.EscapeDataString(pair)}"));
        using var answer = await client.SendAsync(
            "pilotlight", HttpMethod.Get,
            $"/_pilotlight/why?principal={Uri.EscapeDataString(principal)}&action={Uri.EscapeDataString(action)}&resource={Uri.EscapeDataString(resource)}{query}");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, json.RootElement.Clone());
    }

    static async Task<string> WordsAsync(PilotlightServer server, string principal, string action, string resource, params string[] context)
    {
        var (status, json) = await AskAsync(server.Client, principal, action, resource, context);
        Assert.Equal(HttpStatusCode.OK, status);
        return string.Join('\n', json.GetProperty("Explanation").EnumerateArray().Select(line => line.GetString()));
    }

    static Task PolicyAsync(IamClient root, string statements) => root.IamAsync(
        "PutUserPolicy", ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}"""));

    [Fact]
    public async Task Names_the_statement_that_decided_and_what_the_others_are_about()
    {
        await using var server = await IamClient.StartAsync();
        var root = new IamClient(server);
        await root.CreateUserAsync("ann");
        const string ann = "arn:aws:iam::000000000000:user/ann";
        Assert.Equal(
            $"""
            DENIED: lambda:InvokeFunction on {Function} for {ann}
            No identity-based policy allows it: there is none.
            Identity-based policy: none
            Resource-based policy: none
            Permissions boundary: none, so it limits nothing
            Session policy: none, so it limits nothing
            Service control policy: none, so it limits nothing
            Resource control policy: none, so it limits nothing
            """,
            await WordsAsync(server, ann, Invoke, Function));

        await PolicyAsync(root, """
            {"Effect":"Allow","Action":"s3:*","Resource":"*"},
            {"Sid":"Office","Effect":"Allow","Action":"lambda:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}},
            {"Effect":"Deny","Action":"lambda:DeleteFunction","Resource":"*"}
            """);
        var unknown = await WordsAsync(server, ann, Invoke, Function);
        Assert.Contains("No identity-based policy allows it.\nNot known here, so tested as absent: aws:SourceIp (give them as context).\n", unknown);
        Assert.Contains(
            """
            Identity-based policy p:
              Statement 1 (Allow): is about other actions
              Statement 2 "Office" (Allow): its condition does not hold: IpAddress aws:SourceIp 192.0.2.0/24, and aws:SourceIp is not known
              Statement 3 (Deny): is about other actions
            """,
            unknown);
        Assert.Contains(
            "ALLOWED: lambda:InvokeFunction on " + Function + " for " + ann + "\nStatement 2 \"Office\" of the identity-based policy p allows it.",
            await WordsAsync(server, ann, Invoke, Function, "aws:SourceIp=192.0.2.9"));
        Assert.Contains(
            "Statement 3 of the identity-based policy p denies it, which outweighs every allow.",
            await WordsAsync(server, ann, "lambda:DeleteFunction", Function, "aws:SourceIp=192.0.2.9"));

        var (_, json) = await AskAsync(server.Client, ann, "lambda:DeleteFunction", Function);
        Assert.Equal(("explicitDeny", "identity-based policy"), (json.GetProperty("Decision").GetString(), json.GetProperty("DecidedBy").GetString()));
        Assert.Equal(("p", 3), (json.GetProperty("Statement").GetProperty("Policy").GetString(), json.GetProperty("Statement").GetProperty("Number").GetInt32()));
    }

    [Fact]
    public async Task Knows_boundaries_trust_other_accounts_services_and_everybody()
    {
        await using var server = await IamClient.StartAsync();
        var root = new IamClient(server);
        await root.CreateUserAsync("ann");
        const string ann = "arn:aws:iam::000000000000:user/ann";
        await PolicyAsync(root, """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        (await root.IamAsync("PutUserPermissionsBoundary", ("UserName", "ann"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))).Ok();
        Assert.Contains("No permissions boundary allows it.", await WordsAsync(server, ann, Invoke, Function));

        await root.CreateRoleAsync("worker");
        const string worker = "arn:aws:iam::000000000000:role/worker";
        Assert.Contains(
            $"Statement 1 of the role trust policy {worker} allows it.", await WordsAsync(server, "lambda.amazonaws.com", "sts:AssumeRole", worker));
        var untrusted = await WordsAsync(server, "s3.amazonaws.com", "sts:AssumeRole", worker);
        Assert.Contains("No role trust policy allows it.", untrusted);
        Assert.Contains("Statement 1 (Allow): names other principals", untrusted);
        Assert.StartsWith(
            $"DENIED: {Invoke} on {Function} for arn:aws:sts::000000000000:assumed-role/worker/f",
            await WordsAsync(server, "arn:aws:sts::000000000000:assumed-role/worker/f", Invoke, Function));

        Assert.Contains("Root may do everything in its account unless something denies it.", await WordsAsync(server, "000000000000", Invoke, Function));
        var stranger = await WordsAsync(server, "arn:aws:iam::111122223333:root", Invoke, Function);
        Assert.Contains("No resource-based policy allows it: the resource has none.\nThe resource belongs to account 000000000000:", stranger);
        Assert.StartsWith($"DENIED: {Invoke} on {Function} for everybody\n", await WordsAsync(server, "*", Invoke, Function));
    }

    [Theory]
    [InlineData("arn:aws:iam::000000000000:user/nobody", Invoke, Function, "", HttpStatusCode.NotFound)]
    [InlineData("nonsense", Invoke, Function, "", HttpStatusCode.NotFound)]
    [InlineData("arn:aws:sts::000000000000:assumed-role/none/s", Invoke, Function, "", HttpStatusCode.NotFound)]
    [InlineData("arn:aws:sts::x:assumed-role/none/", Invoke, Function, "", HttpStatusCode.NotFound)]
    [InlineData("", Invoke, Function, "", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", "lambda", Function, "", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", "lambda:", Function, "", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", Invoke, "f", "", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", Invoke, "arn:", "", HttpStatusCode.OK)]
    [InlineData("000000000000", Invoke, Function, "=x", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", Invoke, Function, "aws:SourceIp", HttpStatusCode.BadRequest)]
    [InlineData("000000000000", Invoke, Function, "aws:SourceIp=", HttpStatusCode.OK)]
    public async Task Questions_that_make_no_sense_are_refused(string principal, string action, string resource, string context, HttpStatusCode status)
    {
        await using var server = await IamClient.StartAsync();
        var answer = await AskAsync(server.Client, principal, action, resource, context.Length > 0 ? [context] : []);
        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Only_the_operator_may_ask()
    {
        await using var server = await IamClient.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(new SignedClient(server.Endpoint, "111122223333"), "111122223333", Invoke, Function)).Status);
        using var http = new HttpClient();
        using var unsigned = await http.GetAsync(new Uri(server.Endpoint, $"/_pilotlight/why?principal=*&action={Invoke}&resource=*"));
        Assert.Equal(HttpStatusCode.Forbidden, unsigned.StatusCode);
    }
}
