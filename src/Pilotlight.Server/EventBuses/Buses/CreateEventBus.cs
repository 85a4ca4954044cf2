using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html</summary>
static class CreateEventBus
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses, TimeProvider time)
    {
        var bus = BusName.Of(request, request.Required("Name"));
        if (request.Text("EventSourceName") is not null)
            return AwsError.Validation("Partner event sources are not supported.");
        if (bus.Name.StartsWith("aws.partner", StringComparison.Ordinal) || bus.Name.Contains('/'))
            return BusErrors.Invalid("Name", "Event bus names can not contain '/' unless they match a partner event source.");
        var now = time.GetUtcNow();
        var made = await buses.ChangeAsync(bus, known => known is not null ? throw BusErrors.BusExists(bus.Name).AsException() : new EventBus
        {
            AccountId = bus.Scope.AccountId,
            Region = bus.Scope.Region,
            Name = bus.Name,
            Description = request.Text("Description"),
            KmsKeyIdentifier = request.Text("KmsKeyIdentifier"),
            DeadLetterArn = EventBusAnswer.DeadLetter(request),
            LogConfig = request.Structure("LogConfig"),
            Tags = TagSet.Of(request.Tags()),
            CreatedAt = now,
            ModifiedAt = now,
        });
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("EventBusArn", made!.Arn);
            EventBusAnswer.WriteSettings(writer, made);
        });
    }
}
