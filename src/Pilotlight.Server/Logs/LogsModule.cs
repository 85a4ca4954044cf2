using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.Logs;

/// <summary>CloudWatch Logs: where functions' output goes, and the API that reads it.</summary>
public static class LogsModule
{
    extension(IServiceCollection services)
    {
        /// <summary>Call before the slices whose environments write logs: hosted services stop in reverse order, and this one stops last.</summary>
        public IServiceCollection AddLogs()
        {
            services.AddSingleton<LogStore>();
            services.AddSingleton<LogIngest>();
            services.AddHostedService(provider => provider.GetRequiredService<LogIngest>());
            services.AddHostedService<RetentionReaper>();
            services.AddSingleton<SubscriptionDeliveries>().AddHostedService<SubscriptionDispatcher>();
            services.AddSingleton<ITarget, LogGroupTarget>().AddSingleton<IJudgedResource, JudgedLogGroup>();
            return services;
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapLogs()
        {
            var store = routes.ServiceProvider.GetRequiredService<LogStore>();
            var ingest = routes.ServiceProvider.GetRequiredService<LogIngest>();
            var deliveries = routes.ServiceProvider.GetRequiredService<SubscriptionDeliveries>();
            var authorizer = routes.ServiceProvider.GetRequiredService<Authorizer>();

            Map("CreateLogGroup", request => CreateLogGroup.Handle(request, store), Group);
            Map("DeleteLogGroup", request => DeleteLogGroup.Handle(request, store, ingest), Group);
            Map("DescribeLogGroups", request => DescribeLogGroups.Handle(request, store, ingest), static r => Resource(r, "", ""));
            Map("CreateLogStream", request => CreateLogStream.Handle(request, store), Group);
            Map("DeleteLogStream", request => DeleteLogStream.Handle(request, store, ingest), Stream);
            Map("DescribeLogStreams", request => DescribeLogStreams.Handle(request, store, ingest), Group);
            Map("PutLogEvents", request => PutLogEvents.Handle(request, store), Stream).LimitsBody(PutLogEvents.MaxBodyBytes);
            Map("GetLogEvents", request => GetLogEvents.Handle(request, store, ingest), Stream);
            Map("FilterLogEvents", request => FilterLogEvents.Handle(request, store, ingest), Group);
            Map("PutRetentionPolicy", request => PutRetentionPolicy.Handle(request, store), Group);
            Map("DeleteRetentionPolicy", request => DeleteRetentionPolicy.Handle(request, store), Group);
            Map("PutSubscriptionFilter", request => PutSubscriptionFilter.Handle(request, store, deliveries, authorizer), Group);
            Map("DescribeSubscriptionFilters", request => DescribeSubscriptionFilters.Handle(request, store), Group);
            Map("DeleteSubscriptionFilter", request => DeleteSubscriptionFilter.Handle(request, store), Group);
            Map("PutResourcePolicy", request => PutResourcePolicy.Handle(request, store), static _ => "*");
            Map("DescribeResourcePolicies", request => DescribeResourcePolicies.Handle(request, store), static _ => "*");
            Map("DeleteResourcePolicy", request => DeleteResourcePolicy.Handle(request, store), static _ => "*");
            Map("TagResource", request => TagResource.Handle(request, store), TaggedArn);
            Map("UntagResource", request => UntagResource.Handle(request, store), TaggedArn);
            Map("ListTagsForResource", request => ListTagsForResource.Handle(request, store), TaggedArn);
            Map("TagLogGroup", request => TagLogGroup.Handle(request, store), Group);
            Map("UntagLogGroup", request => UntagLogGroup.Handle(request, store), Group);
            Map("ListTagsLogGroup", request => ListTagsLogGroup.Handle(request, store), Group);

            AwsOperation Map(string name, Func<AwsRequest, ValueTask<AwsResult>> handle, Func<AwsRequest, string> resource) =>
                routes.MapRpc(AwsService.Logs, name, handle).Requires($"logs:{name}", resource);
        }
    }

    // CloudWatch Logs asks about group actions with an empty stream name at the end: `...:log-group:NAME:*` matches that, and
    // `...:log-group:NAME` does not.
    static string Group(AwsRequest request) => Resource(request, GroupName(request), "");

    static string Stream(AwsRequest request) => Resource(request, GroupName(request), Member(request, "logStreamName"));

    static string Resource(AwsRequest request, string group, string stream) => LogsInput.ScopeOf(request).StreamArn(group, stream);

    static string TaggedArn(AwsRequest request)
    {
        var scope = LogsInput.ScopeOf(request);
        return scope.GroupArn(scope.GroupName(Member(request, "resourceArn")) ?? "");
    }

    static string GroupName(AwsRequest request) =>
        Member(request, "logGroupName") is { Length: > 0 } name ? name
        : LogsInput.ScopeOf(request).GroupName(Member(request, "logGroupIdentifier")) ?? "";

    static string Member(AwsRequest request, string name) =>
        request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? LogsInput.TextOf(value) : "";
}
