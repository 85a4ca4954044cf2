using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class ReadFunctionTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    [Fact]
    public async Task The_code_can_be_downloaded_for_ten_minutes()
    {
        var zip = Zips.Of(("app.py", "download me"));
        await server.CreateActiveAsync("download", body => body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) });
        var url = (await server.GetAsync("/2015-03-31/functions/download")).Json.GetProperty("Code").GetProperty("Location").GetString()!;

        Assert.Equal(zip, await server.DownloadAsync(url));
        server.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(200, await server.StatusOfAsync(url));
        server.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(403, await server.StatusOfAsync(url));
    }

    [Fact]
    public async Task A_download_link_cannot_be_forged()
    {
        await server.CreateActiveAsync("forged");
        var url = (await server.GetAsync("/2015-03-31/functions/forged")).Json.GetProperty("Code").GetProperty("Location").GetString()!;

        Assert.Equal(200, await server.StatusOfAsync(url));
        Assert.Equal(403, await server.StatusOfAsync(url.Replace("expires=1", "expires=2")));
        Assert.Equal(403, await server.StatusOfAsync(url[..^1] + (url[^1] == '0' ? '1' : '0')));
        Assert.Equal(403, await server.StatusOfAsync(url[..url.IndexOf('?')]));
        Assert.Equal(403, await server.StatusOfAsync(url[..(url.IndexOf("code/", StringComparison.Ordinal) + 5)] + "..%2F..%2Fpilotlight.db" + url[url.IndexOf('?')..]));
    }

    [Theory]
    [InlineData("shown", "shown")]
    [InlineData("shown:$LATEST", "shown:$LATEST")]
    [InlineData("shown?Qualifier=$LATEST", "shown:$LATEST")]
    [InlineData("function%3Ashown", "shown")]
    [InlineData("arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ashown%3A1", "shown:1")]
    [InlineData("shown/?Qualifier=1", "shown:1")]
    public async Task The_ARN_has_the_qualifier_that_was_asked_for(string path, string name)
    {
        if (server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "shown", null) is null)
            await server.CreateActiveAsync("shown", body => body["Publish"] = true);

        var answer = await server.GetAsync($"/2015-03-31/functions/{path}");

        Assert.Equal(FunctionsServer.ArnOf(name), answer.Json.GetProperty("Configuration").GetProperty("FunctionArn").GetString());
    }

    [Theory]
    [InlineData("GET", "gone", "gone")]
    [InlineData("GET", "gone?Qualifier=3", "gone:3")]
    [InlineData("GET", "gone/configuration?Qualifier=alias", "gone:alias")]
    [InlineData("GET", "gone:x/configuration", "gone:x")]
    [InlineData("GET", "gone/versions", "gone")]
    [InlineData("DELETE", "gone", "gone")]
    [InlineData("DELETE", "gone?Qualifier=3", "gone")]
    public async Task What_is_not_there_is_named_as_AWS_names_it(string method, string path, string name)
    {
        var answer = await server.SendAsync(method, $"/2015-03-31/functions/{path}", null);

        answer.IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf(name)}");
        Assert.Equal($$"""{"Message":"Function not found: {{FunctionsServer.ArnOf(name)}}","Type":"User"}""", answer.Body);
    }

    [Fact]
    public async Task Deletes_a_function_or_one_version()
    {
        await server.CreateActiveAsync("deleted", body => body["Publish"] = true);

        (await server.DeleteAsync("/2015-03-31/functions/deleted?Qualifier=$LATEST")).IsRefusedWith(400, "InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.");
        (await server.DeleteAsync("/2015-03-31/functions/nothing-here?Qualifier=alias")).IsRefusedWith(400, "InvalidParameterValueException", "Deletion of aliases is not currently supported.");
        Assert.Equal(204, (await server.DeleteAsync("/2015-03-31/functions/deleted?Qualifier=9")).Status);
        Assert.Equal(204, (await server.DeleteAsync("/2015-03-31/functions/deleted:1")).Status);
        Assert.Equal(404, (await server.GetAsync("/2015-03-31/functions/deleted:1")).Status);
        Assert.Equal((204, ""), ((await server.DeleteAsync("/2015-03-31/functions/deleted")).Status, ""));
        Assert.Equal(404, (await server.GetAsync("/2015-03-31/functions/deleted")).Status);
    }

    [Fact]
    public async Task Publishes_and_lists_versions_a_page_at_a_time()
    {
        await server.CreateActiveAsync("listed");
        for (var timeout = 10; timeout < 13; timeout++)
        {
            await server.PutAsync("/2015-03-31/functions/listed/configuration", new JsonObject { ["Timeout"] = timeout });
            await server.SettledAsync("listed");
            var published = await server.PostAsync("/2015-03-31/functions/listed/versions", new JsonObject { ["Description"] = $"v{timeout}" });
            Assert.Equal((201, $"{timeout - 9}", $"v{timeout}", "Active"), (published.Status, published.Text("Version"), published.Text("Description"), published.Text("State")));
        }

        var first = await server.GetAsync("/2015-03-31/functions/listed/versions?MaxItems=2");
        var second = await server.GetAsync($"/2015-03-31/functions/listed/versions?MaxItems=2&Marker={first.Text("NextMarker")}");

        Assert.Equal(["$LATEST", "1", "2", "3"], first.Json.GetProperty("Versions").EnumerateArray().Concat(second.Json.GetProperty("Versions").EnumerateArray()).Select(version => version.GetProperty("Version").GetString()));
        Assert.False(second.Has("NextMarker"));
        var latest = first.Json.GetProperty("Versions")[0];
        Assert.Equal(FunctionsServer.ArnOf("listed:$LATEST"), latest.GetProperty("FunctionArn").GetString());
        foreach (var absent in new[] { "State", "LastUpdateStatus", "RuntimeVersionConfig" })
            Assert.False(latest.TryGetProperty(absent, out _), absent);
    }

    [Fact]
    public async Task PublishVersion_guards_the_hash_and_gives_the_same_version_again()
    {
        await server.CreateActiveAsync("guarded");
        var actual = (await server.GetAsync("/2015-03-31/functions/guarded/configuration")).Text("CodeSha256");

        (await server.PostAsync("/2015-03-31/functions/guarded/versions", new JsonObject { ["CodeSha256"] = "other" }))
            .IsRefusedWith(400, "InvalidParameterValueException", $"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({actual}). Please try again with the CodeSHA256 in $LATEST.");
        var first = await server.SendAsync("POST", "/2015-03-31/functions/guarded/versions", null);
        var second = await server.PostAsync("/2015-03-31/functions/guarded/versions", new JsonObject { ["CodeSha256"] = actual, ["Description"] = "new" });
        Assert.Equal((201, first.Body), (second.Status, second.Body));
    }

    [Fact]
    public async Task Lists_functions_by_name_a_page_at_a_time()
    {
        for (var n = 0; n < 5; n++)
            await server.CreateActiveAsync($"page-{n}", body => body["Publish"] = true);

        var names = new List<string>();
        string? marker = null;
        do
        {
            var page = await server.GetAsync($"/2015-03-31/functions/?FunctionVersion=ALL&MaxItems=3{(marker is null ? "" : $"&Marker={marker}")}");
            names.AddRange(page.Json.GetProperty("Functions").EnumerateArray().Select(function => function.GetProperty("FunctionArn").GetString()!.Split(':', 7)[6]));
            marker = page.Has("NextMarker") ? page.Text("NextMarker") : null;
        }
        while (marker is not null);

        Assert.Equal(Enumerable.Range(0, 5).SelectMany(n => new[] { $"page-{n}:$LATEST", $"page-{n}:1" }), names.Where(name => name.StartsWith("page-", StringComparison.Ordinal)));
        Assert.Equal(names.Count, names.Distinct().Count());
        var plain = await server.GetAsync("/2015-03-31/functions");
        Assert.Contains(FunctionsServer.ArnOf("page-0"), plain.Body);
        Assert.DoesNotContain("RevisionId\":null", plain.Body);
    }

    [Theory]
    [InlineData("Marker=!!!")]
    [InlineData("Marker=AAAA")]
    [InlineData("Marker=eHg")]
    public async Task Refuses_a_marker_that_it_did_not_hand_out(string query)
    {
        Assert.Equal("InvalidParameterValueException", (await server.GetAsync($"/2015-03-31/functions?{query}")).ErrorType);
    }

    [Fact]
    public async Task An_empty_MaxItems_is_none()
    {
        Assert.Equal(200, (await server.GetAsync("/2015-03-31/functions?MaxItems=")).Status);
    }

    [Fact]
    public async Task Refuses_another_function_version_than_ALL()
    {
        (await server.GetAsync("/2015-03-31/functions?FunctionVersion=latest")).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'latest' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]");
    }

    [Fact]
    public async Task Counts_what_the_account_uses()
    {
        await server.CreateActiveAsync("counted");

        var answer = await server.GetAsync("/2016-08-19/account-settings");

        Assert.Equal("""{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000}""", answer.Json.GetProperty("AccountLimit").GetRawText());
        Assert.True(answer.Json.GetProperty("AccountUsage").GetProperty("FunctionCount").GetInt64() >= 1);
        Assert.True(answer.Json.GetProperty("AccountUsage").GetProperty("TotalCodeSize").GetInt64() > 100);
    }

    [Theory]
    [InlineData("/2020-06-30/functions/plain/code-signing-config", "{}")]
    [InlineData("/2024-08-31/functions/plain/recursion-config", """{"RecursiveLoop":"Terminate"}""")]
    [InlineData("/2021-07-20/functions/plain/runtime-management-config", """{"UpdateRuntimeOn":"Auto","FunctionArn":"arn:aws:lambda:eu-central-1:123456789012:function:plain"}""")]
    public async Task Answers_reads_of_what_cannot_be_set_with_AWSs_defaults(string path, string body)
    {
        if (server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "plain", null) is null)
            await server.CreateActiveAsync("plain");

        Assert.Equal(body, (await server.GetAsync(path)).Body);
        Assert.Equal(404, (await server.GetAsync(path.Replace("plain", "none"))).Status);
    }
}
