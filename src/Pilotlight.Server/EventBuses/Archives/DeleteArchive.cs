using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteArchive.html: its events go with it.</summary>
static class DeleteArchive
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs, DeliveryStore store)
    {
        var scope = BusScope.Of(request);
        var name = request.Required("ArchiveName");
        await catalogs.Archives.ChangeAsync(scope, name, known => known is null ? throw BusErrors.NoArchive(name).AsException() : null);
        await store.ExpireAsync(scope.ArchiveArn(name), DateTimeOffset.MaxValue);
        return AwsResult.EmptyObject;
    }
}
