using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class CreateFunctionTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    [Fact]
    public async Task Answers_with_AWSs_defaults_while_the_function_is_pending()
    {
        var body = FunctionsServer.Minimal("defaults");
        var zip = Convert.FromBase64String((string)body["Code"]!["ZipFile"]!);

        var answer = await server.CreateAsync(body);

        Assert.Equal(201, answer.Status);
        var revision = answer.Text("RevisionId");
        Assert.True(Guid.TryParse(revision, out _));
        Assert.Equal(
            $$$"""
            {"FunctionName":"defaults","FunctionArn":"{{{FunctionsServer.ArnOf("defaults")}}}","Runtime":"python3.13",
            "Role":"{{{FunctionsServer.Role}}}","Handler":"app.handler","CodeSize":{{{zip.Length}}},"Description":"","Timeout":3,"MemorySize":128,
            "LastModified":"2026-01-02T03:04:05.678+0000","CodeSha256":"{{{Convert.ToBase64String(SHA256.HashData(zip))}}}","Version":"$LATEST",
            "TracingConfig":{"Mode":"PassThrough"},"RevisionId":"{{{revision}}}","State":"Pending","StateReason":"The function is being created.",
            "StateReasonCode":"Creating","PackageType":"Zip","Architectures":["x86_64"],"EphemeralStorage":{"Size":512},
            "SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"RuntimeVersionConfig":{"RuntimeVersionArn":
            "arn:aws:lambda:eu-central-1::runtime:{{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("python3.13")))}}}"},
            "LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/defaults"}}
            """.ReplaceLineEndings(""),
            answer.Body);
    }

    [Fact]
    public async Task Becomes_active_with_another_revision()
    {
        var created = await server.CreateAsync(FunctionsServer.Minimal("activated"));
        await server.SettledAsync("activated");

        var answer = await server.GetAsync("/2015-03-31/functions/activated/configuration");

        Assert.Equal("Active", answer.Text("State"));
        Assert.Equal("Successful", answer.Text("LastUpdateStatus"));
        Assert.False(answer.Has("StateReason") || answer.Has("StateReasonCode") || answer.Has("LastUpdateStatusReason"));
        Assert.NotEqual(created.Text("RevisionId"), answer.Text("RevisionId"));
    }

    [Fact]
    public async Task Stores_and_returns_every_member_of_the_configuration()
    {
        JsonObject settings = JsonNode.Parse("""
            {"Description":"größer","Timeout":900,"MemorySize":10240,"VpcConfig":{"SubnetIds":["subnet-1a","subnet-2b"],"SecurityGroupIds":["sg-1"]},
            "DeadLetterConfig":{"TargetArn":"arn:aws:sqs:eu-central-1:123456789012:dead"},"Environment":{"Variables":{"B2":"x","A1":"ü\""}},
            "KMSKeyArn":"arn:aws:kms:eu-central-1:123456789012:key/1","TracingConfig":{"Mode":"Active"},"EphemeralStorage":{"Size":2048},
            "FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/data"}],
            "LoggingConfig":{"LogFormat":"JSON","SystemLogLevel":"WARN","LogGroup":"/my/group"},"Architectures":["arm64"]}
            """)!.AsObject();
        await server.CreateActiveAsync("everything", body =>
        {
            foreach (var (name, value) in settings)
                body[name] = value!.DeepClone();
            body["Tags"] = new JsonObject { ["team"] = "ops" };
        });

        var answer = await server.GetAsync("/2015-03-31/functions/everything");

        var shown = answer.Json.GetProperty("Configuration");
        foreach (var name in new[] { "Description", "Timeout", "MemorySize", "DeadLetterConfig", "Environment", "KMSKeyArn", "TracingConfig", "EphemeralStorage", "FileSystemConfigs", "Architectures" })
            Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(settings[name]!.ToJsonString()).RootElement, shown.GetProperty(name)), name);
        Assert.Equal("""{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"WARN","LogGroup":"/my/group"}""", shown.GetProperty("LoggingConfig").GetRawText());
        Assert.StartsWith("vpc-", shown.GetProperty("VpcConfig").GetProperty("VpcId").GetString());
        Assert.Equal("""{"team":"ops"}""", answer.Json.GetProperty("Tags").GetRawText());
    }

    [Fact]
    public async Task Shows_an_explicitly_empty_environment()
    {
        var body = FunctionsServer.Minimal("empty-environment");
        body["Environment"] = new JsonObject { ["Variables"] = new JsonObject() };

        var answer = await server.CreateAsync(body);

        Assert.Equal("""{"Variables":{}}""", answer.Json.GetProperty("Environment").GetRawText());
    }

    [Fact]
    public async Task Publishes_version_1_under_the_unqualified_ARN()
    {
        var body = FunctionsServer.Minimal("published-at-once");
        body["Publish"] = true;

        var answer = await server.CreateAsync(body);
        var function = await server.SettledAsync("published-at-once");

        Assert.Equal("1", answer.Text("Version"));
        Assert.Equal(FunctionsServer.ArnOf("published-at-once"), answer.Text("FunctionArn"));
        Assert.Equal("Pending", answer.Text("State"));
        Assert.Equal(("Active", "Active"), (function.Latest.State, function.Published[1].State));
        Assert.NotEqual(function.Latest.Generation, function.Published[1].Generation);
    }

    [Fact]
    public async Task Takes_the_ARN_of_the_function_to_be()
    {
        var body = FunctionsServer.Minimal(FunctionsServer.ArnOf("by-arn"));

        var answer = await server.CreateAsync(body);

        Assert.Equal((201, "by-arn"), (answer.Status, answer.Text("FunctionName")));
    }

    [Fact]
    public async Task Refuses_a_name_that_is_taken()
    {
        await server.CreateActiveAsync("taken");

        var answer = await server.CreateAsync(FunctionsServer.Minimal("taken"));

        answer.IsRefusedWith(409, "ResourceConflictException", "Function already exist: taken");
        Assert.Equal("User", answer.Text("Type"));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refuses_in_AWSs_words(string member, string value, int status, string errorType, string message)
    {
        var body = FunctionsServer.Minimal("refused");
        if (member.Length > 0)
            body[member] = JsonNode.Parse(value);

        var answer = await server.CreateAsync(body);

        answer.IsRefusedWith(status, errorType, message);
    }

    public static TheoryData<string, string, int, string, string> Refusals { get; } = new()
    {
        { "FunctionName", $"\"{new string('a', 65)}\"", 400, "InvalidParameterValueException", $"1 validation error detected: Value '{new string('a', 65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64" },
        { "FunctionName", "\"arn:aws:lambda:us-east-1:123456789012:function:f\"", 404, "ResourceNotFoundException", "Functions from 'us-east-1' are not reachable in this region ('eu-central-1')" },
        { "Runtime", "\"python9\"", 400, "InvalidParameterValueException", "Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN" },
        { "Runtime", "\"PYTHON3.13\"", 400, "InvalidParameterValueException", "Value PYTHON3.13 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN" },
        { "Runtime", "\"python3.7\"", 400, "InvalidParameterValueException", "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions." },
        { "Runtime", "null", 400, "InvalidParameterValueException", "Runtime and Handler are mandatory parameters for functions created with deployment packages." },
        { "Role", "\"arn:aws:iam::999999999999:role/worker\"", 403, "AccessDeniedException", "Cross-account pass role is not allowed." },
        { "Role", "\"worker\"", 400, "ValidationException", @"1 validation error detected: Value 'worker' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+" },
        { "Code", """{"ZipFile":""}""", 400, "InvalidParameterValueException", "Uploaded file must be a non-empty zip" },
        { "Code", """{"ZipFile":"bm90IGEgemlw"}""", 400, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again." },
        { "Code", """{"ZipFile":"%%%"}""", 400, "SerializationException", "STRING_VALUE can not be converted to a Blob" },
        { "Code", """{"S3Bucket":"there-is-none","S3Key":"k"}""", 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist" },
        { "Code", "{}", 400, "InvalidParameterValueException", "Please provide a source for function code." },
        { "Code", """{"ZipFile":"bm90IGEgemlw","S3Bucket":"bucket","S3Key":"k"}""", 400, "InvalidParameterValueException", "Please do not provide other FunctionCode parameters when providing a ZipFile." },
        { "Code", """{"ImageUri":"registry/image"}""", 400, "InvalidParameterValueException", "Please don't provide ImageUri when creating a function with packageType Zip." },
        { "PackageType", "\"Image\"", 400, "InvalidParameterValueException", "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image." },
        { "PackageType", "\"Tar\"", 400, "ValidationException", "1 validation error detected: Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: [Zip, Image]" },
        { "ImageConfig", """{"Command":["a"]}""", 400, "InvalidParameterValueException", "Please don't provide ImageConfig when the intended function PackageType is Zip." },
        { "TenancyConfig", """{"TenantIsolationMode":"PER_FUNCTION"}""", 400, "ValidationException", "1 validation error detected: Value 'PER_FUNCTION' at 'tenancyConfig.tenantIsolationMode' failed to satisfy constraint: Member must satisfy enum value set: [PER_TENANT]" },
        { "PublishTo", "\"LATEST_PUBLISHED\"", 400, "InvalidParameterValueException", "PublishTo isn't supported for Lambda Default functions." },
        { "PublishTo", "\"LATEST\"", 400, "ValidationException", "1 validation error detected: Value 'LATEST' at 'publishTo' failed to satisfy constraint: Member must satisfy enum value set: [LATEST_PUBLISHED]" },
        { "CapacityProviderConfig", """{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"arn:aws:lambda:eu-central-1:123456789012:capacity-provider:nowhere"}}""", 404, "ResourceNotFoundException", "Capacity provider not found: arn:aws:lambda:eu-central-1:123456789012:capacity-provider:nowhere" },
        { "CapacityProviderConfig", "{}", 400, "ValidationException", "1 validation error detected: Value null at 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig' failed to satisfy constraint: Member must not be null" },
        { "DurableConfig", """{"ExecutionTimeout":0}""", 400, "ValidationException", "1 validation error detected: Value '0' at 'durableConfig.executionTimeout' failed to satisfy constraint: Member must have value greater than or equal to 1" },
        { "DurableConfig", "{}", 400, "InvalidParameterValueException", "DurableConfig needs an ExecutionTimeout." },
        { "MemorySize", "10241", 400, "InvalidParameterValueException", "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240" },
        { "Timeout", "901", 400, "ValidationException", "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900" },
        { "Timeout", "\"3\"", 400, "SerializationException", "STRING_VALUE can not be converted to an Integer" },
        { "Architectures", """["x86_64","arm64"]""", 400, "ValidationException", "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1" },
        { "Architectures", """["sparc"]""", 400, "ValidationException", "1 validation error detected: Value '[sparc]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]" },
        { "SnapStart", """{"ApplyOn":"Sometimes"}""", 400, "ValidationException", "1 validation error detected: Value 'Sometimes' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]" },
        { "LoggingConfig", """{"LogFormat":"Text","ApplicationLogLevel":"INFO"}""", 400, "InvalidParameterValueException", "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again." },
        { "Environment", """{"Variables":{"AWS_REGION":"x","OK":"y","LAMBDA_TASK_ROOT":"z"}}""", 400, "InvalidParameterValueException", "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT" },
        { "Environment", $$$"""{"Variables":{"KEY":"{{{new string('v', 4087)}}}"}}""", 400, "InvalidParameterValueException", $$"""Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"KEY":"{{new string('v', 4087)}}"}""" },
        { "Environment", """{"Variables":{"1":"secret"}}""", 400, "ValidationException", "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]" },
        { "VpcConfig", """{"SubnetIds":["net-1"]}""", 400, "ValidationException", "1 validation error detected: Value '[net-1]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]" },
        { "Layers", """["arn:aws:lambda:eu-central-1:123456789012:layer:l:1"]""", 400, "InvalidParameterValueException", "Layer version arn:aws:lambda:eu-central-1:123456789012:layer:l:1 does not exist." },
        { "Layers", """["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]""", 400, "InvalidParameterValueException", "Layers are not in the same region as the function. Layers are expected to be in region eu-central-1." },
        { "Layers", """["arn:aws:lambda:eu-central-1:123456789012:layer:l:1","arn:aws:lambda:eu-central-1:123456789012:layer:l:2"]""", 400, "InvalidParameterValueException", "Two different versions of the same layer are not allowed to be referenced in the same function. arn:aws:lambda:eu-central-1:123456789012:layer:l:1 and arn:aws:lambda:eu-central-1:123456789012:layer:l:2 are versions of the same layer." },
        { "Layers", """["a:1"]""", 400, "ValidationException", @"1 validation error detected: Value '[a:1]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]" },
        { "CodeSigningConfigArn", "\"arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdefg\"", 404, "CodeSigningConfigNotFoundException", "The code signing configuration cannot be found. Check that the provided configuration is not deleted: arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdefg." },
    };

    [Fact]
    public async Task Takes_environment_variables_of_exactly_4_KB()
    {
        var body = FunctionsServer.Minimal("four-kilobytes");
        body["Environment"] = JsonNode.Parse($$$"""{"Variables":{"KEY":"{{{new string('v', 4086)}}}"}}""");

        Assert.Equal(201, (await server.CreateAsync(body)).Status);
    }

    [Fact]
    public async Task Refuses_more_than_50_tags()
    {
        var body = FunctionsServer.Minimal("tagged-too-much");
        body["Tags"] = new JsonObject(Enumerable.Range(0, 51).Select(n => KeyValuePair.Create($"k{n}", (JsonNode?)"v")));

        (await server.CreateAsync(body)).IsRefusedWith(400, "InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
    }

    [Fact]
    public async Task Refuses_a_body_that_is_larger_than_AWS_reads()
    {
        var answer = await server.SendAsync("POST", "/2015-03-31/functions", new string(' ', 70_167_212));

        answer.IsRefusedWith(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the CreateFunction operation");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"FunctionName\":\"\\ud800\"}")]
    public async Task Refuses_a_body_that_is_no_JSON_object(string body)
    {
        Assert.Equal("SerializationException", (await server.SendAsync("POST", "/2015-03-31/functions", body)).ErrorType);
    }

    [Fact]
    public async Task Reports_everything_that_is_missing()
    {
        var answer = await server.CreateAsync([]);

        answer.IsRefusedWith(400, "ValidationException", "3 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null; Value null at 'role' failed to satisfy constraint: Member must not be null; Value null at 'code' failed to satisfy constraint: Member must not be null");
        Assert.False(answer.Has("Type"));
    }
}
