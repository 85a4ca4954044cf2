using Pilotlight.Api;
using Pilotlight.Authorization;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record CreateCapacityProviderRequest
{
    public required string CapacityProviderName { get; init; }
    public required CapacityProviderVpcConfig VpcConfig { get; init; }
    public required CapacityProviderPermissionsConfig PermissionsConfig { get; init; }
    public InstanceRequirements? InstanceRequirements { get; init; }
    public CapacityProviderScalingConfig? CapacityProviderScalingConfig { get; init; }
    public string? KmsKeyArn { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateCapacityProvider.html</summary>
static class CreateCapacityProvider
{
    public const int DefaultMaxVCpuCount = 400;

    public static StructureShape ScalingConfig { get; } = new(
        "CapacityProviderScalingConfig",
        Body("MaxVCpuCount", LambdaShapes.CapacityProviderMaxVCpuCount),
        Body("ScalingMode", LambdaShapes.CapacityProviderScalingMode),
        Body("ScalingPolicies", new ListShape(new StructureShape(
            "TargetTrackingScalingPolicy",
            RequiredBody("PredefinedMetricType", LambdaShapes.CapacityProviderPredefinedMetricType),
            RequiredBody("TargetValue", LambdaShapes.MetricTargetValue)))
        { Min = 1, Max = 10 }));

    static ListShape InstanceTypes { get; } = new(LambdaShapes.InstanceType) { Min = 0, Max = 400 };

    public static OperationModel Model { get; } = new(
        RequiredBody("CapacityProviderName", LambdaShapes.CapacityProviderName),
        RequiredBody("VpcConfig", new StructureShape(
            "CapacityProviderVpcConfig",
            RequiredBody("SubnetIds", LambdaStructures.SubnetIds with { Min = 1 }),
            RequiredBody("SecurityGroupIds", LambdaStructures.SecurityGroupIds))),
        RequiredBody("PermissionsConfig", new StructureShape(
            "CapacityProviderPermissionsConfig", RequiredBody("CapacityProviderOperatorRoleArn", LambdaShapes.RoleArn))),
        Body("InstanceRequirements", new StructureShape(
            "InstanceRequirements",
            Body("Architectures", LambdaStructures.Architectures),
            Body("AllowedInstanceTypes", InstanceTypes),
            Body("ExcludedInstanceTypes", InstanceTypes))),
        Body("CapacityProviderScalingConfig", ScalingConfig),
        Body("KmsKeyArn", LambdaShapes.KMSKeyArnNonEmpty),
        Body("Tags", LambdaShapes.Tags));

    public static string ResourceOf(AwsRequest request) =>
        NamedCapacityProvider.ArnOf(request, request.Json().GetProperty("CapacityProviderName").GetString()!);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers, Authorizer authorizer, TimeProvider time)
    {
        var input = request.Read(FunctionsJson.Default.CreateCapacityProviderRequest);
        var name = input.CapacityProviderName[(input.CapacityProviderName.LastIndexOf(':') + 1)..];
        var key = new CapacityProviderKey(request.AccountId, request.Region, name);
        var arn = CapacityProvider.ArnOf(request.AccountId, request.Region, name);
        if (input.CapacityProviderName.Contains(':') && input.CapacityProviderName != arn)
            return AwsError.AccessDenied("") with { NullMessage = true };
        var role = input.PermissionsConfig.CapacityProviderOperatorRoleArn;
        if (role.Split(':')[4] != request.AccountId)
            return FunctionErrors.CrossAccountRole;
        if (authorizer.Check(request, "iam:PassRole", role) is { } refused)
            return refused;
        if (input.Tags is { Count: > 0 } && authorizer.Check(request, "lambda:TagResource", arn) is { } untagged)
            return untagged;
        var created = await providers.ChangeAsync(key, current => current is not null
            ? throw CapacityProviderErrors.AlreadyExists(arn).AsException()
            : new CapacityProvider
            {
                AccountId = key.AccountId,
                Region = key.Region,
                Name = name,
                Vpc = input.VpcConfig,
                Permissions = input.PermissionsConfig,
                Instances = (input.InstanceRequirements ?? new InstanceRequirements(null)) with
                {
                    Architectures = input.InstanceRequirements?.Architectures ?? ["x86_64"],
                },
                Scaling = Complete(input.CapacityProviderScalingConfig),
                KmsKeyArn = input.KmsKeyArn,
                LastModified = time.GetUtcNow(),
                Tags = FunctionTags.Merge(new Dictionary<string, string>(), input.Tags),
            });
        // There are no instances to wait for: it is active as soon as it is asked for again.
        return CapacityProviderResponse.Answer(created!, "Pending", 202);
    }

    static CapacityProviderScalingConfig Complete(CapacityProviderScalingConfig? given) => new(
        given?.MaxVCpuCount ?? DefaultMaxVCpuCount, given?.ScalingMode ?? "Auto", given?.ScalingPolicies);
}
