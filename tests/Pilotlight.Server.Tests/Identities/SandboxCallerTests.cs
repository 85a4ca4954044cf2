using System.Text;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Identities;

/// <summary>Code in an environment calls the platform that runs it: as its role, and as nobody else.</summary>
public sealed class SandboxCallerTests
{
    const string CallerIdentity = "Action=GetCallerIdentity&Version=2011-06-15";

    [Fact]
    public async Task A_function_is_its_role_and_cannot_be_root_by_knowing_the_test_key()
    {
        var answers = new TaskCompletionSource<(string AsRole, string AsRoot)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var driver = new FakeSandboxDriver(async process =>
        {
            var variables = process.Spec.Environment;
            var endpoint = new Uri(variables["AWS_ENDPOINT_URL"]);
            var role = new SignedClient(endpoint, variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]);
            answers.SetResult((
                await AskAsync(role, ("X-Amz-Security-Token", variables["AWS_SESSION_TOKEN"])), await AskAsync(new SignedClient(endpoint))));
            return await process.ServeAsync((_, payload) => payload);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "curious");
        await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/curious/invocations", "{}");

        var (asRole, asRoot) = await answers.Task;

        Assert.Matches("<Arn>arn:aws:sts::000000000000:assumed-role/[^/]+/curious</Arn>", asRole);
        Assert.Contains("<Code>InvalidClientTokenId</Code>", asRoot);
    }

    static async Task<string> AskAsync(SignedClient client, params (string, string)[] headers)
    {
        using var response = await client.SendAsync("sts", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(CallerIdentity), headers);
        return await response.Content.ReadAsStringAsync();
    }
}
