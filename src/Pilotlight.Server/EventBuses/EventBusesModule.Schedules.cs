using Pilotlight.Api;

namespace Pilotlight.EventBuses;

public static partial class EventBusesModule
{
    extension(WebApplication app)
    {
        void MapSchedules()
        {
            var services = app.Services.GetRequiredService<ScheduleServices>();
            Map("POST", "/schedules/{Name}", "CreateSchedule", request => CreateSchedule.Handle(request, services), ScheduleInputs.CreateSchedule, ByBody);
            Map("PUT", "/schedules/{Name}", "UpdateSchedule", request => UpdateSchedule.Handle(request, services), ScheduleInputs.UpdateSchedule, ByBody);
            Map("GET", "/schedules/{Name}", "GetSchedule", request => GetSchedule.Handle(request, services), ScheduleInputs.GetSchedule, ByQuery);
            Map("DELETE", "/schedules/{Name}", "DeleteSchedule", request => DeleteSchedule.Handle(request, services), ScheduleInputs.DeleteSchedule, ByQuery);
            Map("GET", "/schedules", "ListSchedules", request => ListSchedules.Handle(request, services), ScheduleInputs.ListSchedules, static _ => "*");
            Map("POST", "/schedule-groups/{Name}", "CreateScheduleGroup", request => CreateScheduleGroup.Handle(request, services), ScheduleInputs.CreateScheduleGroup, GroupOf);
            Map("GET", "/schedule-groups/{Name}", "GetScheduleGroup", request => GetScheduleGroup.Handle(request, services), ScheduleInputs.GetScheduleGroup, GroupOf);
            Map("DELETE", "/schedule-groups/{Name}", "DeleteScheduleGroup", request => DeleteScheduleGroup.Handle(request, services), ScheduleInputs.DeleteScheduleGroup, GroupOf);
            Map("GET", "/schedule-groups", "ListScheduleGroups", request => ListScheduleGroups.Handle(request, services), ScheduleInputs.ListScheduleGroups, static _ => "*");
            Map("POST", "/tags/{ResourceArn}", "TagResource", request => TagScheduleGroup.Handle(request, services), ScheduleInputs.TagResource, TaggedGroup);
            Map("DELETE", "/tags/{ResourceArn}", "UntagResource", request => TagScheduleGroup.Untag(request, services), ScheduleInputs.UntagResource, TaggedGroup);
            Map("GET", "/tags/{ResourceArn}", "ListTagsForResource", request => TagScheduleGroup.List(request, services), ScheduleInputs.ListTagsForResource, TaggedGroup);

            void Map(string method, string path, string name, Func<AwsRequest, ValueTask<AwsResult>> handle, OperationModel model, Func<AwsRequest, string> resource) =>
                app.MapRest(AwsService.Scheduler, method, path, name, handle).Requires($"scheduler:{name}", resource).Validates(model.Validate);
        }
    }

    static string ByBody(AwsRequest request) =>
        BusScope.Of(request).ScheduleArn(request.Text("GroupName") ?? ScheduleGroup.Default, request.Path("Name"));

    static string ByQuery(AwsRequest request) =>
        BusScope.Of(request).ScheduleArn(request.Query("groupName") ?? ScheduleGroup.Default, request.Path("Name"));

    static string GroupOf(AwsRequest request) => BusScope.Of(request).GroupArn(request.Path("Name"));

    static string TaggedGroup(AwsRequest request) => request.Path("ResourceArn");
}
