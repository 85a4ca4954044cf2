using System.Text;
using Microsoft.AspNetCore.Http;
using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Tests.Api;

public sealed class ModelTests
{
    static readonly StructureShape Destination = new(
        "DestinationConfig",
        Body("OnSuccess", new StructureShape("OnSuccess", Body("Destination", LambdaShapes.DestinationArn))),
        Body("OnFailure", new StructureShape("OnFailure", Body("Destination", LambdaShapes.DestinationArn))));

    static readonly OperationModel Model = new(
        Body("DestinationConfig", Destination),
        Body("RoutingConfig", new StructureShape("AliasRoutingConfiguration",
            Body("AdditionalVersionWeights", new MapShape(LambdaShapes.AdditionalVersion, LambdaShapes.Weight)))),
        Body("Destinations", new ListShape(Destination) { Max = 1 }),
        Body("StartingPosition", LambdaShapes.EventSourcePosition),
        Body("BatchSize", LambdaShapes.BatchSize),
        Body("Weight", LambdaShapes.Weight),
        Body("Alias", LambdaShapes.Alias),
        Body("S3Bucket", LambdaShapes.S3Bucket),
        Body("Handler", LambdaShapes.Handler),
        Body("Account", LambdaShapes.SourceOwner),
        Body("KMSKeyArn", LambdaShapes.KMSKeyArn),
        Body("Enabled", LambdaShapes.Boolean),
        Body("Secret", new StringShape { Max = 3, Sensitive = true }),
        Body("LongNumber", LambdaShapes.Long),
        Body("Tags", LambdaShapes.Tags));

    [Theory]
    [InlineData("""{"DestinationConfig":{"OnFailure":{"Destination":"nowhere"}}}""", @"Value 'nowhere' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)")]
    [InlineData("""{"RoutingConfig":{"AdditionalVersionWeights":{"1":1.5}}}""", "Value '{1=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("""{"RoutingConfig":{"AdditionalVersionWeights":{"$LATEST":0.5}}}""", "Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]")]
    [InlineData("""{"Destinations":[{},{"OnSuccess":{"Destination":""}}]}""", "Value '[DestinationConfig(onSuccess=null, onFailure=null), DestinationConfig(onSuccess=OnSuccess(destination=), onFailure=null)]' at 'destinations' failed to satisfy constraint: Member must have length less than or equal to 1")]
    [InlineData("""{"Destinations":[{"OnSuccess":{"Destination":"x"}}]}""", @"Value 'x' at 'destinations.1.member.onSuccess.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)")]
    [InlineData("""{"Destinations":[null]}""", "Value null at 'destinations.1.member' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"StartingPosition":"latest"}""", "Value 'latest' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")]
    [InlineData("""{"BatchSize":0}""", "Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("""{"BatchSize":10001}""", "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000")]
    [InlineData("""{"Weight":-0.5}""", "Value '-0.5' at 'weight' failed to satisfy constraint: Member must have value greater than or equal to 0.0")]
    [InlineData("""{"Alias":"12"}""", "Value '12' at 'alias' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")]
    [InlineData("""{"S3Bucket":"bucket."}""", @"Value 'bucket.' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z\.\-_]*(?<!\.)")]
    [InlineData("""{"Handler":"a b"}""", @"Value 'a b' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\s]+")]
    [InlineData("""{"Handler":"app.handler\n"}""", "Value 'app.handler\n' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\s]+")]
    [InlineData("""{"Account":"١٢٣٤٥٦٧٨٩٠١٢"}""", @"Value '١٢٣٤٥٦٧٨٩٠١٢' at 'account' failed to satisfy constraint: Member must satisfy regular expression pattern: \d{12}")]
    [InlineData("""{"KMSKeyArn":"key"}""", "Value 'key' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()")]
    [InlineData("""{"Secret":"four"}""", "Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 3")]
    [InlineData("""{"Tags":{"a":null}}""", "Value '{a=null}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must not be null]")]
    public void Words_a_violation_as_AWS_does(string body, string failure)
    {
        var error = Model.Validate(Request(body));

        Assert.Equal((400, "ValidationException", $"1 validation error detected: {failure}"), (error!.Status, error.Code, error.Message));
    }

    [Theory]
    [InlineData("""{"BatchSize":"1"}""", "STRING_VALUE can not be converted to an Integer")]
    [InlineData("""{"BatchSize":1.5}""", "NUMBER_VALUE can not be converted to an Integer")]
    [InlineData("""{"BatchSize":99999999999}""", "NUMBER_VALUE can not be converted to an Integer")]
    [InlineData("""{"LongNumber":1e30}""", "NUMBER_VALUE can not be converted to a Long")]
    [InlineData("""{"Handler":1}""", "NUMBER_VALUE can not be converted to a String")]
    [InlineData("""{"Handler":true}""", "TRUE_VALUE can not be converted to a String")]
    [InlineData("""{"Handler":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("""{"Handler":[]}""", "Start of list found where not expected")]
    [InlineData("""{"Enabled":"true"}""", "STRING_VALUE can not be converted to a Boolean")]
    [InlineData("""{"Tags":{"a":1}}""", "NUMBER_VALUE can not be converted to a String")]
    [InlineData("""{"Destinations":["x"]}""", "STRING_VALUE can not be converted to a Structure")]
    [InlineData("""{"BatchSize":0,"Enabled":1}""", "NUMBER_VALUE can not be converted to a Boolean")]
    [InlineData("""{"Handler":"\ud800"}""", "Could not parse request body into json")]
    [InlineData("""{"Tags":{"\udc00":"x"}}""", "Could not parse request body into json")]
    [InlineData("""{"Handler":""", "Could not parse request body into json")]
    [InlineData("[]", "Start of structure or map found where not expected.")]
    public void A_value_of_the_wrong_type_ends_in_a_SerializationException(string body, string message)
    {
        var error = Model.Validate(Request(body));

        Assert.Equal((400, "SerializationException", message), (error!.Status, error.Code, error.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"Unknown":[1],"BatchSize":null,"Tags":{},"KMSKeyArn":"","Handler":"app.handler","Weight":1}""")]
    [InlineData("""{"DestinationConfig":{"OnSuccess":{"Destination":""},"OnFailure":{"Destination":"arn:aws:sqs:eusc-de-east-1:123456789012:q"}}}""")]
    public void Takes_what_fits(string body) => Assert.Null(Model.Validate(Request(body)));

    [Fact]
    public void Reports_the_qualifier_before_the_function_name_and_a_long_bad_name_once()
    {
        var model = new OperationModel(
            Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier), Path("FunctionName", LambdaShapes.NamespacedFunctionName));
        var name = new string('!', 300);
        var request = Request("", query: "Qualifier=a.b", name: name);

        Assert.Equal(
            @"2 validation errors detected: Value 'a.b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+; "
            + $"Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            + @"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
            model.Validate(request)!.Message);
    }

    [Fact]
    public void CreateFunction_reports_length_and_pattern_of_a_long_bad_name()
    {
        var model = new OperationModel(RequiredBody("FunctionName", LambdaStructures.CreatedFunctionName));
        var name = new string('!', 141);

        var message = model.Validate(Request($$"""{"FunctionName":"{{name}}"}"""))!.Message;

        Assert.StartsWith($"2 validation errors detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 140; Value ", message);
    }

    [Fact]
    public void Reads_numbers_lists_and_missing_values_from_the_query()
    {
        var model = new OperationModel(
            Query("MaxItems", LambdaShapes.MaxItems), RequiredQuery("TagKeys", "tagKeys", new ListShape(LambdaShapes.Alias)));

        Assert.Equal("1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null", model.Validate(Request("", "MaxItems=50"))!.Message);
        Assert.Equal("1 validation error detected: Value '51' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 50", model.Validate(Request("", "MaxItems=51&tagKeys=a"))!.Message);
        Assert.Equal("STRING_VALUE can not be converted to an Integer", model.Validate(Request("", "MaxItems=many&tagKeys=a"))!.Message);
        Assert.StartsWith("1 validation error detected: Value '[a, 1]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128,", model.Validate(Request("", "tagKeys=a&tagKeys=1"))!.Message);
        Assert.Null(model.Validate(Request("", "tagKeys=a&tagKeys=b")));
    }

    [Fact]
    public void Every_pattern_of_the_model_compiles_and_refuses_what_only_starts_well()
    {
        var shapes = typeof(LambdaShapes).GetFields().Select(field => field.GetValue(null)).OfType<StringShape>().Where(shape => shape.Pattern is not null).ToList();

        Assert.True(shapes.Count > 60);
        foreach (var shape in shapes)
            Assert.False(shape.Matches("\u0001 \n\u0001") && shape.Pattern is not (@"[\s\S]*" or ".*"), shape.Pattern);
    }

    static AwsRequest Request(string body, string query = "", string name = "f")
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query.Length == 0 ? "" : "?" + query);
        http.Request.RouteValues["FunctionName"] = name;
        return new AwsRequest(http, new AwsOperation(AwsService.Lambda, "Any", _ => AwsResult.EmptyObject), "id") { Body = Encoding.UTF8.GetBytes(body) };
    }
}
