using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html</summary>
static class RemovePermission
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Query("RevisionId", LambdaShapes.Text),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        Path("StatementId", LambdaShapes.NamespacedStatementId));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current is null)
                throw PolicyErrors.NoPolicyFor(reference.Arn).AsException();
            if (!current.Has(reference.Qualifier))
                throw reference.QualifierNotFound.AsException();
            if (current.PolicyOf(reference.Qualifier) is not { } policy)
                throw PolicyErrors.NoPolicy.AsException();
            var rest = policy.Remove(request.Path("StatementId"));
            if (request.Query("RevisionId") is { Length: > 0 } revision && revision != policy.RevisionId)
                throw PolicyErrors.RevisionMismatch("GetPolicy").AsException();
            return current.WithPolicy(reference.Qualifier, rest);
        });
        return AwsResult.Empty(204);
    }
}
