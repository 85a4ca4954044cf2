using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeArchive.html</summary>
static class DescribeArchive
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs, DeliveryStore store)
    {
        var name = request.Required("ArchiveName");
        if (catalogs.Archives.Find(BusScope.Of(request), name) is not { } archive)
            return AwsResult.Refused(BusErrors.NoArchive(name));
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("ArchiveArn", archive.Arn);
            writer.Text("Description", archive.Description);
            writer.Text("EventPattern", archive.EventPattern);
            writer.Text("KmsKeyIdentifier", archive.KmsKeyIdentifier);
            ArchiveAnswer.Write(writer, archive, store);
        });
    }
}
