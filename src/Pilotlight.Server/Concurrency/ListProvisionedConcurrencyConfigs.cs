using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

public sealed record ListProvisionedConcurrencyConfigsResponse(IReadOnlyList<ProvisionedStatus> ProvisionedConcurrencyConfigs, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html</summary>
static class ListProvisionedConcurrencyConfigs
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxProvisionedConcurrencyConfigListItems),
        Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (services.Catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(reference.NotFound);
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = function.Provisioned.Keys.Where(qualifier => string.CompareOrdinal(qualifier, start) >= 0)
            .Order(StringComparer.Ordinal).Take(size + 1).ToList();
        return AwsResult.Json(
            new ListProvisionedConcurrencyConfigsResponse(
                [.. page.Take(size).Select(qualifier =>
                    ProvisionedStatus.Of(function, qualifier, services.Levels) with { FunctionArn = $"{reference.Arn}:{qualifier}" })],
                page.Count > size ? Paging.MarkerOf(page[size]) : null),
            ConcurrencyJson.Wire.ListProvisionedConcurrencyConfigsResponse);
    }
}
