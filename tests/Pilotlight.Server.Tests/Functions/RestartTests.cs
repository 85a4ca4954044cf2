using System.Diagnostics;
using System.Text.Json.Nodes;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.Tests.Functions;

public sealed class RestartTests
{
    [Fact]
    public async Task Everything_that_was_acknowledged_is_there_after_a_restart()
    {
        var first = new FunctionsServer();
        await first.InitializeAsync();
        await first.CreateActiveAsync("kept", body =>
        {
            body["Publish"] = true;
            body["Tags"] = new JsonObject { ["a"] = "b" };
            body["Environment"] = JsonNode.Parse("""{"Variables":{"Z1":"1","A1":"2"}}""");
        });
        await first.PostAsync("/2015-03-31/functions/kept/policy?Qualifier=1", JsonNode.Parse(
            """{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::b"}""")!);
        await first.CreateActiveAsync("dropped");
        await first.DeleteAsync("/2015-03-31/functions/dropped");
        var before = await Everything(first);
        await first.StopAsync();

        await using var second = new FunctionsServer { DataFolder = first.DataFolder };
        await second.InitializeAsync();

        Assert.Equal(before, await Everything(second));
        Assert.Equal(404, (await second.GetAsync("/2015-03-31/functions/dropped")).Status);
        var version = second.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "kept", "1")!;
        Assert.True(File.Exists(Path.Combine(second.Packages.FolderOf(version), "app.py")));

        static async Task<string> Everything(FunctionsServer server) => string.Join('\n',
            (await server.GetAsync("/2015-03-31/functions/kept/configuration")).Body,
            (await server.GetAsync("/2015-03-31/functions/kept/configuration?Qualifier=1")).Body,
            (await server.GetAsync("/2015-03-31/functions/kept/versions")).Body,
            (await server.GetAsync("/2015-03-31/functions/kept/policy?Qualifier=1")).Text("Policy"),
            (await server.GetAsync($"/2017-03-31/tags/{FunctionsServer.ArnOf("kept")}")).Body);
    }

    [Fact]
    public async Task What_was_pending_when_the_process_was_killed_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-killed-").FullName;
        var data = new DataFolder(folder);
        var code = await new BlobStore(data.Blobs).PutAsync(Zips.Of(("app.py", "x")), default);
        await using (var database = Database.Open(data.StateDatabase))
        {
            var store = new FunctionStore(database);
            var pending = Versions.FunctionOf(FunctionStates.Created(Versions.Of(code, "pending")));
            var updating = Versions.FunctionOf(Versions.Of(code, "updating"));
            updating = FunctionStates.Updating(updating, updating.Latest with { TimeoutSeconds = 7 }, DateTimeOffset.UnixEpoch);
            var broken = Versions.FunctionOf(FunctionStates.Created(Versions.Of(new string('0', 64), "broken")));
            foreach (var function in new[] { pending, updating, broken })
                await store.SaveAsync(function.Key, null, function);
        }

        await using var server = new FunctionsServer { DataFolder = folder };
        await server.InitializeAsync();

        Assert.Equal("Active", (await server.SettledAsync("pending")).Latest.State);
        Assert.Equal((7, "Successful"), ((await server.SettledAsync("updating")).Find(null)!.TimeoutSeconds, server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "updating", null)!.LastUpdateStatus));
        Assert.Equal(("Failed", "InvalidZipFileException"), ((await server.SettledAsync("broken")).Latest.State, (await server.SettledAsync("broken")).Latest.StateReasonCode));
    }

    [Fact]
    public async Task A_caller_can_wait_for_a_pending_function()
    {
        await using var server = new FunctionsServer();
        await server.InitializeAsync();
        await server.CreateAsync(FunctionsServer.Minimal("awaited"));

        var version = await server.Catalog.FindSettledAsync(
            new FunctionReference(FunctionsServer.Account, FunctionsServer.Region, "awaited", null), TestContext.Current.CancellationToken);

        Assert.Equal("Active", version!.State);
    }

    [Fact]
    public async Task Ten_thousand_functions_are_read_back()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-many-").FullName;
        var data = new DataFolder(folder);
        var code = await new BlobStore(data.Blobs).PutAsync(Zips.Of(("app.py", "x")), default);
        await using (var database = Database.Open(data.StateDatabase))
        {
            var store = new FunctionStore(database);
            await Task.WhenAll(Enumerable.Range(0, 10_000).Select(n =>
            {
                var function = Versions.FunctionOf(Versions.Of(code, $"f{n:d5}") with { Environment = new Dictionary<string, string> { ["NAME"] = $"value {n}" } });
                return store.SaveAsync(function.Key, null, function);
            }));
        }

        var started = Stopwatch.StartNew();
        await using var server = new FunctionsServer { DataFolder = folder };
        await server.InitializeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"start with 10,000 functions: {started.ElapsedMilliseconds} ms");

        Assert.Equal(10_000, server.Catalog.List(FunctionsServer.Account, FunctionsServer.Region).Count);
        Assert.Equal("f09999", server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "f09999", null)!.Name);
        started.Restart();
        for (var n = 0; n < 100; n++)
            await server.GetAsync("/2015-03-31/functions/f05000");
        TestContext.Current.TestOutputHelper?.WriteLine($"GetFunction: {started.Elapsed.TotalMilliseconds / 100:f2} ms");
        started.Restart();
        for (var n = 0; n < 100; n++)
            await server.GetAsync("/2015-03-31/functions?Marker=" + Pilotlight.Api.Paging.MarkerOf("f09900:0"));
        TestContext.Current.TestOutputHelper?.WriteLine($"ListFunctions, last pages: {started.Elapsed.TotalMilliseconds / 100:f2} ms");
        started.Restart();
        for (var n = 0; n < 100; n++)
            await server.CreateAsync(FunctionsServer.Minimal($"new{n}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"CreateFunction: {started.Elapsed.TotalMilliseconds / 100:f2} ms");
        started.Restart();
        for (var n = 0; n < 1_000_000; n++)
            server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "f07777", null);
        TestContext.Current.TestOutputHelper?.WriteLine($"Find: {started.Elapsed.TotalMilliseconds:f0} ns");
    }
}
