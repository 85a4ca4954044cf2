using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html</summary>
static class CreateFunction
{
    public const long MaxBodyBytes = 70_167_211;
    const int MaxNameLength = 64;
    const int DefaultRetentionDays = 14;

    public static OperationModel Model { get; } = new(
    [
        RequiredBody("FunctionName", LambdaStructures.CreatedFunctionName),
        RequiredBody("Role", LambdaShapes.RoleArn),
        RequiredBody("Code", LambdaStructures.FunctionCode),
        .. LambdaStructures.ConfigurationMembers,
        Body("PackageType", LambdaShapes.PackageType),
        Body("Publish", LambdaShapes.Boolean),
        Body("Tags", LambdaShapes.Tags),
        Body("CodeSigningConfigArn", LambdaShapes.CodeSigningConfigArn),
        Body("Architectures", LambdaStructures.Architectures),
        Body("PublishTo", LambdaShapes.FunctionVersionLatestPublished),
        Body("TenancyConfig", LambdaStructures.TenancyConfig),
    ]);

    public static string ResourceOf(AwsRequest request) =>
        FunctionName.ResourceOf(request, request.Json().GetProperty("FunctionName").GetString()!, null);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services)
    {
        var input = request.Read(FunctionsJson.Default.CreateFunctionRequest);
        if (Check(request, input, services, out var reference) is { } refused)
            return refused;
        var signing = services.Signatures.Require(request, input.CodeSigningConfigArn);
        if (signing is not null && input.PackageType == "Image")
            return CodeSigningErrors.NotForImages;
        using var package = input.PackageType == "Image"
            ? PackageSource.OfImage(input.Code)
            : await PackageSource.TakeAsync(request, input.Code, services.Packages, services.Objects);
        var layers = LayerRules.Resolve(request, input.Layers, services);
        var signature = input.PackageType == "Image" ? null : services.Signatures.Check(package.Hash, signing, input.FunctionName);
        services.Signatures.Check(layers, signing);
        var version = FunctionStates.Created(ConfigurationRules.Apply(CapacityRules.Create(new FunctionVersion
        {
            AccountId = reference.AccountId,
            Region = reference.Region,
            Name = reference.Name,
            Version = FunctionVersion.Latest,
            Generation = Guid.Empty,
            Role = input.Role!,
            Runtime = input.Runtime ?? "",
            Handler = input.Handler ?? "",
            CodeHash = package.Hash,
            CodeSizeBytes = package.SizeBytes,
            ImageUri = package.ImageUri,
            SourceKmsKeyArn = input.Code.SourceKMSKeyArn,
            Architecture = input.Architectures?[0] ?? "x86_64",
            LastModified = services.Time.GetUtcNow(),
            RevisionId = "",
            State = "Pending",
            Tenancy = input.TenancyConfig,
            Durable = input.DurableConfig is null ? null : new DurableConfig(DefaultRetentionDays, null),
            Signature = signature,
        }, input, services.CapacityProviders), input, layers));
        using var use = services.Packages.Use(version);
        LayerRules.RequireRoom(version, services.Packages, services.Options.Packages);
        var created = new Function
        {
            AccountId = reference.AccountId,
            Region = reference.Region,
            Name = reference.Name,
            Latest = version,
            CodeSigningConfigArn = signing?.Arn,
            Tags = FunctionTags.Merge(new Dictionary<string, string>(), input.Tags),
        };
        if (input.Publish == true)
            (created, version) = input.PublishTo is null
                ? FunctionStates.Publish(created, null, version.LastModified)
                : FunctionStates.PublishToLatest(created, null, version.LastModified);
        await services.Catalog.ChangeAsync(
            reference.Key, current => current is null ? created : throw FunctionErrors.AlreadyExists(reference.Name).AsException());
        await services.Activator.ActivateAsync(reference.Key);
        return AwsResult.Json(FunctionConfiguration.Of(version, reference.Arn), FunctionsJson.Wire.FunctionConfiguration, 201);
    }

    static AwsError? Check(AwsRequest request, CreateFunctionRequest input, FunctionServices services, out FunctionReference reference)
    {
        if (FunctionName.Resolve(request, input.FunctionName, null, out reference) is { } unreachable)
            return unreachable;
        if (reference.Name.Length > MaxNameLength)
            return FunctionErrors.NameTooLong(input.FunctionName);
        if (reference.Qualifier is not null and not FunctionVersion.Latest)
            return FunctionErrors.OnlyLatestChanges;
        if (input.Tags is { Count: > 0 } && services.Authorizer.Check(request, "lambda:TagResource", reference.Arn) is { } untagged)
            return untagged;
        if (ConfigurationRules.CheckRuntimeAndRole(input, request, services, reference.Arn) is { } refused)
            return refused;
        if (CheckPackageType(input) is { } misfit)
            return misfit;
        if (CapacityRules.CheckPass(request, input, services.Authorizer) is { } unpassed)
            return unpassed;
        if (input.PublishTo is not null && input.CapacityProviderConfig is null)
            return FunctionErrors.NotForDefaultFunctions("PublishTo");
        return null;
    }

    static AwsError? CheckPackageType(CreateFunctionRequest input)
    {
        if (input.PackageType == "Image")
        {
            if (input.Runtime is not null || input.Handler is not null || input.Layers is { Count: > 0 })
                return FunctionErrors.RuntimeWithImage;
            return input.Code.ImageUri is { Length: > 0 } && input.Code is { ZipFile: null, S3Bucket: null } ? null : FunctionErrors.ImageUriMissing("creating");
        }

        if (input.Runtime is not { Length: > 0 } || input.Handler is not { Length: > 0 })
            return FunctionErrors.RuntimeAndHandlerMissing;
        return input.Code.ImageUri is null ? null : FunctionErrors.ImageUriWithZip("creating");
    }
}
