namespace Pilotlight.Identities;

/// <summary>When a role was last used: by whoever wears it, kept over a restart.</summary>
public sealed class RoleLastUsedTests
{
    const string TrustRoot =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}""";

    [Fact]
    public async Task Is_shown_from_the_first_signed_request_on()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            await using (var server = await IamClient.StartAsync(folder))
            {
                var root = new IamClient(server);
                await root.CreateRoleAsync("worker", TrustRoot);
                var session = (await root.StsAsync("AssumeRole", ("RoleArn", "arn:aws:iam::000000000000:role/worker"), ("RoleSessionName", "session"))).Ok();
                Assert.DoesNotContain("LastUsedDate", await ShownAsync(root));
                (await root.With(session).StsAsync("GetCallerIdentity")).Ok();
                Assert.Matches(@"<RoleLastUsed>\s*<LastUsedDate>\d{4}-[^<]+Z</LastUsedDate>\s*<Region>us-east-1</Region>\s*</RoleLastUsed>", await ShownAsync(root));
            }

            await using var again = await IamClient.StartAsync(folder);
            Assert.Contains("<Region>us-east-1</Region>", await ShownAsync(new IamClient(again)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<string> ShownAsync(IamClient client) => (await client.IamAsync("GetRole", ("RoleName", "worker"))).Ok().Text;
}
