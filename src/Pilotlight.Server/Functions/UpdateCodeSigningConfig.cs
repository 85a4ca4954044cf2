using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record UpdateCodeSigningConfigRequest(
    string? Description, AllowedPublishers? AllowedPublishers, CodeSigningPolicies? CodeSigningPolicies);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html</summary>
static class UpdateCodeSigningConfig
{
    public static OperationModel Model { get; } = new(
        Path("CodeSigningConfigArn", LambdaShapes.CodeSigningConfigArn),
        Body("Description", LambdaShapes.Description),
        Body("AllowedPublishers", CodeSigningShapes.AllowedPublishers),
        Body("CodeSigningPolicies", CodeSigningShapes.Policies));

    /// <summary>What is absent stays. Code that is deployed already is not looked at again.</summary>
    public static async ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        var arn = request.Path("CodeSigningConfigArn");
        var input = request.Read(CodeSigningJson.Default.UpdateCodeSigningConfigRequest);
        if (services.Find(request, arn) is null)
            return CodeSigningErrors.NotFound(arn);
        var updated = await services.Catalog.ChangeAsync(arn, current => (current ?? throw CodeSigningErrors.NotFound(arn).AsException()) with
        {
            Description = input.Description ?? current.Description,
            SigningProfileVersionArns = input.AllowedPublishers?.SigningProfileVersionArns ?? current.SigningProfileVersionArns,
            UntrustedArtifactOnDeployment =
                input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? current.UntrustedArtifactOnDeployment,
            LastModified = services.Time.GetUtcNow(),
        });
        return CreateCodeSigningConfig.Answer(updated!);
    }
}
