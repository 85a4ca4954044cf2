using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html</summary>
static class GetAlias
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName), Path("Name", LambdaShapes.Alias));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(reference.NotFoundUnqualified);
        return function.Aliases.TryGetValue(request.Path("Name"), out var alias)
            ? AliasConfiguration.Answer(alias, reference)
            : AwsResult.Refused(AliasErrors.CannotFind($"{reference.Arn}:{request.Path("Name")}"));
    }
}
