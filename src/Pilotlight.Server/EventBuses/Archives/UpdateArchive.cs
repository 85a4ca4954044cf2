using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html</summary>
static class UpdateArchive
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var name = request.Required("ArchiveName");
        if (ArchivePattern.Refuse(request) is { } refused)
            return refused;
        var changed = await catalogs.Archives.ChangeAsync(BusScope.Of(request), name, known => (known ?? throw BusErrors.NoArchive(name).AsException()) with
        {
            Description = request.Text("Description") ?? known.Description,
            EventPattern = request.Text("EventPattern") ?? known.EventPattern,
            KmsKeyIdentifier = request.Text("KmsKeyIdentifier") ?? known.KmsKeyIdentifier,
            RetentionDays = request.Number("RetentionDays") ?? known.RetentionDays,
        });
        return ArchiveAnswer.Changed(changed!);
    }
}
