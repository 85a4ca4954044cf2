using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>EventBridge and EventBridge Scheduler.</summary>
public static partial class EventBusesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEventBuses(EventBusOptions options)
        {
            services.AddSingleton(options);
            services.AddSingleton<BusCatalog>().AddSingleton<RuleCatalog>().AddSingleton<ArchiveCatalog>().AddSingleton<ReplayCatalog>();
            services.AddSingleton<ScheduleCatalog>().AddSingleton<ScheduleGroupCatalog>().AddSingleton<BusCatalogs>();
            services.AddSingleton<DeliveryStore>().AddSingleton<DeliveryMeter>();
            services.AddSingleton(provider => new DeliverySender(
                provider.GetRequiredService<TargetDispatcher>(), provider.GetRequiredService<EventRouter>, provider.GetRequiredService<DeliveryMeter>()));
            services.AddSingleton<DeliverySupervisor>().AddSingleton<EventRouter>();
            services.AddSingleton(provider => new ScheduleLauncher(
                provider.GetRequiredService<RuleCatalog>(), provider.GetRequiredService<ScheduleCatalog>(), provider.GetRequiredService<EventRouter>,
                provider.GetRequiredService<DeliveryStore>(), provider.GetRequiredService<EventBusOptions>()));
            services.AddSingleton<ScheduleClock>().AddSingleton<ReplaySupervisor>();
            services.AddSingleton<RuleServices>().AddSingleton<ScheduleGuards>().AddSingleton<ScheduleServices>().AddSingleton<TaggedResources>();
            // Stopped in reverse order: nothing new is begun before what is under way ends.
            services.AddHostedService(static provider => provider.GetRequiredService<DeliverySupervisor>());
            services.AddHostedService(static provider => provider.GetRequiredService<ReplaySupervisor>());
            services.AddHostedService(static provider => provider.GetRequiredService<ScheduleClock>());
            services.AddHostedService<ArchiveReaper>();
            services.AddSingleton<ITarget, EventBusTarget>();
            services.AddSingleton<IJudgedResource, JudgedBus>().AddSingleton<IJudgedResource, JudgedRule>().AddSingleton<IJudgedResource, JudgedScheduleGroup>();
            services.AddSingleton<IMetricSource>(static provider => provider.GetRequiredService<DeliveryMeter>());
            services.AddSingleton<IErasable, ErasedBuses>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapEventBuses()
        {
            app.MapBuses();
            app.MapRules();
            app.MapArchives();
            app.MapSchedules();
        }

        void MapBuses()
        {
            var buses = app.Services.GetRequiredService<BusCatalog>();
            var catalogs = app.Services.GetRequiredService<BusCatalogs>();
            var router = app.Services.GetRequiredService<EventRouter>();
            var authorizer = app.Services.GetRequiredService<Authorizer>();
            var tagged = app.Services.GetRequiredService<TaggedResources>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            app.MapEvents("CreateEventBus", request => CreateEventBus.Handle(request, buses, time), EventBusInputs.CreateEventBus, Bus("Name"));
            app.MapEvents("UpdateEventBus", request => UpdateEventBus.Handle(request, buses, time), EventBusInputs.UpdateEventBus, Bus("Name"));
            app.MapEvents("DeleteEventBus", request => DeleteEventBus.Handle(request, catalogs), EventBusInputs.DeleteEventBus, Bus("Name"));
            app.MapEvents("DescribeEventBus", request => DescribeEventBus.Handle(request, buses), EventBusInputs.DescribeEventBus, Bus("Name"));
            app.MapEvents("ListEventBuses", request => ListEventBuses.Handle(request, buses), EventBusInputs.ListEventBuses, static _ => "*");
            app.MapEvents("PutPermission", request => PutPermission.Handle(request, buses, time), EventBusInputs.PutPermission, Bus("EventBusName"));
            app.MapEvents("RemovePermission", request => RemovePermission.Handle(request, buses, time), EventBusInputs.RemovePermission, Bus("EventBusName"));
            app.MapEvents("PutEvents", request => PutEvents.Handle(request, router, authorizer, time), EventBusInputs.PutEvents, PutEvents.ResourceOf)
                .WithConditions(PutEvents.Conditions).LimitsBody(PutEvents.MaxBodyBytes);
            app.MapEvents("TagResource", request => TagResource.Handle(request, tagged), EventBusInputs.TagResource, Tagged);
            app.MapEvents("UntagResource", request => UntagResource.Handle(request, tagged), EventBusInputs.UntagResource, Tagged);
            app.MapEvents("ListTagsForResource", request => ListTagsForResource.Handle(request, tagged), EventBusInputs.ListTagsForResource, Tagged);
        }

        void MapRules()
        {
            var services = app.Services.GetRequiredService<RuleServices>();
            app.MapEvents("PutRule", request => PutRule.Handle(request, services), EventBusInputs.PutRule, RuleOf("Name")).WithConditions(PutRule.Conditions);
            app.MapEvents("DeleteRule", request => DeleteRule.Handle(request, services), EventBusInputs.DeleteRule, RuleOf("Name"));
            app.MapEvents("DescribeRule", request => DescribeRule.Handle(request, services.Catalogs), EventBusInputs.DescribeRule, RuleOf("Name"));
            app.MapEvents("EnableRule", request => EnableRule.Handle(request, services), EventBusInputs.EnableRule, RuleOf("Name"));
            app.MapEvents("DisableRule", request => DisableRule.Handle(request, services), EventBusInputs.DisableRule, RuleOf("Name"));
            app.MapEvents("ListRules", request => ListRules.Handle(request, services.Catalogs), EventBusInputs.ListRules, RuleOf("-"));
            app.MapEvents("ListRuleNamesByTarget", request => ListRuleNamesByTarget.Handle(request, services.Catalogs), EventBusInputs.ListRuleNamesByTarget, RuleOf("-"));
            app.MapEvents("PutTargets", request => PutTargets.Handle(request, services), EventBusInputs.PutTargets, RuleOf("Rule")).WithConditions(PutTargets.Conditions);
            app.MapEvents("RemoveTargets", request => RemoveTargets.Handle(request, services), EventBusInputs.RemoveTargets, RuleOf("Rule"));
            app.MapEvents("ListTargetsByRule", request => ListTargetsByRule.Handle(request, services.Catalogs), EventBusInputs.ListTargetsByRule, RuleOf("Rule"));
            app.MapEvents("TestEventPattern", TestEventPattern.Handle, EventBusInputs.TestEventPattern, static _ => "*").LimitsBody(PutEvents.MaxBodyBytes);
        }

        void MapArchives()
        {
            var catalogs = app.Services.GetRequiredService<BusCatalogs>();
            var store = app.Services.GetRequiredService<DeliveryStore>();
            var replays = app.Services.GetRequiredService<ReplaySupervisor>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            app.MapEvents("CreateArchive", request => CreateArchive.Handle(request, catalogs, time), EventBusInputs.CreateArchive, ArchiveOf);
            app.MapEvents("UpdateArchive", request => UpdateArchive.Handle(request, catalogs), EventBusInputs.UpdateArchive, ArchiveOf);
            app.MapEvents("DeleteArchive", request => DeleteArchive.Handle(request, catalogs, store), EventBusInputs.DeleteArchive, ArchiveOf);
            app.MapEvents("DescribeArchive", request => DescribeArchive.Handle(request, catalogs, store), EventBusInputs.DescribeArchive, ArchiveOf);
            app.MapEvents("ListArchives", request => ListArchives.Handle(request, catalogs, store), EventBusInputs.ListArchives, static _ => "*");
            app.MapEvents("StartReplay", request => StartReplay.Handle(request, catalogs, replays, time), EventBusInputs.StartReplay, ReplayOf);
            app.MapEvents("CancelReplay", request => CancelReplay.Handle(request, replays), EventBusInputs.CancelReplay, ReplayOf);
            app.MapEvents("DescribeReplay", request => DescribeReplay.Handle(request, replays), EventBusInputs.DescribeReplay, ReplayOf);
            app.MapEvents("ListReplays", request => ListReplays.Handle(request, replays), EventBusInputs.ListReplays, static _ => "*");
        }

        AwsOperation MapEvents(string name, Func<AwsRequest, ValueTask<AwsResult>> handle, OperationModel model, Func<AwsRequest, string> resource) =>
            app.MapRpc(AwsService.Events, name, handle).Requires($"events:{name}", resource).Validates(model.Validate);
    }

    static Func<AwsRequest, string> Bus(string member) => request => BusName.Of(request, request.Text(member)).Arn;

    static Func<AwsRequest, string> RuleOf(string member) => request => RuleServices.ArnOf(request, member);

    static string ArchiveOf(AwsRequest request) => BusScope.Of(request).ArchiveArn(request.Required("ArchiveName"));

    static string ReplayOf(AwsRequest request) => BusScope.Of(request).ReplayArn(request.Required("ReplayName"));

    static string Tagged(AwsRequest request) => request.Required("ResourceARN");
}
