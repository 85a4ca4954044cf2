using Pilotlight.Api;

namespace Pilotlight.Functions;

public sealed record AccountLimit(
    long TotalCodeSize, long CodeSizeUnzipped, long CodeSizeZipped, int ConcurrentExecutions, int UnreservedConcurrentExecutions);

public sealed record AccountUsage(long TotalCodeSize, long FunctionCount);

public sealed record AccountSettingsResponse(AccountLimit AccountLimit, AccountUsage AccountUsage);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html</summary>
static class GetAccountSettings
{
    const long TotalCodeSize = 80_530_636_800;

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, LayerCatalog layers, FunctionsOptions options)
    {
        var functions = catalog.List(request.AccountId, request.Region);
        var used = functions.Values.Sum(function => function.Latest.CodeSizeBytes + function.Published.Values.Sum(version => version.CodeSizeBytes));
        used += layers.List(request.AccountId, request.Region).Values.Sum(layer => layer.Versions.Values.Sum(version => version.CodeSizeBytes));
        var limit = new AccountLimit(
            TotalCodeSize, options.Packages.MaxUnzippedBytes, options.Packages.MaxZippedBytes, options.AccountConcurrency,
            options.AccountConcurrency - functions.Values.Sum(function => function.ClaimedConcurrency));
        return AwsResult.Json(
            new AccountSettingsResponse(limit, new AccountUsage(used, functions.Count)), FunctionsJson.Wire.AccountSettingsResponse);
    }
}
