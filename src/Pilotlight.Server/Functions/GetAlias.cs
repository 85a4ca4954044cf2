using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html. AWS looks for the alias, whether there is a function or not.</summary>
static class GetAlias
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName), Path("Name", LambdaShapes.Alias));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.Aliases.GetValueOrDefault(request.Path("Name")) is { } alias
            ? AliasConfiguration.Answer(alias, reference)
            : AwsResult.Refused(AliasErrors.CannotFind($"{reference.Arn}:{request.Path("Name")}"));
    }
}
