using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html</summary>
static class CreateArchive
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs, TimeProvider time)
    {
        var scope = BusScope.Of(request);
        var name = request.Required("ArchiveName");
        var source = request.Required("EventSourceArn");
        if (BusName.TryParse(source) is not { } bus || bus.Scope != scope)
            return BusErrors.Invalid("EventSourceArn", "Provided Arn is not in correct format.");
        if (ArchivePattern.Refuse(request) is { } refused)
            return refused;
        catalogs.Buses.Get(bus);
        var made = await catalogs.Archives.ChangeAsync(scope, name, known => known is not null ? throw BusErrors.ArchiveExists(name).AsException() : new Archive
        {
            AccountId = scope.AccountId,
            Region = scope.Region,
            Name = name,
            EventSourceArn = source,
            Description = request.Text("Description"),
            EventPattern = request.Text("EventPattern"),
            KmsKeyIdentifier = request.Text("KmsKeyIdentifier"),
            RetentionDays = request.Number("RetentionDays") ?? 0,
            CreatedAt = time.GetUtcNow(),
        });
        return ArchiveAnswer.Changed(made!);
    }
}
