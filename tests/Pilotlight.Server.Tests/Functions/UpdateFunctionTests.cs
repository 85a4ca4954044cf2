using System.Text.Json.Nodes;
using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class UpdateFunctionTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    static JsonObject Code(string content) => new() { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("app.py", content))) };

    [Fact]
    public async Task New_code_is_shown_in_progress_and_then_successful_with_a_revision_each()
    {
        await server.CreateActiveAsync("new-code");
        var before = await server.GetAsync("/2015-03-31/functions/new-code/configuration");

        var answer = await server.PutAsync("/2015-03-31/functions/new-code/code", Code("two"));
        await server.SettledAsync("new-code");
        var after = await server.GetAsync("/2015-03-31/functions/new-code/configuration");

        Assert.Equal(200, answer.Status);
        Assert.Equal(("Active", "InProgress", "The function is being created.", "Creating"),
            (answer.Text("State"), answer.Text("LastUpdateStatus"), answer.Text("LastUpdateStatusReason"), answer.Text("LastUpdateStatusReasonCode")));
        Assert.Equal("Successful", after.Text("LastUpdateStatus"));
        Assert.Equal(answer.Text("CodeSha256"), after.Text("CodeSha256"));
        Assert.Equal(3, new[] { before.Text("RevisionId"), answer.Text("RevisionId"), after.Text("RevisionId") }.Distinct().Count());
        Assert.Equal(FunctionsServer.ArnOf("new-code"), answer.Text("FunctionArn"));
    }

    [Fact]
    public async Task The_old_generation_is_retired_and_its_package_deleted()
    {
        await server.CreateActiveAsync("retired");
        var old = server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "retired", null)!;
        var retired = new TaskCompletionSource<FunctionVersion>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Catalog.Retired += version => { if (version.Name == "retired") retired.TrySetResult(version); };

        await server.PutAsync("/2015-03-31/functions/retired/code", Code("retired two"));

        Assert.Equal(old.Generation, (await retired.Task.WaitAsync(TimeSpan.FromSeconds(90))).Generation);
        await server.SettledAsync("retired");
        Assert.True(server.Packages.Exists(old.CodeHash));
        var deleted = server.Packages.WhenDeletedAsync();
        while (!deleted.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.False(server.Packages.Exists(old.CodeHash));
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_be_and_changes_nothing()
    {
        await server.CreateActiveAsync("dry-run");
        var before = await server.GetAsync("/2015-03-31/functions/dry-run/configuration");
        var code = Code("dry");
        code["DryRun"] = true;

        var answer = await server.PutAsync("/2015-03-31/functions/dry-run/code", code);

        Assert.NotEqual(before.Text("CodeSha256"), answer.Text("CodeSha256"));
        Assert.Equal(before.Body, (await server.GetAsync("/2015-03-31/functions/dry-run/configuration")).Body);
    }

    [Fact]
    public async Task Publish_answers_with_the_version_under_its_qualified_ARN()
    {
        await server.CreateActiveAsync("publish-code");
        var code = Code("published");
        code["Publish"] = true;

        var answer = await server.PutAsync("/2015-03-31/functions/publish-code/code", code);

        Assert.Equal(("1", FunctionsServer.ArnOf("publish-code") + ":1", "Pending"), (answer.Text("Version"), answer.Text("FunctionArn"), answer.Text("State")));
        var function = await server.SettledAsync("publish-code");
        Assert.Equal("Active", function.Published[1].State);
    }

    [Fact]
    public async Task A_stale_revision_is_refused()
    {
        await server.CreateActiveAsync("stale");
        var configuration = new JsonObject { ["RevisionId"] = "old", ["Timeout"] = 5 };
        const string message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";

        (await server.PutAsync("/2015-03-31/functions/stale/configuration", configuration)).IsRefusedWith(412, "PreconditionFailedException", message);
        var code = Code("x");
        code["RevisionId"] = "old";
        (await server.PutAsync("/2015-03-31/functions/stale/code", code)).IsRefusedWith(412, "PreconditionFailedException", message);
    }

    [Theory]
    [InlineData("""{}""", "Please provide a source for function code.")]
    [InlineData("""{"ImageUri":"x"}""", "Please don't provide ImageUri when updating a function with packageType Zip.")]
    [InlineData("""{"S3Bucket":"bucket","S3Key":"k"}""", "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist")]
    [InlineData("""{"ZipFile":"Zm9v"}""", "Could not unzip uploaded file. Please check your file, then try to upload again.")]
    public async Task Refuses_code_that_is_none(string body, string message)
    {
        if (server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "bad-code", null) is null)
            await server.CreateActiveAsync("bad-code");

        (await server.PutAsync("/2015-03-31/functions/bad-code/code", JsonNode.Parse(body)!)).IsRefusedWith(400, "InvalidParameterValueException", message);
    }

    [Fact]
    public async Task Only_LATEST_can_be_changed_or_published()
    {
        const string message = "Current operation does not support versions other than $LATEST. "
            + "Please set the version to $LATEST or do not set a version in your request.";

        (await server.PutAsync("/2015-03-31/functions/fixed:1/code", Code("x"))).IsRefusedWith(400, "InvalidParameterValueException", message);
        (await server.PutAsync("/2015-03-31/functions/fixed:live/configuration", new JsonObject())).IsRefusedWith(400, "InvalidParameterValueException", message);
        (await server.PostAsync("/2015-03-31/functions/fixed:1/versions", new JsonObject())).IsRefusedWith(400, "InvalidParameterValueException", message);
    }

    [Fact]
    public async Task What_does_not_exist_cannot_be_updated()
    {
        var message = $"Function not found: {FunctionsServer.ArnOf("nowhere")}";

        (await server.PutAsync("/2015-03-31/functions/nowhere/code", Code("x"))).IsRefusedWith(404, "ResourceNotFoundException", message);
        (await server.PutAsync("/2015-03-31/functions/nowhere/configuration", new JsonObject())).IsRefusedWith(404, "ResourceNotFoundException", message);
    }

    [Fact]
    public async Task Absent_members_keep_their_values_and_empty_ones_clear()
    {
        await server.CreateActiveAsync("merge", body =>
        {
            body["Environment"] = JsonNode.Parse("""{"Variables":{"A1":"1"}}""");
            body["KMSKeyArn"] = "arn:aws:kms:eu-central-1:123456789012:key/1";
            body["DeadLetterConfig"] = JsonNode.Parse("""{"TargetArn":"arn:aws:sqs:eu-central-1:123456789012:q"}""");
            body["LoggingConfig"] = JsonNode.Parse("""{"LogFormat":"JSON","ApplicationLogLevel":"DEBUG"}""");
            body["VpcConfig"] = JsonNode.Parse("""{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}""");
            body["FileSystemConfigs"] = JsonNode.Parse("""[{"Arn":"arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/d"}]""");
        });

        var kept = await Update("""{"Description":"d","DeadLetterConfig":{},"LoggingConfig":{"LogGroup":"/g"}}""");
        Assert.Equal("""{"Variables":{"A1":"1"}}""", kept.Json.GetProperty("Environment").GetRawText());
        Assert.True(kept.Has("KMSKeyArn") && kept.Has("DeadLetterConfig") && kept.Has("VpcConfig") && kept.Has("FileSystemConfigs"));
        Assert.Equal("""{"LogFormat":"JSON","ApplicationLogLevel":"DEBUG","SystemLogLevel":"INFO","LogGroup":"/g"}""", kept.Json.GetProperty("LoggingConfig").GetRawText());

        var cleared = await Update("""
            {"KMSKeyArn":"","DeadLetterConfig":{"TargetArn":""},"FileSystemConfigs":[],"Environment":{"Variables":{}},"LoggingConfig":{"LogFormat":"Text"},
            "VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[]},"Layers":[]}
            """);
        Assert.False(cleared.Has("KMSKeyArn") || cleared.Has("DeadLetterConfig") || cleared.Has("FileSystemConfigs"));
        Assert.Equal("""{"LogFormat":"Text","LogGroup":"/g"}""", cleared.Json.GetProperty("LoggingConfig").GetRawText());
        Assert.Equal("""{"SubnetIds":[],"SecurityGroupIds":[],"VpcId":"","Ipv6AllowedForDualStack":false}""", cleared.Json.GetProperty("VpcConfig").GetRawText());
        Assert.Equal("d", cleared.Text("Description"));

        async Task<Answer> Update(string body)
        {
            var answer = await server.PutAsync("/2015-03-31/functions/merge/configuration", JsonNode.Parse(body)!);
            Assert.Equal(200, answer.Status);
            await server.SettledAsync("merge");
            return answer;
        }
    }

    [Fact]
    public async Task Concurrent_updates_are_made_one_after_the_other_and_none_is_lost()
    {
        await server.CreateActiveAsync("concurrent");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            server.PostAsync($"/2017-03-31/tags/{Uri.EscapeDataString(FunctionsServer.ArnOf("concurrent"))}", JsonNode.Parse($$$"""{"Tags":{"k{{{n}}}":"v"}}""")!)));

        Assert.All(answers, answer => Assert.Equal(204, answer.Status));
        Assert.Equal(20, server.Catalog.Find(new FunctionKey(FunctionsServer.Account, FunctionsServer.Region, "concurrent"))!.Tags.Count);
    }
}
