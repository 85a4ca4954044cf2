using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Identities;
using Pilotlight.Testing;

namespace Pilotlight.Load;

/// <summary>
/// What permissions add to a warm Invoke: two platforms in this process take turns, and in one of them Invoke requires no permission.
/// The caller is a user with ten managed policies, in an account with a thousand roles of ten policies each.
/// </summary>
static class AuthorizationBenchmark
{
    const int Rounds = 12;
    const int CallsPerRound = 1500;
    const int Roles = 1000;
    const int Policies = 10;

    public static async Task RunAsync(List<Figure> results)
    {
        await using var on = await StartAsync();
        await using var off = await StartAsync();
        off.Platform.Services.GetRequiredService<OperationRegistry>().All.Single(operation => operation.Name == "Invoke").RequiresNoPermission();

        // What is measured first meets code that the runtime still compiles: it is measured once more, and that counts.
        await MeasureAsync("warm-up", [], on, off, on.Client, off.Client);
        await MeasureAllAsync("", results, on, off);
        await FillAsync(on);
        await FillAsync(off);
        await MeasureAllAsync($", {Roles} roles of {Policies} policies", results, on, off);
    }

    /// <summary>Remembered: nothing in the policies depends on the request, so one decision serves. Made anew: a condition asks for its source.</summary>
    static async Task MeasureAllAsync(string among, List<Figure> results, PilotlightServer on, PilotlightServer off)
    {
        foreach (var (kind, condition) in new[] { ("remembered", ""), ("made anew", ""","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}""") })
        {
            Console.Error.WriteLine($"authorization: decisions {kind}{among}");
            var caller = among.Length == 0 ? kind : kind + " many";
            await MeasureAsync(
                $"decision {kind}{among}", results, on, off, await CallerAsync(on, caller, condition), await CallerAsync(off, caller, condition));
        }
    }

    static async Task MeasureAsync(string name, List<Figure> results, PilotlightServer on, PilotlightServer off, SignedClient asOn, SignedClient asOff)
    {
        await Task.Yield();
        using var onClient = new RawClient(on.Endpoint.Port);
        using var offClient = new RawClient(off.Endpoint.Port);
        var (onRequest, offRequest) = (Signed(asOn, on.Endpoint), Signed(asOff, off.Endpoint));
        Check(onClient.Exchange(onRequest, out var body), body);
        Check(offClient.Exchange(offRequest, out body), body);
        Measurement.Time(CallsPerRound, () => onClient.Exchange(onRequest));
        Measurement.Time(CallsPerRound, () => offClient.Exchange(offRequest));
        List<double> with = [], without = [];
        for (var round = 0; round < Rounds; round++)
        {
            with.AddRange(Measurement.Time(CallsPerRound, () => onClient.Exchange(onRequest)));
            without.AddRange(Measurement.Time(CallsPerRound, () => offClient.Exchange(offRequest)));
        }

        var (p, f) = (new Measurement(with).P50, new Measurement(without).P50);
        results.Add(new Figure($"warm Invoke, {name}", p, "us", f, ""));
        results.Add(new Figure("  added by authorization", p - f, "us", null, "<= 15"));
    }

    static async Task<PilotlightServer> StartAsync()
    {
        var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync(static (_, payload) => payload)));
        var zip = Convert.ToBase64String(Zip());
        using var created = await server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions",
            $$$"""{"FunctionName":"f","Runtime":"provided.al2023","Handler":"h","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"{{{zip}}}"}}""");
        Check((int)created.StatusCode, await created.Content.ReadAsStringAsync());
        using var warm = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/f/invocations", "{}");
        Check((int)warm.StatusCode, await warm.Content.ReadAsStringAsync());
        return server;
    }

    /// <summary>A user whose last policy allows the invocation.</summary>
    static async Task<SignedClient> CallerAsync(PilotlightServer server, string kind, string condition)
    {
        var name = "caller-" + kind.Replace(' ', '-');
        await IamAsync(server, $"Action=CreateUser&UserName={name}");
        for (var policy = 0; policy < Policies; policy++)
        {
            await IamAsync(server, $"Action=CreatePolicy&PolicyName={name}-{policy}&PolicyDocument={Uri.EscapeDataString(Document(policy, condition))}");
            await IamAsync(server, $"Action=AttachUserPolicy&UserName={name}&PolicyArn={Uri.EscapeDataString($"arn:aws:iam::000000000000:policy/{name}-{policy}")}");
        }

        var key = await IamAsync(server, $"Action=CreateAccessKey&UserName={name}");
        return new SignedClient(server.Endpoint, Element(key, "AccessKeyId"), Element(key, "SecretAccessKey"));
    }

    static string Document(int policy, string condition)
    {
        var function = policy == Policies - 1 ? "f" : $"g{policy}";
        return $$$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket-{{{policy}}}/*"},
              {"Effect":"Allow","Action":"lambda:Invoke*","Resource":"arn:aws:lambda:*:000000000000:function:{{{function}}}"{{{condition}}}}]}
            """;
    }

    static Task FillAsync(PilotlightServer server) => server.Platform.Services.GetRequiredService<AccountCatalog>().ChangeAsync("000000000000", change =>
    {
        for (var role = 0; role < Roles; role++)
        {
            change.Put(new Role
            {
                AccountId = "000000000000",
                Id = $"AROA{role:d17}",
                Name = $"filler-{role}",
                CreatedAt = TimeProvider.System.GetUtcNow(),
                TrustPolicy = new PolicyText("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""),
                InlinePolicies = [.. Enumerable.Range(0, Policies).Select(static policy => new InlinePolicy($"p{policy}", new PolicyText(Document(policy, ""))))],
            });
        }
    });

    static async Task<string> IamAsync(PilotlightServer server, string form)
    {
        using var answer = await server.Client.SendAsync(
            "iam", HttpMethod.Post, "/", Encoding.ASCII.GetBytes($"{form}&Version=2010-05-08"), ("Content-Type", "application/x-www-form-urlencoded"));
        var text = await answer.Content.ReadAsStringAsync();
        Check((int)answer.StatusCode, text);
        return text;
    }

    static string Element(string xml, string name)
    {
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal) + name.Length + 2;
        return xml[start..xml.IndexOf('<', start)];
    }

    static byte[] Signed(SignedClient client, Uri endpoint)
    {
        const string path = "/2015-03-31/functions/f/invocations";
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["name"] = "Ada" });
        var request = new StringBuilder($"POST {path} HTTP/1.1\r\nHost: {endpoint.Authority}\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in client.Sign("lambda", HttpMethod.Post, path, body))
            request.Append($"{name}: {value}\r\n");
        return [.. Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), .. body];
    }

    static byte[] Zip()
    {
        using var zip = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(zip, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (var bootstrap = archive.CreateEntry("bootstrap").Open())
            bootstrap.Write("#!/bin/sh\n"u8);
        return zip.ToArray();
    }

    static void Check(int status, string body)
    {
        if (status is < 200 or >= 300)
            throw new InvalidOperationException($"{status} {body}");
    }
}
