using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html</summary>
static class UpdateFunctionCode
{
    public static OperationModel Model { get; } = new(
    [
        Path("FunctionName", LambdaShapes.FunctionName),
        .. LambdaStructures.CodeMembers,
        Body("Publish", LambdaShapes.Boolean),
        Body("DryRun", LambdaShapes.Boolean),
        Body("RevisionId", LambdaShapes.Text),
        Body("Architectures", LambdaStructures.Architectures),
        Body("PublishTo", LambdaShapes.FunctionVersionLatestPublished),
    ]);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services)
    {
        if (ChangedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.UpdateFunctionCodeRequest);
        var known = ChangedFunction.Require(services.Catalog.Find(reference.Key), reference, input.RevisionId);
        if (known.Latest.IsImage && input.ImageUri is not { Length: > 0 })
            return FunctionErrors.ImageUriMissing("updating");
        if (!known.Latest.IsImage && input.ImageUri is not null)
            return FunctionErrors.ImageUriWithZip("updating");
        using var package = known.Latest.IsImage
            ? PackageSource.OfImage(input.Code)
            : await PackageSource.TakeAsync(request, input.Code, services.Packages, services.Objects);
        var signature = known.Latest.IsImage
            ? null
            : services.Signatures.Check(
                package.Hash, services.Signatures.Require(request, known.CodeSigningConfigArn), request.Path("FunctionName"));
        if (input.DryRun == true)
            return DryRun(ChangedFunction.Require(services.Catalog.Find(reference.Key), reference, input.RevisionId), input, package, signature, reference);
        FunctionVersion? published = null;
        var function = await services.Catalog.ChangeAsync(reference.Key, current =>
        {
            var now = services.Time.GetUtcNow();
            var function = ChangedFunction.Require(current, reference, input.RevisionId);
            if (function.Latest.IsImage != known.Latest.IsImage)
                throw FunctionErrors.ImageUriMissing("updating").AsException();
            var next = WithCode(function.Latest, input, package, signature);
            LayerRules.RequireRoom(next, services.Packages, services.Options.Packages);
            function = FunctionStates.Updating(function, next, now);
            if (input.Publish == true)
                (function, published) = input.PublishTo is null
                    ? FunctionStates.Publish(function, null, now)
                    : FunctionStates.PublishToLatest(function, null, now);
            return function;
        });
        await services.Activator.ActivateAsync(reference.Key);
        return published is null
            ? Answer(function!.Latest, reference.Arn)
            : Answer(published, $"{reference.Arn}:{published.Version}");
    }

    static AwsResult DryRun(
        Function function, UpdateFunctionCodeRequest input, PackageLease package, CodeSignature? signature, FunctionReference reference) =>
        Answer(WithCode(function.Latest, input, package, signature), reference.Arn);

    static FunctionVersion WithCode(
        FunctionVersion version, UpdateFunctionCodeRequest input, PackageLease package, CodeSignature? signature) => version with
        {
            Signature = signature,
            CodeHash = package.Hash,
            ImageUri = package.ImageUri,
            CodeSizeBytes = package.SizeBytes,
            SourceKmsKeyArn = input.SourceKMSKeyArn ?? version.SourceKmsKeyArn,
            Architecture = input.Architectures?[0] ?? version.Architecture,
        };

    static AwsResult Answer(FunctionVersion version, string arn) =>
        AwsResult.Json(FunctionConfiguration.Of(version, arn), FunctionsJson.Wire.FunctionConfiguration);
}
