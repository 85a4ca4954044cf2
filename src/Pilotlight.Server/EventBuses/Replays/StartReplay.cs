using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html</summary>
static class StartReplay
{
    const int MaxUnderWay = 10;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs, ReplaySupervisor replays, TimeProvider time)
    {
        var scope = BusScope.Of(request);
        var name = request.Required("ReplayName");
        var source = request.Required("EventSourceArn");
        var destination = request.Structure("Destination")!.Value;
        var destinationArn = BusRequest.Member(destination, "Arn")!;
        if (BusName.TryParse(destinationArn) is not { } bus)
            return BusErrors.Invalid("Destination.Arn", "Must contain an event bus ARN.");
        if (bus.Scope != scope || catalogs.Buses.Find(bus) is null)
            return BusErrors.NoBus(bus.Name);
        var archiveName = source[(source.IndexOf('/') + 1)..];
        if (catalogs.Archives.Find(scope, archiveName) is not { } archive || archive.Arn != source)
            return BusErrors.Invalid("EventSourceArn", $"Archive {archiveName} does not exist.");
        if (archive.EventSourceArn != destinationArn)
            return BusErrors.Invalid("Destination.Arn", "Cross event bus replay is not permitted.");
        var (from, to) = (request.Time("EventStartTime")!.Value, request.Time("EventEndTime")!.Value);
        if (from >= to)
            return BusErrors.Invalid("EventEndTime", "EventStartTime must be before EventEndTime.");
        var filters = destination.TryGetProperty("FilterArns", out var listed) && listed.ValueKind == JsonValueKind.Array
            ? listed.EnumerateArray().Select(arn => arn.GetString()!).ToList()
            : null;
        var replay = await replays.Catalog.ChangeAsync(scope, name, known =>
        {
            if (known is not null)
                throw BusErrors.ReplayExists(name).AsException();
            if (replays.Catalog.List(scope).Count(entry => entry.Value.IsUnderWay) >= MaxUnderWay)
                throw BusErrors.TooMany.AsException();
            return new Replay
            {
                AccountId = scope.AccountId,
                Region = scope.Region,
                Name = name,
                EventSourceArn = source,
                DestinationArn = destinationArn,
                FilterArns = filters is { Count: > 0 } ? filters : null,
                Description = request.Text("Description"),
                State = "STARTING",
                From = from,
                To = to,
                StartedAt = time.GetUtcNow(),
            };
        });
        replays.Wake();
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("ReplayArn", scope.ReplayArn(name));
            writer.WriteString("State", "STARTING");
            writer.Time("ReplayStartTime", replay!.StartedAt);
        });
    }
}
