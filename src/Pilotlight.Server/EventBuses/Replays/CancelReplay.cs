using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html</summary>
static class CancelReplay
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ReplaySupervisor replays)
    {
        var scope = BusScope.Of(request);
        var name = request.Required("ReplayName");
        await replays.Catalog.ChangeAsync(scope, name, known => known switch
        {
            null => throw BusErrors.NoReplay(name).AsException(),
            { State: "STARTING" or "RUNNING" } => known with { State = "CANCELLING" },
            _ => throw new AwsError(400, "IllegalStatusException", $"Replay {name} is not in a valid state for this operation.").AsException(),
        });
        replays.Wake();
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("ReplayArn", scope.ReplayArn(name));
            writer.WriteString("State", "CANCELLING");
        });
    }
}
