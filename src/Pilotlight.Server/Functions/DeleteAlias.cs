using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html. What is not there is deleted already, and so is an alias of no function.</summary>
static class DeleteAlias
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName), Path("Name", LambdaShapes.Alias));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        var name = request.Path("Name");
        await catalog.ChangeAsync(
            reference.Key, current => current?.Aliases.ContainsKey(name) == true ? current.Without(name) : current);
        return AwsResult.Empty(204);
    }
}
