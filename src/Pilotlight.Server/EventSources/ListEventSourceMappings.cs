using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

public sealed record ListMappingsResponse(string? NextMarker, IReadOnlyList<MappingConfiguration> EventSourceMappings);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html</summary>
static class ListEventSourceMappings
{
    const int MaxItems = 100;

    public static ValueTask<AwsResult> Handle(AwsRequest request, EventSourceServices services)
    {
        string? functionArn = null;
        if (request.Query("FunctionName") is { Length: > 0 } name)
        {
            if (FunctionName.Resolve(request, name, null, out var reference) is { } refused)
                return AwsResult.Refused(refused);
            functionArn = reference.QualifiedArn;
        }

        var source = request.Query("EventSourceArn") is { Length: > 0 } arn ? arn : null;
        var start = Paging.Start(request);
        var size = Paging.Size(request, MaxItems);
        var found = services.Mappings.List(new MappingScope(request.AccountId, request.Region)).Values
            .Where(mapping => string.CompareOrdinal(mapping.Id, start) >= 0
                && (functionArn is null || mapping.FunctionArn == functionArn)
                && (source is null || mapping.Source.EventSourceArn == source))
            .Take(size + 1).ToList();
        var next = found.Count > size ? Paging.MarkerOf(found[size].Id) : null;
        return AwsResult.Json(
            new ListMappingsResponse(next, [.. found.Take(size).Select(services.Show)]), EventSourcesJson.Wire.ListMappingsResponse);
    }
}
