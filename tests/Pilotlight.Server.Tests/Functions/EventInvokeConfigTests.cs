using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class EventInvokeConfigTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    const string Queue = $"arn:aws:sqs:{FunctionsServer.Region}:{FunctionsServer.Account}:failures";

    static string PathOf(string name) => $"/2019-09-25/functions/{Uri.EscapeDataString(name)}/event-invoke-config";

    static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    static JsonNode To(string? success, string? failure) => new JsonObject
    {
        ["DestinationConfig"] = new JsonObject
        {
            ["OnSuccess"] = new JsonObject { ["Destination"] = success },
            ["OnFailure"] = new JsonObject { ["Destination"] = failure },
        },
    };

    [Fact]
    public async Task Put_replaces_and_update_merges()
    {
        await server.CreateActiveAsync("merged");
        var time = "1767323045.678";
        var arn = FunctionsServer.ArnOf("merged");

        Assert.Equal($$$$"""{"LastModified":{{{{time}}}},"FunctionArn":"{{{{arn}}}}:$LATEST","MaximumRetryAttempts":0,"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}""",
            (await server.PutAsync(PathOf("merged"), Parse("""{"MaximumRetryAttempts":0}"""))).Body);
        Assert.Equal($$$$"""{"LastModified":{{{{time}}}},"FunctionArn":"{{{{arn}}}}:$LATEST","MaximumRetryAttempts":0,"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnSuccess":{},"OnFailure":{"Destination":"{{{{Queue}}}}"}}}""",
            (await server.PostAsync(PathOf("merged"), Parse($$$$"""{"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnFailure":{"Destination":"{{{{Queue}}}}"}}}"""))).Body);
        Assert.Equal($$$$"""{"LastModified":{{{{time}}}},"FunctionArn":"{{{{arn}}}}:$LATEST","MaximumEventAgeInSeconds":21600,"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}""",
            (await server.PutAsync(PathOf("merged") + "?Qualifier=$LATEST", Parse("""{"MaximumEventAgeInSeconds":21600}"""))).Body);
        Assert.Equal(200, (await server.GetAsync(PathOf("merged:$LATEST"))).Status);
        Assert.Equal((204, ""), ((await server.DeleteAsync(PathOf("merged"))).Status, ""));
        Assert.Equal(404, (await server.GetAsync(PathOf("merged"))).Status);
    }

    [Fact]
    public async Task Lists_latest_then_versions_by_number_then_aliases_and_a_versions_dies_with_it()
    {
        await server.CreateActiveAsync("listed");
        var versions = new List<string>();
        for (var n = 1; n <= 10; n++)
        {
            await server.PutAsync("/2015-03-31/functions/listed/configuration", new JsonObject { ["Description"] = $"{n}" });
            await server.SettledAsync("listed");
            versions.Add((await server.PostAsync("/2015-03-31/functions/listed/versions", new JsonObject())).Text("Version"));
        }

        await server.PostAsync("/2015-03-31/functions/listed/aliases", Parse("""{"Name":"live","FunctionVersion":"2"}"""));
        foreach (var qualifier in new[] { "live", "10", "2", "$LATEST", "1" })
            Assert.Equal(200, (await server.PutAsync(PathOf("listed") + $"?Qualifier={qualifier}", Parse("""{"MaximumRetryAttempts":1}"""))).Status);

        Assert.Equal(["$LATEST", "1", "2", "10", "live"], Qualifiers(await server.GetAsync(PathOf("listed") + "/list")));
        var page = await server.GetAsync(PathOf("listed") + "/list?MaxItems=2");
        Assert.Equal(["$LATEST", "1"], Qualifiers(page));
        Assert.Equal(["2", "10"], Qualifiers(await server.GetAsync(PathOf("listed") + $"/list?MaxItems=2&Marker={page.Text("NextMarker")}")));
        await server.DeleteAsync("/2015-03-31/functions/listed?Qualifier=10");
        Assert.Equal(["$LATEST", "1", "2", "live"], Qualifiers(await server.GetAsync(PathOf("listed") + "/list")));

        static IEnumerable<string> Qualifiers(Answer answer) =>
            answer.Json.GetProperty("FunctionEventInvokeConfigs").EnumerateArray().Select(item => item.GetProperty("FunctionArn").GetString()!.Split(':')[^1]);
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        await server.CreateActiveAsync("words");
        await server.CreateActiveAsync("other");
        var words = FunctionsServer.ArnOf("words");
        var one = Parse("""{"MaximumRetryAttempts":1}""");

        (await server.PutAsync(PathOf("nowhere"), one)).IsRefusedWith(404, "ResourceNotFoundException", "The function doesn't exist.");
        (await server.PutAsync(PathOf("words") + "?Qualifier=7", one)).IsRefusedWith(404, "ResourceNotFoundException", "The function doesn't exist.");
        (await server.PostAsync(PathOf("nowhere"), one)).IsRefusedWith(404, "ResourceNotFoundException", "The function doesn't exist.");
        (await server.GetAsync(PathOf("nowhere") + "/list")).IsRefusedWith(404, "ResourceNotFoundException", "The function doesn't exist.");
        (await server.PostAsync(PathOf("words"), one)).IsRefusedWith(404, "ResourceNotFoundException", $"The function {words}:$LATEST doesn't have an EventInvokeConfig");
        (await server.GetAsync(PathOf("words") + "?Qualifier=live")).IsRefusedWith(404, "ResourceNotFoundException", $"The function {words}:live doesn't have an EventInvokeConfig");
        (await server.DeleteAsync(PathOf("words"))).IsRefusedWith(404, "ResourceNotFoundException", $"The function {words}:$LATEST doesn't have an EventInvokeConfig");
        (await server.PutAsync(PathOf("words"), new JsonObject())).IsRefusedWith(400, "InvalidParameterValueException", "You must specify at least one of error handling or destination setting.");
        (await server.PutAsync(PathOf("words"), To(words, null))).IsRefusedWith(400, "InvalidParameterValueException", "You can't specify the function as a destination for itself.");
        (await server.PutAsync(PathOf("words"), To(FunctionsServer.ArnOf("gone"), null))).IsRefusedWith(400, "InvalidParameterValueException", $"The destination ARN {FunctionsServer.ArnOf("gone")} is invalid.");
        (await server.PutAsync(PathOf("words"), To("arn:aws:iam::111122223333:role/r", null))).IsRefusedWith(400, "InvalidParameterValueException", "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::111122223333:role/r), onFailure=null) is invalid.");
        (await server.PutAsync(PathOf("words"), To("arn:aws:s3:::b", "arn:aws:s3:::b"))).IsRefusedWith(400, "InvalidParameterValueException", "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::b), onFailure=OnFailure(destination=arn:aws:s3:::b)) is invalid.");
        (await server.PutAsync(PathOf("words"), To(null, "nonsense"))).IsRefusedWith(400, "ValidationException", @"1 validation error detected: Value 'nonsense' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)");
        (await server.PutAsync(PathOf("words"), Parse("""{"MaximumRetryAttempts":3}"""))).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2");
        Assert.Equal(200, (await server.PutAsync(PathOf("words"), To(FunctionsServer.ArnOf("other"), "arn:aws:s3:::b"))).Status);
    }
}
