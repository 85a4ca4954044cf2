using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html</summary>
static class DeleteFunction
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaStructures.DeletedFunctionName));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier == FunctionVersion.Latest)
            return AwsError.InvalidParameter("$LATEST version cannot be deleted without deleting the function.");
        if (reference.Qualifier is { } qualifier && !qualifier.All(char.IsAsciiDigit) && !qualifier.Contains('$'))
            return AwsError.InvalidParameter("Deletion of aliases is not currently supported.");
        var managed = false;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current is null)
                throw reference.NotFoundUnqualified.AsException();
            managed = current.Latest.CapacityProvider is not null;
            if (reference.Qualifier is null)
                return null;
            if (current.ShowVersion(reference.Qualifier) is null)
                return current;
            var aliases = current.Aliases.Values.Where(alias => alias.Reaches(reference.Qualifier)).Select(alias => alias.Name).ToList();
            return aliases.Count > 0 ? throw AliasErrors.VersionInUse(aliases).AsException() : current.Without(reference.Qualifier);
        });
        // AWS takes the instances of a function on a capacity provider away later.
        return AwsResult.Empty(managed ? 202 : 204);
    }
}
