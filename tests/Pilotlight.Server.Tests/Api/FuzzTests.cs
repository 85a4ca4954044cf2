using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Api;

/// <summary>
/// Random and mutated requests to every operation that the server registers, whoever registered it: never a 500, a hang or a stack trace.
/// <c>PILOTLIGHT_FUZZ</c> asks for more requests an operation, <c>PILOTLIGHT_FUZZ_SEED</c> for others.
/// </summary>
public sealed partial class FuzzTests
{
    static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    static int RequestsPerOperation { get; } = int.Parse(Environment.GetEnvironmentVariable("PILOTLIGHT_FUZZ") ?? "25");

    static int Seed { get; } = int.Parse(Environment.GetEnvironmentVariable("PILOTLIGHT_FUZZ_SEED") ?? "20261125");

    [Fact]
    public async Task No_request_to_a_REST_operation_breaks_the_server()
    {
        await using var server = await StartAsync();
        var random = new Random(Seed);
        var input = new FuzzInput(random);
        var endpoints = server.Platform.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<AwsOperation>() is not null).ToList();
        List<string> broken = [];
        for (var round = 0; round < RequestsPerOperation; round++)
        {
            await FurnishAsync(server.Client);
            foreach (var (endpoint, operation, parameter) in endpoints.SelectMany(Operations))
            {
                var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
                var model = ModelOf(operation);
                var path = Parameter().Replace(endpoint.RoutePattern.RawText!, _ => input.Segment());
                var query = (model?.Members ?? []).Where(member => member.Location == MemberLocation.Query && random.Next(2) == 0)
                    .Select(member => $"{member.WireName}={Uri.EscapeDataString(input.Text(member.Shape))}");
                if (parameter is not null)
                    query = query.Append(parameter);
                var headers = (model?.Members ?? []).Where(member => member.Location == MemberLocation.Header && random.Next(2) == 0)
                    .Select(member => (member.WireName, Printable().Replace(input.Text(member.Shape), "")))
                    .Where(header => header.Item2.Length > 0).ToArray();
                var body = method is "GET" or "DELETE" && random.Next(10) > 0 ? [] : input.Body(model);
                await SendAsync(server.Client, operation, new HttpMethod(method), $"{path}?{string.Join('&', query)}".TrimEnd('?'), body, headers, broken);
            }
        }

        var covered = endpoints.SelectMany(Operations).Select(target => target.Operation.Name).ToHashSet();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
        Assert.Superset(
            server.Platform.Services.GetRequiredService<OperationRegistry>().All.Where(o => o.Service == AwsService.Lambda).Select(o => o.Name).ToHashSet(), covered);
    }

    /// <summary>The operation of a route, and the one that a parameter makes of it.</summary>
    static IEnumerable<(RouteEndpoint Endpoint, AwsOperation Operation, string? Parameter)> Operations(RouteEndpoint endpoint)
    {
        var operation = endpoint.Metadata.GetMetadata<AwsOperation>()!;
        yield return (endpoint, operation, null);
        if (operation.Variant is var (name, value, other))
            yield return (endpoint, other, $"{name}={value}");
    }

    [Fact]
    public async Task No_request_to_the_other_services_breaks_the_server()
    {
        await using var server = await StartAsync();
        var random = new Random(Seed);
        var input = new FuzzInput(random);
        var operations = server.Platform.Services.GetRequiredService<OperationRegistry>().All
            .Where(operation => operation.Service.Protocol is not (AwsProtocol.RestJson or AwsProtocol.RestXml)).ToList();
        List<string> broken = [];
        for (var round = 0; round < RequestsPerOperation; round++)
        {
            foreach (var operation in operations)
            {
                if (operation.Service.Protocol == AwsProtocol.Query)
                {
                    var form = new StringBuilder($"Action={operation.Name}&Version={operation.Service.Version}");
                    foreach (var name in s_queryNames.Where(_ => random.Next(3) == 0))
                        form.Append($"&{name}={Uri.EscapeDataString(input.Word())}");
                    await SendAsync(server.Client, operation, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(form.ToString()),
                        [("Content-Type", "application/x-www-form-urlencoded")], broken);
                }
                else
                {
                    await SendAsync(server.Client, operation, HttpMethod.Post, "/", input.Body(s_jsonNames),
                        [("X-Amz-Target", $"{operation.Service.Target}.{operation.Name}"), ("Content-Type", "application/x-amz-json-1.1")], broken);
                }
            }
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    /// <summary>Members that operations without a model read: the logs, trails.</summary>
    static readonly OperationModel s_jsonNames = new(
    [
        .. new[]
        {
            "logGroupName", "logStreamName", "logGroupIdentifier", "logGroupNamePrefix", "logStreamNamePrefix", "filterPattern", "nextToken", "orderBy",
            "sequenceToken", "resourceArn", "logGroupClass", "kmsKeyId", "NextToken",
        }.Select(name => ModelMember.Body(name, new StringShape())),
        .. new[] { "limit", "startTime", "endTime", "retentionInDays", "MaxResults", "StartTime", "EndTime" }
            .Select(name => ModelMember.Body(name, new NumberShape { Kind = NumberKind.Long })),
        .. new[] { "startFromHead", "interleaved", "descending", "unmask" }.Select(name => ModelMember.Body(name, new BooleanShape())),
        ModelMember.Body("tags", new MapShape(new StringShape(), new StringShape())),
        ModelMember.Body("tagKeys", new ListShape(new StringShape())),
        ModelMember.Body("logStreamNames", new ListShape(new StringShape())),
        ModelMember.Body("logEvents", new ListShape(new StructureShape("InputLogEvent",
            ModelMember.RequiredBody("timestamp", new NumberShape { Kind = NumberKind.Long }), ModelMember.RequiredBody("message", new StringShape())))),
    ]);

    static readonly string[] s_queryNames =
    [
        "UserName", "RoleName", "GroupName", "PolicyName", "PolicyArn", "PolicyDocument", "AssumeRolePolicyDocument", "Path", "PathPrefix", "MaxItems",
        "Marker", "AccessKeyId", "Status", "RoleArn", "RoleSessionName", "DurationSeconds", "InstanceProfileName", "VersionId", "SetAsDefault",
        "Tags.member.1.Key", "Tags.member.1.Value", "TagKeys.member.1", "ActionNames.member.1", "ResourceArns.member.1", "PolicySourceArn",
        "PolicyInputList.member.1", "Description", "MaxSessionDuration", "PermissionsBoundary", "ContextEntries.member.1.ContextKeyName", "Policy",
        "ExternalId", "OnlyAttached", "PolicyScopeType", "Scope", "NewUserName", "NewPath", "Tags.member.99999999999.Key",
        "TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn", "Name", "Message", "Subject", "MessageStructure", "MessageGroupId", "MessageDeduplicationId", "Protocol",
        "Endpoint", "Token", "Label", "AttributeName", "AttributeValue", "NextToken", "Attributes.entry.1.key", "Attributes.entry.1.value", "AWSAccountId.member.1",
        "ActionName.member.1", "MessageAttributes.entry.1.Name", "MessageAttributes.entry.1.Value.DataType", "MessageAttributes.entry.1.Value.StringValue",
        "MessageAttributes.entry.1.Value.BinaryValue", "PublishBatchRequestEntries.member.1.Id", "PublishBatchRequestEntries.member.1.Message",
    ];

    static Task<PilotlightServer> StartAsync() =>
        PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));

    /// <summary>What the inputs name: a function with a version and an alias. It may be there already, or have been deleted by a request.</summary>
    static async Task FurnishAsync(SignedClient client)
    {
        var zip = Convert.ToBase64String(Functions.Zips.Of(("app.py", "")));
        foreach (var (path, json) in new[]
        {
            ("/2015-03-31/functions", $$$"""{"FunctionName":"fuzz","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/worker","Publish":true,"Code":{"ZipFile":"{{{zip}}}"}}"""),
            ("/2015-03-31/functions/fuzz/aliases", """{"Name":"live","FunctionVersion":"1"}"""),
            ("/2018-10-31/layers/fuzz-layer/versions", $$$"""{"Content":{"ZipFile":"{{{zip}}}"}}"""),
        })
        {
            using var answer = await client.LambdaAsync(HttpMethod.Post, path, json);
        }
    }

    static OperationModel? ModelOf(AwsOperation operation) => operation.Name switch
    {
        "Invoke" => LambdaInputs.Invoke,
        _ => operation.Validation?.Target as OperationModel,
    };

    static async Task SendAsync(
        SignedClient client, AwsOperation operation, HttpMethod method, string path, byte[] body, (string, string)[] headers, List<string> broken)
    {
        string? problem;
        try
        {
            using var answer = await client.SendAsync(operation.Service.Name, method, path, body, headers).WaitAsync(s_hang);
            var text = await answer.Content.ReadAsStringAsync().WaitAsync(s_hang);
            problem = answer.StatusCode == HttpStatusCode.InternalServerError || StackTrace().IsMatch(text) ? $"{(int)answer.StatusCode} {text}" : null;
        }
        catch (TimeoutException)
        {
            problem = "no answer";
        }
        catch (HttpRequestException failure)
        {
            problem = failure.Message;
        }

        if (problem is not null)
            broken.Add($"{operation.Name}: {method} {path} {Encoding.UTF8.GetString(body)[..Math.Min(body.Length, 1000)]} -> {problem}");
    }

    [GeneratedRegex(@"\{\**\w+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("[^ -~]")]
    private static partial Regex Printable();

    [GeneratedRegex(@"   at [\w.]+\(|\w+Exception: ")]
    private static partial Regex StackTrace();
}
