using System.Security.Cryptography;
using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record AllowedPublishers(IReadOnlyList<string> SigningProfileVersionArns);

public sealed record CodeSigningPolicies(string? UntrustedArtifactOnDeployment);

public sealed record CreateCodeSigningConfigRequest
{
    public string? Description { get; init; }
    public required AllowedPublishers AllowedPublishers { get; init; }
    public CodeSigningPolicies? CodeSigningPolicies { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>A configuration as AWS shows it.</summary>
public sealed record CodeSigningConfigItem(
    string CodeSigningConfigId, string CodeSigningConfigArn, string Description, AllowedPublishers AllowedPublishers,
    CodeSigningPolicies CodeSigningPolicies, string LastModified)
{
    public static CodeSigningConfigItem Of(CodeSigningConfig config) => new(
        config.Id, config.Arn, config.Description, new AllowedPublishers(config.SigningProfileVersionArns),
        new CodeSigningPolicies(config.UntrustedArtifactOnDeployment), Timestamps.Format(config.LastModified));
}

public sealed record CodeSigningConfigResponse(CodeSigningConfigItem CodeSigningConfig);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html</summary>
static class CreateCodeSigningConfig
{
    public static OperationModel Model { get; } = new(
        Body("Description", LambdaShapes.Description),
        RequiredBody("AllowedPublishers", CodeSigningShapes.AllowedPublishers),
        Body("CodeSigningPolicies", CodeSigningShapes.Policies),
        Body("Tags", LambdaShapes.Tags));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        var input = request.Read(CodeSigningJson.Default.CreateCodeSigningConfigRequest);
        var config = new CodeSigningConfig
        {
            AccountId = request.AccountId,
            Region = request.Region,
            Id = "csc-" + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 17),
            Description = input.Description ?? "",
            SigningProfileVersionArns = input.AllowedPublishers.SigningProfileVersionArns,
            UntrustedArtifactOnDeployment = input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? CodeSigningConfig.Warn,
            LastModified = services.Time.GetUtcNow(),
            Tags = FunctionTags.Merge(new Dictionary<string, string>(), input.Tags),
        };
        if (config.Tags.Count > 0 && services.Authorizer.Check(request, "lambda:TagResource", config.Arn) is { } untagged)
            return untagged;
        await services.Catalog.ChangeAsync(config.Arn, _ => config);
        return Answer(config, 201);
    }

    public static AwsResult Answer(CodeSigningConfig config, int status = 200) => AwsResult.Json(
        new CodeSigningConfigResponse(CodeSigningConfigItem.Of(config)), CodeSigningJson.Wire.CodeSigningConfigResponse, status);
}
