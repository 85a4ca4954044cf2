using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html</summary>
static class UpdateEventBus
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses, TimeProvider time)
    {
        var bus = BusName.Of(request, request.Text("Name"));
        var changed = await buses.ChangeAsync(bus, known => (known ?? throw BusErrors.NoBus(bus.Name).AsException()) with
        {
            Description = request.Text("Description") ?? known.Description,
            KmsKeyIdentifier = request.Text("KmsKeyIdentifier") ?? known.KmsKeyIdentifier,
            DeadLetterArn = request.Structure("DeadLetterConfig") is null ? known.DeadLetterArn : EventBusAnswer.DeadLetter(request),
            LogConfig = request.Structure("LogConfig") ?? known.LogConfig,
            ModifiedAt = time.GetUtcNow(),
        });
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("Arn", changed!.Arn);
            writer.WriteString("Name", changed.Name);
            EventBusAnswer.WriteSettings(writer, changed);
        });
    }
}
