using System.Net;
using System.Text;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Authorization;

/// <summary>The credentials of a function are its environment's alone: nothing that the platform tells or keeps repeats them.</summary>
public sealed class CredentialSecrecyTests
{
    static readonly string[] s_operatorsPaths =
    [
        "/_pilotlight/health", "/_pilotlight/metrics", "/_pilotlight/environments", "/_pilotlight/usage", "/_pilotlight/accounts",
        "/_pilotlight/why?principal=arn:aws:iam::000000000000:role/r&action=lambda:GetFunction&resource=*",
    ];

    static readonly string[] s_lambdaPaths =
    [
        "/2015-03-31/functions/", "/2015-03-31/functions/one", "/2015-03-31/functions/one/configuration", "/2015-03-31/functions/one/versions",
        "/2015-03-31/functions/one/policy",
    ];

    [Fact]
    public async Task Nothing_that_the_platform_answers_or_keeps_has_the_secrets_of_a_functions_session()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        try
        {
            string[] secrets;
            await using (var server = await PilotlightServer.StartAsync(driver, dataFolder: folder))
            {
                await EnvironmentLifecycleTests.CreateAsync(server, "one", variables: """{"OWN":"1"}""");
                await EnvironmentLifecycleTests.CreateAsync(server, "two");
                foreach (var name in new[] { "one", "two" })
                {
                    using var invoked = await server.Client.LambdaAsync(
                        HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", "{}", ("X-Amz-Log-Type", "Tail"));
                    Assert.Equal(HttpStatusCode.OK, invoked.StatusCode);
                }

                var sessions = driver.Sandboxes.Select(sandbox => sandbox.Variables).OfType<IReadOnlyDictionary<string, string>>().ToList();
                secrets = [.. sessions.SelectMany(each => new[] { each["AWS_SECRET_ACCESS_KEY"], each["AWS_SESSION_TOKEN"] })];
                Assert.Equal(4, secrets.Distinct().Count());
                Assert.All(secrets, secret => Assert.True(secret.Length >= 40));

                using var http = new HttpClient();
                foreach (var path in s_operatorsPaths)
                {
                    using var open = await http.GetAsync(new Uri(server.Endpoint, path));
                    Holds(path, await open.Content.ReadAsStringAsync());
                    using var signed = await server.Client.SendAsync("pilotlight", HttpMethod.Get, path);
                    Holds(path, await signed.Content.ReadAsStringAsync());
                }

                foreach (var path in s_lambdaPaths)
                {
                    using var answer = await server.Client.LambdaAsync(HttpMethod.Get, path);
                    Holds(path, await answer.Content.ReadAsStringAsync());
                }

                foreach (var name in new[] { "one", "two" })
                {
                    Holds(name, await AskAsync("logs", "Logs_20140328.FilterLogEvents", $$"""{"logGroupName":"/aws/lambda/{{name}}"}"""));
                    Holds(name, await AskAsync("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", "{}"));
                }

                async Task<string> AskAsync(string service, string target, string json)
                {
                    using var answer = await server.Client.SendAsync(
                        service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1"));
                    return await answer.Content.ReadAsStringAsync();
                }

                void Holds(string where, string text) => Assert.All(secrets, secret => Assert.False(text.Contains(secret), $"{where} tells a secret"));
            }

            // Nor does what lies on the disk.
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var bytes = await File.ReadAllBytesAsync(file);
                Assert.All(secrets, secret => Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"{file} keeps a secret"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
