using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html: answers while it goes on.</summary>
static class DeleteEventSourceMapping
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, EventSourceServices services)
    {
        var scope = new MappingScope(request.AccountId, request.Region);
        var deleting = await services.Mappings.ChangeAsync(scope, EventSourceServices.IdOf(request), current =>
        {
            if (current is null)
                throw MappingErrors.NotFound.AsException();
            return current.IsSettled
                ? current with { State = "Deleting", LastModified = services.Time.GetUtcNow() }
                : throw MappingErrors.InUse.AsException();
        });
        await services.Activator.SettleAsync(deleting!);
        return AwsResult.Json(services.Show(deleting!), EventSourcesJson.Wire.MappingConfiguration, 202);
    }
}
