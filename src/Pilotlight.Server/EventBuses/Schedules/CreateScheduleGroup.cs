using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html</summary>
static class CreateScheduleGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var scope = BusScope.Of(request);
        var (name, token, now) = (request.Path("Name"), request.Text("ClientToken"), services.Time.GetUtcNow());
        var made = await services.Groups.ChangeAsync(scope, name, known => known switch
        {
            null => new ScheduleGroup
            {
                AccountId = scope.AccountId,
                Region = scope.Region,
                Name = name,
                ClientToken = token,
                Tags = TagSet.Of(request.Tags()),
                CreatedAt = now,
                ModifiedAt = now,
            },
            { ClientToken: { } same } when same == token => known,
            _ => throw ScheduleErrors.GroupExists(name).AsException(),
        });
        return BusAnswer.Of(writer => writer.WriteString("ScheduleGroupArn", made!.Arn));
    }
}
