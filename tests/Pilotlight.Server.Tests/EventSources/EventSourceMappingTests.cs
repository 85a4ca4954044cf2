using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.EventSources;
using Pilotlight.Identities;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.EventSources;

/// <summary>The mappings' API over signed HTTP, on the whole server.</summary>
public sealed class EventSourceMappingTests(EventSourceServer server) : IClassFixture<EventSourceServer>
{
    const string Mappings = "/2015-03-31/event-source-mappings";
    const string Region = "us-east-1";
    const string Account = "000000000000";
    const string Function = $"arn:aws:lambda:{Region}:{Account}:function:mapped";

    static string Queue(string name) => $"arn:aws:sqs:{Region}:{Account}:{name}";

    static string Stream(string name) => $"arn:aws:kinesis:{Region}:{Account}:stream/{name}";

    Task<(int Status, JsonNode Body)> Create(string json) => server.SendAsync(HttpMethod.Post, Mappings, json);

    async Task<JsonNode> Settled(string id)
    {
        while (true)
        {
            var (status, body) = await server.SendAsync(HttpMethod.Get, $"{Mappings}/{id}");
            Assert.Equal(200, status);
            if ((string)body["State"]! is "Enabled" or "Disabled")
                return body;
        }
    }

    async Task IsRefused(int status, string type, string message, string json)
    {
        var (actual, body) = await Create(json);
        Assert.Equal((status, type, message), (actual, (string)body["__type"]!, (string?)body["message"] ?? (string?)body["Message"]));
    }

    Task IsInvalid(string message, string json) => IsRefused(400, "InvalidParameterValueException", message, json);

    [Fact]
    public async Task A_queues_mapping_has_AWSs_defaults_members_and_states()
    {
        var (status, body) = await Create($$"""{"EventSourceArn":"{{Queue("defaults")}}","FunctionName":"mapped"}""");
        var id = (string)body["UUID"]!;

        Assert.Equal(202, status);
        Assert.Equal("Creating", (string?)body["State"]);
        var modified = body["LastModified"]!.ToJsonString();
        Assert.Equal(
            $$"""{"UUID":"{{id}}","BatchSize":10,"MaximumBatchingWindowInSeconds":0,"EventSourceArn":"{{Queue("defaults")}}","FunctionArn":"{{Function}}","LastModified":{{modified}},"State":"Enabled","StateTransitionReason":"USER_INITIATED","FunctionResponseTypes":[],"EventSourceMappingArn":"arn:aws:lambda:{{Region}}:{{Account}}:event-source-mapping:{{id}}"}""",
            (await Settled(id)).ToJsonString());
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("idle.fifo")]
    public async Task A_queues_mapping_that_is_not_to_poll_is_disabled_from_the_start(string queue)
    {
        var (status, created) = await Create($$"""{"EventSourceArn":"{{Queue(queue)}}","FunctionName":"mapped","Enabled":false,"BatchSize":1}""");
        var path = $"{Mappings}/{created["UUID"]}";

        Assert.Equal((202, "Disabled"), (status, (string?)created["State"]));
        var (_, enabling) = await server.SendAsync(HttpMethod.Put, path, """{"Enabled":true}""");
        Assert.Equal("Enabling", (string?)enabling["State"]);
        Assert.Equal("Enabled", (string?)(await Settled((string)created["UUID"]!))["State"]);
    }

    [Fact]
    public async Task A_streams_mapping_has_AWSs_defaults()
    {
        var (_, body) = await Create($$"""{"EventSourceArn":"{{Stream("defaults")}}","FunctionName":"mapped:$LATEST","StartingPosition":"LATEST","Enabled":false}""");
        var id = (string)body["UUID"]!;
        var settled = await Settled(id);
        var modified = settled["LastModified"]!.ToJsonString();

        Assert.Equal(
            $$$"""{"UUID":"{{{id}}}","StartingPosition":"LATEST","BatchSize":100,"MaximumBatchingWindowInSeconds":0,"ParallelizationFactor":1,"EventSourceArn":"{{{Stream("defaults")}}}","FunctionArn":"{{{Function}}}:$LATEST","LastModified":{{{modified}}},"LastProcessingResult":"No records processed","State":"Disabled","StateTransitionReason":"User action","DestinationConfig":{"OnFailure":{}},"MaximumRecordAgeInSeconds":-1,"BisectBatchOnFunctionError":false,"MaximumRetryAttempts":-1,"TumblingWindowInSeconds":0,"FunctionResponseTypes":[],"EventSourceMappingArn":"arn:aws:lambda:{{{Region}}}:{{{Account}}}:event-source-mapping:{{{id}}}"}""",
            settled.ToJsonString());
    }

    [Fact]
    public async Task Kafka_gets_a_consumer_group_and_documents_are_whole_by_default()
    {
        var (_, kafka) = await Create("""{"FunctionName":"mapped","Topics":["t1"],"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["b1.example.com:9092"]}},"SourceAccessConfigurations":[{"Type":"BASIC_AUTH","URI":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s"}]}""");
        var (_, managed) = await Create($$$"""{"FunctionName":"mapped","Topics":["t1"],"EventSourceArn":"arn:aws:kafka:{{{Region}}}:{{{Account}}}:cluster/c/1-2","AmazonManagedKafkaEventSourceConfig":{"ConsumerGroupId":"g"}}""");
        var (_, documents) = await Create($$$"""{"FunctionName":"mapped","EventSourceArn":"arn:aws:rds:{{{Region}}}:{{{Account}}}:cluster:docs","StartingPosition":"LATEST","DocumentDBEventSourceConfig":{"DatabaseName":"d"}}""");
        var (_, mq) = await Create($$$"""{"FunctionName":"mapped","Queues":["q"],"EventSourceArn":"arn:aws:mq:{{{Region}}}:{{{Account}}}:broker:b:b-1","SourceAccessConfigurations":[{"Type":"BASIC_AUTH","URI":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s"}]}""");

        Assert.True(Guid.TryParse((string?)kafka["SelfManagedKafkaEventSourceConfig"]!["ConsumerGroupId"], out _));
        Assert.Equal(100, (int?)kafka["BatchSize"]);
        Assert.Null(kafka["MaximumBatchingWindowInSeconds"]);
        Assert.Equal("g", (string?)managed["AmazonManagedKafkaEventSourceConfig"]!["ConsumerGroupId"]);
        Assert.Equal("Default", (string?)documents["DocumentDBEventSourceConfig"]!["FullDocument"]);
        Assert.Equal("""["q"]""", mq["Queues"]!.ToJsonString());
    }

    [Fact]
    public async Task The_same_mapping_twice_is_a_conflict_that_names_the_first()
    {
        var (_, queue) = await Create($$"""{"EventSourceArn":"{{Queue("twice")}}","FunctionName":"mapped"}""");
        await IsRefused(409, "ResourceConflictException", $"An event source mapping with SQS arn (\" {Queue("twice")} \") and function (\" mapped \") already exists. Please update or delete the existing mapping with UUID {queue["UUID"]}",
            $$"""{"EventSourceArn":"{{Queue("twice")}}","FunctionName":"{{Function}}"}""");
        var (_, stream) = await Create($$"""{"EventSourceArn":"{{Stream("twice")}}","FunctionName":"mapped","StartingPosition":"TRIM_HORIZON"}""");
        await IsRefused(409, "ResourceConflictException", $"The event source arn (\" {Stream("twice")} \") and function (\" mapped \") provided mapping already exists. Please update or delete the existing mapping with UUID {stream["UUID"]}",
            $$"""{"EventSourceArn":"{{Stream("twice")}}","FunctionName":"mapped","StartingPosition":"LATEST"}""");
        const string kafka = """{"FunctionName":"mapped","Topics":["t2"],"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["b2.example.com:9092","b3.example.com:9092"]}},"SourceAccessConfigurations":[{"Type":"BASIC_AUTH","URI":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s"}]}""";
        var (_, first) = await Create(kafka);
        await IsRefused(409, "ResourceConflictException", $"An event source mapping with event source (\"b2.example.com:9092,b3.example.com:9092\"), function (\"{Function}\"), topics (\"t2\") already exists. Please update or delete the existing mapping with UUID {first["UUID"]}", kafka);
        Assert.Equal(202, (await Create($$"""{"EventSourceArn":"{{Queue("twice")}}","FunctionName":"mapped:$LATEST"}""")).Status);
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        var queue = Queue("words");
        var stream = Stream("words");
        var table = $"arn:aws:dynamodb:{Region}:{Account}:table/t/stream/2025-02-17T16:33:01.784";

        await IsInvalid("Unrecognized event source.", """{"FunctionName":"mapped"}""");
        await IsInvalid("Unrecognized event source.", """{"FunctionName":"mapped","EventSourceArn":"arn:aws:s3:::b"}""");
        await IsInvalid("Function does not exist", $$"""{"FunctionName":"nowhere","EventSourceArn":"{{queue}}"}""");
        await IsInvalid("Function does not exist", $$"""{"FunctionName":"mapped:live","EventSourceArn":"{{queue}}"}""");
        await IsInvalid("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.", $$"""{"FunctionName":"mapped","EventSourceArn":"{{stream}}"}""");
        await IsRefused(400, "ValidationException", "1 validation error detected: Value '0' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]", $$"""{"FunctionName":"mapped","EventSourceArn":"{{stream}}","StartingPosition":"0"}""");
        await IsInvalid("Timestamp only valid with StartingPosition AT_TIMESTAMP", $$"""{"FunctionName":"mapped","EventSourceArn":"{{stream}}","StartingPosition":"LATEST","StartingPositionTimestamp":1741010802}""");
        await IsInvalid("Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp", $$"""{"FunctionName":"mapped","EventSourceArn":"{{stream}}","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":-1}""");
        await IsInvalid($"Unsupported starting position for arn type: {table}", $$"""{"FunctionName":"mapped","EventSourceArn":"{{table}}","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1741010802}""");
        await IsInvalid("StartingPosition is not valid for SQS event sources.", $$"""{"FunctionName":"mapped","EventSourceArn":"{{queue}}","StartingPosition":"LATEST"}""");
        await IsInvalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10", $$"""{"FunctionName":"mapped","EventSourceArn":"{{queue}}","BatchSize":11}""");
        await IsInvalid("Invalid filter pattern definition.", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{queue}}}","FilterCriteria":{"Filters":[{"Pattern":"simple string"}]}}""");
        await IsInvalid("Invalid filter pattern definition.", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{queue}}}","FilterCriteria":{"Filters":[{}]}}""");
        await IsInvalid("Unsupported DestinationConfig parameter for given event source mapping type.", $$$$"""{"FunctionName":"mapped","EventSourceArn":"{{{{stream}}}}","StartingPosition":"LATEST","DestinationConfig":{"OnSuccess":{"Destination":"{{{{queue}}}}"}}}""");
        await IsInvalid("Required 'sourceAccessConfigurations' parameter is missing.", """{"FunctionName":"mapped","Topics":["t1"],"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["b:9092"]}}}""");
        await IsInvalid("Unsupported ParallelizationFactor parameter for given event source mapping type.", $$"""{"FunctionName":"mapped","EventSourceArn":"{{queue}}","ParallelizationFactor":2}""");
        await IsInvalid("Unsupported MaximumBatchingWindowInSeconds parameter for given event source mapping type.", $$"""{"FunctionName":"mapped","EventSourceArn":"{{queue}}.fifo","MaximumBatchingWindowInSeconds":2}""");
        await IsInvalid("BatchSize must not be greater than 10 for the given event source.", $$"""{"FunctionName":"mapped","EventSourceArn":"{{queue}}.fifo","BatchSize":11}""");
        await IsRefused(400, "ValidationException", "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than or equal to 2", $$$"""{"FunctionName":"mapped","EventSourceArn":"{{{queue}}}","ScalingConfig":{"MaximumConcurrency":1}}""");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            var (status, body) = await server.SendAsync(method, $"{Mappings}/{Guid.NewGuid()}", method == HttpMethod.Put ? "{}" : null);
            Assert.Equal((404, "ResourceNotFoundException", "The resource you requested does not exist."), (status, (string)body["__type"]!, (string)body["Message"]!));
        }
    }

    [Fact]
    public async Task Updates_merge_and_empty_structures_clear()
    {
        var (_, created) = await Create($$$"""{"EventSourceArn":"{{{Queue("updated")}}}","FunctionName":"mapped","FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"a\":[1]}}"}]},"ScalingConfig":{"MaximumConcurrency":5},"Tags":{"k":"v"}}""");
        var path = $"{Mappings}/{created["UUID"]}";
        Assert.Equal("""{"Filters":[{"Pattern":"{\"body\":{\"a\":[1]}}"}]}""", Relaxed(created["FilterCriteria"]!));
        await Settled((string)created["UUID"]!);

        var (status, updated) = await server.SendAsync(HttpMethod.Put, path, """{"BatchSize":50,"MaximumBatchingWindowInSeconds":3,"FunctionName":"other"}""");
        Assert.Equal((202, "Updating", 50, 3), (status, (string)updated["State"]!, (int)updated["BatchSize"]!, (int)updated["MaximumBatchingWindowInSeconds"]!));
        Assert.EndsWith(":function:other", (string?)updated["FunctionArn"]);
        Assert.NotNull(updated["ScalingConfig"]);
        await Settled((string)created["UUID"]!);
        (_, updated) = await server.SendAsync(HttpMethod.Put, path, """{"Enabled":false,"FilterCriteria":{},"ScalingConfig":{}}""");
        Assert.Equal("Disabling", (string?)updated["State"]);
        Assert.Null(updated["FilterCriteria"]);
        Assert.Null(updated["ScalingConfig"]);
        Assert.Equal("Disabled", (string?)(await Settled((string)created["UUID"]!))["State"]);
        var (_, tags) = await server.SendAsync(HttpMethod.Get, $"/2017-03-31/tags/{Uri.EscapeDataString((string)created["EventSourceMappingArn"]!)}");
        Assert.Equal("""{"Tags":{"k":"v"}}""", tags.ToJsonString());

        var (_, deleting) = await server.SendAsync(HttpMethod.Delete, path);
        Assert.Equal("Deleting", (string?)deleting["State"]);
        while ((await server.SendAsync(HttpMethod.Get, path)).Status != 404)
        {
        }

        static string Relaxed(JsonNode node) => node.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    [Fact]
    public async Task A_mapping_under_way_is_not_touched()
    {
        var catalog = server.Platform.Services.GetRequiredService<EventSourceMappingCatalog>();
        var (_, created) = await Create($$"""{"EventSourceArn":"{{Queue("busy")}}","FunctionName":"mapped"}""");
        await Settled((string)created["UUID"]!);
        await catalog.ChangeAsync(new MappingScope(Account, Region), (string)created["UUID"]!, mapping => mapping! with { State = "Updating" });

        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Delete })
        {
            var (status, body) = await server.SendAsync(method, $"{Mappings}/{created["UUID"]}", method == HttpMethod.Put ? "{}" : null);
            Assert.Equal((400, "ResourceInUseException", "Cannot update the event source mapping because it is in use."), (status, (string)body["__type"]!, (string)body["Message"]!));
        }
    }

    [Fact]
    public async Task Lists_by_function_and_source_page_by_page()
    {
        for (var n = 0; n < 5; n++)
            await Create($$"""{"EventSourceArn":"{{Queue($"listed{n}")}}","FunctionName":"listed"}""");

        var seen = new List<string>();
        var marker = "";
        do
        {
            var (_, page) = await server.SendAsync(HttpMethod.Get, $"{Mappings}/?FunctionName=listed&MaxItems=2{marker}");
            seen.AddRange(page["EventSourceMappings"]!.AsArray().Select(mapping => (string)mapping!["UUID"]!));
            marker = page["NextMarker"] is { } next ? $"&Marker={next}" : "";
        }
        while (marker.Length > 0);

        Assert.Equal(5, seen.Distinct().Count());
        var (_, one) = await server.SendAsync(HttpMethod.Get, $"{Mappings}?EventSourceArn={Uri.EscapeDataString(Queue("listed3"))}");
        Assert.Equal(Queue("listed3"), (string?)Assert.Single(one["EventSourceMappings"]!.AsArray())!["EventSourceArn"]);
    }

    [Fact]
    public async Task Mappings_survive_a_restart_and_what_was_under_way_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-mappings-").FullName;
        string id;
        await using (var first = new EventSourceServer { DataFolder = folder })
        {
            await first.InitializeAsync();
            var (_, created) = await first.SendAsync(HttpMethod.Post, Mappings, $$$"""{"EventSourceArn":"{{{Stream("kept")}}}","FunctionName":"mapped","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1741010802.5,"Tags":{"a":"b"}}""");
            id = (string)created["UUID"]!;
            await first.SendAsync(HttpMethod.Delete, "/2015-03-31/functions/mapped");
        }

        var second = new EventSourceServer { DataFolder = folder, Functions = [] };
        await second.InitializeAsync();
        JsonNode found;
        do
        {
            (_, found) = await second.SendAsync(HttpMethod.Get, $"{Mappings}/{id}");
        }
        while ((string?)found["State"] == "Creating");

        Assert.Equal(("Enabled", 1741010802.5), ((string)found["State"]!, (double)found["StartingPositionTimestamp"]!));
        Assert.Equal("b", second.Platform.Services.GetRequiredService<EventSourceMappingCatalog>().All().Single().Tags["a"]);
        await second.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A whole server with two functions to map to.</summary>
public sealed class EventSourceServer : IAsyncLifetime
{
    PilotlightServer? _server;

    public string? DataFolder { get; init; }

    public string[] Functions { get; init; } = ["mapped", "other", "listed"];

    public Platform Platform => _server!.Platform;

    public async ValueTask InitializeAsync()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        _server = await PilotlightServer.StartAsync(driver, dataFolder: DataFolder);
        foreach (var function in Functions)
            await EnvironmentLifecycleTests.CreateAsync(_server, function);
        foreach (var queue in new[] { "defaults", "idle", "idle.fifo", "twice", "updated", "busy", "listed0", "listed1", "listed2", "listed3", "listed4" })
            await TestQueues.CreateAsync(_server, queue);
        await _server.Platform.Services.GetRequiredService<AccountCatalog>().ChangeAsync("000000000000", change =>
            change.Put(change.Account.Roles.Find("r")! with { AttachedPolicies = ["arn:aws:iam::aws:policy/AdministratorAccess"] }));
        foreach (var stream in new[] { "defaults", "twice", "words", "kept" })
            (await new Streams.StreamsClient(_server.Client).SendAsync("CreateStream", $$"""{"StreamName":"{{stream}}","ShardCount":1}""")).Dispose();
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The answer as JSON; the error's type stands in <c>__type</c>.</summary>
    public async Task<(int Status, JsonNode Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var answer = await _server!.Client.LambdaAsync(method, path, json);
        var text = await answer.Content.ReadAsStringAsync();
        var body = text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
        if (answer.StatusCode >= HttpStatusCode.BadRequest)
            body["__type"] = answer.Headers.GetValues("x-amzn-ErrorType").Single();
        return ((int)answer.StatusCode, body);
    }
}
