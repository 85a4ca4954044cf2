using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html</summary>
static class GetEventSourceMapping
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, EventSourceServices services) =>
        services.Mappings.Find(new MappingScope(request.AccountId, request.Region), EventSourceServices.IdOf(request)) is { } mapping
            ? AwsResult.Json(services.Show(mapping), EventSourcesJson.Wire.MappingConfiguration)
            : AwsResult.Refused(MappingErrors.NotFound);
}
