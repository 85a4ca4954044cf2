using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class LayerTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    const string Layers = "/2018-10-31/layers";

    static string ArnOf(string layer) => $"arn:aws:lambda:{FunctionsServer.Region}:{FunctionsServer.Account}:layer:{layer}";

    static JsonObject Content(params (string Name, string Content)[] files) => new()
    {
        ["Content"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(files)) },
    };

    async Task<Answer> PublishAsync(string layer, JsonObject? body = null) =>
        await server.PostAsync($"{Layers}/{layer}/versions", body ?? Content(("python/a.py", "x")));

    static async Task<string> VersionsAsync(FunctionsServer server, string query) =>
        string.Join(' ', (await server.GetAsync($"{Layers}/{query}")).Json.GetProperty("LayerVersions").EnumerateArray().Select(v => v.GetProperty("Version").GetInt32()));

    [Fact]
    public async Task A_published_version_is_shown_as_it_was_given()
    {
        var zip = Zips.Of(("python/whole.py", "whole"));
        var body = new JsonObject
        {
            ["Content"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) },
            ["CompatibleRuntimes"] = new JsonArray("python3.13"),
            ["CompatibleArchitectures"] = new JsonArray(),
            ["LicenseInfo"] = "MIT",
        };

        var published = await PublishAsync("whole", body);

        Assert.Equal(201, published.Status);
        Assert.Equal((ArnOf("whole"), ArnOf("whole") + ":1", "", "MIT", 1), (published.Text("LayerArn"), published.Text("LayerVersionArn"), published.Text("Description"), published.Text("LicenseInfo"), published.Json.GetProperty("Version").GetInt32()));
        Assert.Matches(@"^2026-01-02T03:\d\d:05\.678\+0000$", published.Text("CreatedDate"));
        Assert.Equal("[\"python3.13\"]", published.Json.GetProperty("CompatibleRuntimes").GetRawText());
        Assert.Equal("[]", published.Json.GetProperty("CompatibleArchitectures").GetRawText());
        var content = published.Json.GetProperty("Content");
        Assert.Equal((Convert.ToBase64String(SHA256.HashData(zip)), zip.Length), (content.GetProperty("CodeSha256").GetString(), content.GetProperty("CodeSize").GetInt32()));
        Assert.Equal(zip, await server.DownloadAsync(content.GetProperty("Location").GetString()!));
        foreach (var path in new[] { "/whole/versions/1", $"/{Uri.EscapeDataString(ArnOf("whole"))}/versions/1", $"?find=LayerVersion&Arn={Uri.EscapeDataString(ArnOf("whole") + ":1")}" })
        {
            var got = await server.GetAsync(Layers + path);
            Assert.Equal((200, published.Text("LayerVersionArn")), (got.Status, got.Text("LayerVersionArn")));
        }

        Assert.False((await PublishAsync("bare")).Has("CompatibleRuntimes"));
    }

    [Fact]
    public async Task Numbers_ascend_are_listed_downwards_and_are_never_used_again()
    {
        for (var n = 0; n < 3; n++)
            await PublishAsync("numbers");
        Assert.Equal("3 2 1", await VersionsAsync(server, "numbers/versions"));

        for (var n = 1; n <= 3; n++)
            Assert.Equal((204, ""), ((await server.DeleteAsync($"{Layers}/numbers/versions/{n}")) is var gone ? (gone.Status, gone.Body) : default));
        Assert.Equal(204, (await server.DeleteAsync($"{Layers}/numbers/versions/3")).Status);
        Assert.Equal("""{"LayerVersions":[]}""", (await server.GetAsync($"{Layers}/numbers/versions")).Body);
        Assert.DoesNotContain("numbers", (await server.GetAsync(Layers)).Body);

        Assert.Equal(4, (await PublishAsync("numbers")).Json.GetProperty("Version").GetInt32());
        Assert.Contains("numbers:4", (await server.GetAsync(Layers)).Body);
    }

    [Fact]
    public async Task Lists_page_and_filter()
    {
        for (var n = 0; n < 5; n++)
        {
            var body = Content(("a", "b"));
            body["CompatibleRuntimes"] = new JsonArray(n % 2 == 0 ? "java21" : "nodejs22.x");
            body["CompatibleArchitectures"] = new JsonArray("arm64");
            await PublishAsync("paged", body);
        }

        Assert.Equal("5 3 1", await VersionsAsync(server, "paged/versions?CompatibleRuntime=java21&CompatibleArchitecture=arm64"));
        Assert.Equal("", await VersionsAsync(server, "paged/versions?CompatibleArchitecture=x86_64"));
        var seen = new List<int>();
        string? marker = null;
        do
        {
            var page = await server.GetAsync($"{Layers}/paged/versions?MaxItems=2&Marker={marker}");
            seen.AddRange(page.Json.GetProperty("LayerVersions").EnumerateArray().Select(v => v.GetProperty("Version").GetInt32()));
            marker = page.Has("NextMarker") ? page.Text("NextMarker") : null;
        }
        while (marker is not null);
        Assert.Equal([5, 4, 3, 2, 1], seen);

        await PublishAsync("paged-2", Content(("a", "b")));
        var latest = (await server.GetAsync($"{Layers}?CompatibleRuntime=nodejs22.x")).Json.GetProperty("Layers").EnumerateArray().Single();
        Assert.Equal(("paged", 4), (latest.GetProperty("LayerName").GetString(), latest.GetProperty("LatestMatchingVersion").GetProperty("Version").GetInt32()));
        var first = await server.GetAsync($"{Layers}?MaxItems=1");
        var second = await server.GetAsync($"{Layers}?MaxItems=1&Marker={first.Text("NextMarker")}");
        Assert.NotEqual(Name(first), Name(second));
        (await server.GetAsync($"{Layers}/paged/versions?Marker=AAAA")).IsRefusedWith(400, "InvalidParameterValueException", "Invalid pagination key.");

        static string? Name(Answer page) => page.Json.GetProperty("Layers")[0].GetProperty("LayerName").GetString();
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        await PublishAsync("words");
        const string none = "The resource you requested does not exist.";
        (await server.GetAsync($"{Layers}/nobody/versions/1")).IsRefusedWith(404, "ResourceNotFoundException", none);
        (await server.GetAsync($"{Layers}/words/versions/2")).IsRefusedWith(404, "ResourceNotFoundException", none);
        (await server.GetAsync($"{Layers}?find=LayerVersion&Arn={Uri.EscapeDataString(ArnOf("words") + ":9")}")).IsRefusedWith(404, "ResourceNotFoundException", none);
        foreach (var number in new[] { "0", "-1" })
        {
            (await server.GetAsync($"{Layers}/words/versions/{number}")).IsRefusedWith(400, "InvalidParameterValueException", "Layer Version Cannot be less than 1");
            (await server.DeleteAsync($"{Layers}/words/versions/{number}")).IsRefusedWith(400, "InvalidParameterValueException", "Layer Version Cannot be less than 1");
        }

        Assert.Equal(204, (await server.DeleteAsync($"{Layers}/nobody/versions/1")).Status);
        Assert.Equal("""{"LayerVersions":[]}""", (await server.GetAsync($"{Layers}/nobody/versions")).Body);
        (await server.GetAsync($"{Layers}?find=LayerVersion&Arn={Uri.EscapeDataString(ArnOf("words"))}")).IsRefusedWith(400, "ValidationException",
            $"1 validation error detected: Value '{ArnOf("words")}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            + @"arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+");
        Assert.StartsWith("1 validation error detected: Value 'cobol' at 'compatibleRuntime' failed to satisfy constraint: Member must satisfy enum value set: [ruby3.5, ruby2.6, ", (await server.GetAsync($"{Layers}?CompatibleRuntime=cobol")).Message);
        Assert.Equal("1 validation error detected: Value 'z80' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]", (await server.GetAsync($"{Layers}?CompatibleArchitecture=z80")).Message);

        var bad = Content(("a", "b"));
        bad["CompatibleRuntimes"] = new JsonArray("cobol", "nodejs22.x");
        bad["CompatibleArchitectures"] = new JsonArray("z80");
        var refused = await PublishAsync("words", bad);
        Assert.StartsWith("2 validation errors detected: Value '[cobol, nodejs22.x]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, ", refused.Message);
        Assert.EndsWith("java8.al2]; Value '[z80]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]", refused.Message);
        (await PublishAsync("words", new JsonObject { ["Content"] = new JsonObject { ["ZipFile"] = "bm8gemlw" } })).IsRefusedWith(400, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.");
    }

    [Fact]
    public async Task May_be_meant_for_runtimes_that_no_function_can_be_made_with_any_more()
    {
        string[] runtimes = ["java8.al2", "java8", "dotnetcore3.1", "go1.x", "ruby2.7", "provided", "python3.7", "nodejs12.x", "python3.14"];
        var meant = Content(("a", "b"));
        meant["CompatibleRuntimes"] = new JsonArray([.. runtimes.Select(runtime => (JsonNode)runtime)]);

        var published = await PublishAsync("retired", meant);

        Assert.Equal(201, published.Status);
        Assert.Equal(runtimes, published.Json.GetProperty("CompatibleRuntimes").EnumerateArray().Select(runtime => runtime.GetString()!));
        Assert.Single((await server.GetAsync($"{Layers}/retired/versions?CompatibleRuntime=java8")).Json.GetProperty("LayerVersions").EnumerateArray());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999999999")]
    [InlineData("%F0%28%8C%28")]
    [InlineData("NaN")]
    public async Task Numbers_that_are_none_never_break_anything(string number)
    {
        foreach (var (method, path) in new[] { ("GET", ""), ("DELETE", ""), ("GET", "/policy"), ("DELETE", "/policy/s") })
            Assert.InRange((await server.SendAsync(method, $"{Layers}/odd/versions/{number}{path}", null)).Status, 400, 499);
    }

    [Fact]
    public async Task A_policy_is_kept_shown_and_guarded()
    {
        await PublishAsync("shared");
        const string path = $"{Layers}/shared/versions/1/policy";
        var arn = ArnOf("shared") + ":1";
        (await server.GetAsync(path)).IsRefusedWith(404, "ResourceNotFoundException", "No policy is associated with the given resource.");
        (await server.DeleteAsync(path + "/s")).IsRefusedWith(404, "ResourceNotFoundException", "No policy is associated with the given resource.");

        var everybody = $$"""{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"{{arn}}"}""";
        var account = $$$"""{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"lambda:GetLayerVersion","Resource":"{{{arn}}}"}""";
        var organization = $$$$"""{"Sid":"org","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"{{{{arn}}}}","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-t194hfs8cz"}}}""";
        var first = await server.PostAsync(path, Statement("all", "*"));
        Assert.Equal((201, everybody), (first.Status, first.Text("Statement")));
        Assert.Equal(account, (await server.PostAsync($"{path}?RevisionId={first.Text("RevisionId")}", Statement("one", "210987654321"))).Text("Statement"));
        Assert.Equal(organization, (await server.PostAsync(path, Statement("org", "*", "o-t194hfs8cz"))).Text("Statement"));
        var policy = await server.GetAsync(path);
        Assert.Equal($$"""{"Version":"2012-10-17","Id":"default","Statement":[{{everybody}},{{account}},{{organization}}]}""", policy.Text("Policy"));

        const string mismatch = "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id";
        (await server.PostAsync($"{path}?RevisionId={first.Text("RevisionId")}", Statement("late", "*"))).IsRefusedWith(412, "PreconditionFailedException", mismatch);
        (await server.DeleteAsync($"{path}/all?RevisionId=wrong")).IsRefusedWith(412, "PreconditionFailedException", mismatch);
        (await server.PostAsync(path, Statement("all", "*"))).IsRefusedWith(409, "ResourceConflictException", "The statement id (all) provided already exists. Please provide a new statement id, or remove the existing statement.");
        (await server.DeleteAsync(path + "/nobody")).IsRefusedWith(404, "ResourceNotFoundException", "Statement nobody is not found in resource policy.");
        var wrong = Statement("x", "*");
        wrong["Action"] = "*";
        (await server.PostAsync(path, wrong)).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion");
        foreach (var (method, other) in new[] { ("GET", ""), ("DELETE", "/all") })
            (await server.SendAsync(method, $"{Layers}/shared/versions/2/policy{other}", null)).IsRefusedWith(404, "ResourceNotFoundException", $"Layer version {ArnOf("shared")}:2 does not exist.");
        (await server.PostAsync($"{Layers}/nobody/versions/1/policy", Statement("s", "*"))).IsRefusedWith(404, "ResourceNotFoundException", $"Layer version {ArnOf("nobody")}:1 does not exist.");

        foreach (var sid in new[] { "all", "one", "org" })
            Assert.Equal(204, (await server.DeleteAsync($"{path}/{sid}?RevisionId={(await server.GetAsync(path)).Text("RevisionId")}")).Status);
        Assert.Equal(404, (await server.GetAsync(path)).Status);

        static JsonObject Statement(string sid, string principal, string? organization = null) => new()
        {
            ["StatementId"] = sid,
            ["Principal"] = principal,
            ["Action"] = "lambda:GetLayerVersion",
            ["OrganizationId"] = organization,
        };
    }

    [Fact]
    public async Task A_function_shows_its_layers_and_keeps_them_when_they_are_deleted()
    {
        var size = (await PublishAsync("kept")).Json.GetProperty("Content").GetProperty("CodeSize").GetInt64();
        await PublishAsync("kept-too", Content(("bin/tool", "two")));
        await server.CreateActiveAsync("layered", body =>
        {
            body["Layers"] = new JsonArray(ArnOf("kept") + ":1");
            body["Publish"] = true;
        });
        Assert.Equal($$"""[{"Arn":"{{ArnOf("kept")}}:1","CodeSize":{{size}}}]""", (await Configuration("layered")).GetProperty("Layers").GetRawText());

        await UpdateAsync("layered", new JsonArray(ArnOf("kept-too") + ":1", ArnOf("kept") + ":1"));
        Assert.Equal(204, (await server.DeleteAsync($"{Layers}/kept/versions/1")).Status);
        Assert.Equal(204, (await server.DeleteAsync($"{Layers}/kept-too/versions/1")).Status);
        server.Time.Advance(TimeSpan.FromMinutes(5));
        await server.Packages.WhenDeletedAsync();

        var latest = server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "layered", null)!;
        var folder = server.Packages.LayersFolderOf(latest)!;
        Assert.True(File.Exists(Path.Combine(folder, "python/a.py")) && File.Exists(Path.Combine(folder, "bin/tool")));
        Assert.Equal(1, (await Configuration("layered", "1")).GetProperty("Layers").GetArrayLength());
        (await server.PutAsync("/2015-03-31/functions/layered/configuration", new JsonObject { ["Layers"] = new JsonArray(ArnOf("kept") + ":1") }))
            .IsRefusedWith(400, "InvalidParameterValueException", $"Layer version {ArnOf("kept")}:1 does not exist.");

        await UpdateAsync("layered", []);
        Assert.False((await Configuration("layered")).TryGetProperty("Layers", out _));
        server.Time.Advance(TimeSpan.FromMinutes(5));
        await server.Packages.WhenDeletedAsync();
        Assert.False(Directory.Exists(folder));
        var old = server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "layered", "1")!;
        Assert.True(Directory.Exists(server.Packages.LayersFolderOf(old)));

        async Task UpdateAsync(string name, JsonArray layers)
        {
            Assert.Equal(200, (await server.PutAsync($"/2015-03-31/functions/{name}/configuration", new JsonObject { ["Layers"] = layers })).Status);
            await server.SettledAsync(name);
        }

        async Task<JsonElement> Configuration(string name, string? qualifier = null) =>
            (await server.GetAsync($"/2015-03-31/functions/{name}/configuration{(qualifier is null ? "" : $"?Qualifier={qualifier}")}")).Json;
    }

    [Fact]
    public async Task Functions_with_the_same_layers_in_the_same_order_share_one_folder()
    {
        foreach (var layer in new[] { "share-a", "share-b" })
            await PublishAsync(layer, Content((layer, layer)));
        string[] both = [ArnOf("share-a") + ":1", ArnOf("share-b") + ":1"];
        foreach (var (name, layers) in new[] { ("sharing-1", both), ("sharing-2", both), ("not-sharing", [both[1], both[0]]) })
            await server.CreateActiveAsync(name, body => body["Layers"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer)]));

        Assert.Equal(FolderOf("sharing-1"), FolderOf("sharing-2"));
        Assert.NotEqual(FolderOf("sharing-1"), FolderOf("not-sharing"));

        string FolderOf(string name) => server.Packages.LayersFolderOf(server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, name, null)!)!;
    }

    [Fact]
    public async Task Functions_are_refused_layers_in_AWSs_words()
    {
        await PublishAsync("ruled");
        await PublishAsync("ruled");
        var one = ArnOf("ruled") + ":1";
        var two = ArnOf("ruled") + ":2";
        await Refused("Cannot reference more than 5 layers.", one, two, one, two, one, two);
        await Refused($"Two different versions of the same layer are not allowed to be referenced in the same function. {one} and {two} are versions of the same layer.", one, two);
        await Refused($"Two different versions of the same layer are not allowed to be referenced in the same function. {one} and {one} are versions of the same layer.", one, one);
        await Refused($"Layer version {ArnOf("ruled")}:9 does not exist.", ArnOf("ruled") + ":9");
        await Refused($"Layer version {ArnOf("nobody")}:1 does not exist.", ArnOf("nobody") + ":1");
        await Refused($"Layers are not in the same region as the function. Layers are expected to be in region {FunctionsServer.Region}.", one.Replace(FunctionsServer.Region, "us-west-2"));
        await Refused("Layer version arn:aws:lambda:::awslayer:AmazonLinux1803 does not exist.", "arn:aws:lambda:::awslayer:AmazonLinux1803");

        var foreign = one.Replace(FunctionsServer.Account, "999999999999");
        (await CreateAsync(foreign)).IsRefusedWith(403, "AccessDeniedException",
            $"User: arn:aws:iam::{FunctionsServer.Account}:root is not authorized to perform: lambda:GetLayerVersion on resource: {foreign} because no resource-based policy allows the lambda:GetLayerVersion action");
        var unversioned = await CreateAsync(ArnOf("ruled"));
        Assert.StartsWith($"1 validation error detected: Value '[{ArnOf("ruled")}]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, ", unversioned.Message);

        async Task Refused(string message, params string[] layers) => (await CreateAsync(layers)).IsRefusedWith(400, "InvalidParameterValueException", message);

        async Task<Answer> CreateAsync(params string[] layers)
        {
            var body = FunctionsServer.Minimal("ruled-function");
            body["Layers"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer)]);
            return await server.CreateAsync(body);
        }
    }

    [Fact]
    public async Task Another_account_uses_a_layer_once_its_policy_lets_it()
    {
        await using var two = new FunctionsServer();
        await two.InitializeAsync();
        await two.PostAsync($"{Layers}/lent/versions", Content(("a", "b")));
        await two.PostAsync($"{Layers}/lent/versions", Content(("a", "b")));
        var lent = ArnOf("lent") + ":1";
        two.Caller = "999999999999";
        Assert.Equal(403, (await CreateAsync()).Status);
        Assert.Equal("""{"LayerVersions":[]}""", (await two.GetAsync($"{Layers}/{Uri.EscapeDataString(ArnOf("lent"))}/versions")).Body);

        two.Caller = FunctionsServer.Account;
        await two.PostAsync($"{Layers}/lent/versions/1/policy", JsonNode.Parse("""{"StatementId":"s","Action":"lambda:GetLayerVersion","Principal":"999999999999"}""")!);

        two.Caller = "999999999999";
        var created = await CreateAsync();
        Assert.Equal((201, lent), (created.Status, created.Json.GetProperty("Layers")[0].GetProperty("Arn").GetString()));
        Assert.Equal("1", await VersionsAsync(two, $"{Uri.EscapeDataString(ArnOf("lent"))}/versions"));
        two.Caller = "888888888888";
        Assert.Equal(403, (await CreateAsync()).Status);

        Task<Answer> CreateAsync()
        {
            var body = FunctionsServer.Minimal("borrower");
            body["Role"] = $"arn:aws:iam::{two.Caller}:role/worker";
            body["Layers"] = new JsonArray(lent);
            return two.CreateAsync(body);
        }
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        var first = new FunctionsServer();
        await first.InitializeAsync();
        foreach (var file in new[] { "a", "b" })
            await first.PostAsync($"{Layers}/lasting/versions", Content((file, file)));
        await first.PostAsync($"{Layers}/lasting/versions/1/policy", JsonNode.Parse("""{"StatementId":"s","Action":"lambda:GetLayerVersion","Principal":"*"}""")!);
        await first.PostAsync($"{Layers}/gone/versions", Content(("c", "c")));
        await first.CreateActiveAsync("user", body => body["Layers"] = new JsonArray(ArnOf("gone") + ":1", ArnOf("lasting") + ":2"));
        await first.DeleteAsync($"{Layers}/gone/versions/1");
        var before = await Everything(first);
        await first.StopAsync();

        await using var second = new FunctionsServer { DataFolder = first.DataFolder };
        await second.InitializeAsync();

        Assert.Equal(before, await Everything(second));
        var folder = second.Packages.LayersFolderOf(second.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "user", null)!)!;
        Assert.Equal("bc", File.ReadAllText(Path.Combine(folder, "b")) + File.ReadAllText(Path.Combine(folder, "c")));
        Assert.Equal(2, (await second.PostAsync($"{Layers}/gone/versions", Content(("d", "d")))).Json.GetProperty("Version").GetInt32());

        static async Task<string> Everything(FunctionsServer server) => string.Join('\n',
            (await server.GetAsync(Layers)).Body, (await server.GetAsync($"{Layers}/lasting/versions")).Body,
            (await server.GetAsync($"{Layers}/lasting/versions/1/policy")).Body, (await server.GetAsync("/2015-03-31/functions/user/configuration")).Body);
    }

    [Fact]
    public async Task Code_and_layers_together_may_not_be_larger_than_a_function()
    {
        await using var small = new FunctionsServer { Options = new() { Packages = new() { MaxUnzippedBytes = 1000 } } };
        await small.InitializeAsync();
        foreach (var layer in new[] { "half", "other-half" })
            await small.PostAsync($"{Layers}/{layer}/versions", Content((layer, new string('x', 480))));
        await small.CreateActiveAsync("roomy", body => body["Layers"] = new JsonArray(ArnOf("half") + ":1", ArnOf("other-half") + ":1"));

        const string message = "Unzipped size must be smaller than 1000 bytes";
        var update = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("app.py", new string('y', 100)))) };
        (await small.PutAsync("/2015-03-31/functions/roomy/code", update)).IsRefusedWith(400, "InvalidParameterValueException", message);
        await small.CreateActiveAsync("large", body => body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("app.py", new string('y', 900)))) });
        (await small.PutAsync("/2015-03-31/functions/large/configuration", new JsonObject { ["Layers"] = new JsonArray(ArnOf("half") + ":1") }))
            .IsRefusedWith(400, "InvalidParameterValueException", message);
    }

    [Fact]
    public async Task Account_settings_count_the_code_of_layers()
    {
        var before = await UsedAsync();
        var size = (await PublishAsync("counted")).Json.GetProperty("Content").GetProperty("CodeSize").GetInt64();
        Assert.Equal(before + size, await UsedAsync());

        async Task<long> UsedAsync() =>
            (await server.GetAsync("/2016-08-19/account-settings")).Json.GetProperty("AccountUsage").GetProperty("TotalCodeSize").GetInt64();
    }
}
