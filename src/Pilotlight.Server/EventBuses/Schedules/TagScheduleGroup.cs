using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html: groups only.</summary>
static class TagScheduleGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        await ChangeAsync(request, services, known => TagSet.With(known, request.Tags()));
        return AwsResult.EmptyObject;
    }

    /// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html</summary>
    public static async ValueTask<AwsResult> Untag(AwsRequest request, ScheduleServices services)
    {
        await ChangeAsync(request, services, known => TagSet.Without(known, request.QueryAll("TagKeys")));
        return AwsResult.EmptyObject;
    }

    /// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html</summary>
    public static ValueTask<AwsResult> List(AwsRequest request, ScheduleServices services)
    {
        var arn = request.Path("ResourceArn");
        return services.Groups.FindByArn(arn) is { } group
            ? BusAnswer.Of(writer => writer.Tags("Tags", group.Tags))
            : AwsResult.Refused(ScheduleErrors.NoGroup(arn[(arn.IndexOf('/') + 1)..]));
    }

    static async Task ChangeAsync(AwsRequest request, ScheduleServices services, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var arn = request.Path("ResourceArn");
        var name = arn[(arn.IndexOf('/') + 1)..];
        var scope = BusScope.Of(request);
        if (scope.GroupArn(name) != arn)
            throw ScheduleErrors.NoGroup(name).AsException();
        await services.Groups.ChangeAsync(scope, name, known => (known ?? throw ScheduleErrors.NoGroup(name).AsException()) with { Tags = change(known.Tags) });
    }
}
