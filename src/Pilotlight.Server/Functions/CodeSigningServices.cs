using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>What the operations on code signing configurations work with.</summary>
sealed record CodeSigningServices(CodeSigningCatalog Catalog, FunctionCatalog Functions, Authorizer Authorizer, TimeProvider Time)
{
    /// <summary>A configuration of the caller's account and region; others do not exist for it.</summary>
    public CodeSigningConfig? Find(AwsRequest request, string arn) =>
        Catalog.Find(arn) is { } config && config.AccountId == request.AccountId && config.Region == request.Region ? config : null;

    public IEnumerable<Function> FunctionsOf(AwsRequest request, string arn) =>
        Functions.List(request.AccountId, request.Region).Values.Where(function => function.CodeSigningConfigArn == arn);
}
