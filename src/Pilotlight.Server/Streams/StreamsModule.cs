using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Streams;

/// <summary>Kinesis Data Streams.</summary>
public static class StreamsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddStreams(StreamsOptions options)
        {
            services.AddSingleton(options).AddSingleton<StreamStore>().AddSingleton<StreamCatalog>().AddSingleton<RecordLog>();
            services.AddSingleton<ThroughputLimiter>().AddSingleton<StreamWriter>().AddSingleton<ShardReader>().AddSingleton<ShardSubscriptions>();
            services.AddSingleton<StreamActivator>().AddSingleton<StreamServices>();
            services.AddSingleton<ITarget, StreamTarget>().AddSingleton<IJudgedResource, JudgedStream>();
            services.AddSingleton<IErasable, ErasableStreams>().AddSingleton<IMetricSource, StreamMetrics>();
            services.AddHostedService(static provider => provider.GetRequiredService<StreamActivator>());
            services.AddHostedService<RetentionReaper>();
            return services;
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapStreams()
        {
            var services = routes.ServiceProvider.GetRequiredService<StreamServices>();
            var reader = routes.ServiceProvider.GetRequiredService<ShardReader>();
            var subscriptions = routes.ServiceProvider.GetRequiredService<ShardSubscriptions>();

            Map("CreateStream", StreamsModel.CreateStream, request => CreateStream.Handle(request, services), Stream)
                .AlsoRequires("kinesis:AddTagsToStream", static request => request.Json().TryGetProperty("Tags", out _) ? Stream(request) : null);
            Map("DeleteStream", StreamsModel.DeleteStream, request => DeleteStream.Handle(request, services), Stream);
            Map("DescribeStream", StreamsModel.DescribeStream, request => DescribeStream.Handle(request, services), Stream);
            Map("DescribeStreamSummary", StreamsModel.Stream, request => DescribeStreamSummary.Handle(request, services), Stream);
            Map("ListStreams", StreamsModel.ListStreams, request => ListStreams.Handle(request, services), Everything);
            Map("ListShards", StreamsModel.ListShards, request => ListShards.Handle(request, services), static r => ArnOr(r, ListShards.KeyOf(r)));
            Map("PutRecord", StreamsModel.PutRecord, request => PutRecord.Handle(request, services), Stream).LimitsBody(PutRecord.MaxBodyBytes);
            Map("PutRecords", StreamsModel.PutRecords, request => PutRecords.Handle(request, services), Stream).LimitsBody(PutRecords.MaxBodyBytes);
            Map("GetShardIterator", StreamsModel.GetShardIterator, request => GetShardIterator.Handle(request, services, reader), Stream);
            Map("GetRecords", StreamsModel.GetRecords, request => GetRecords.Handle(request, services, reader), static r => ArnOr(r, GetRecords.KeyOf(r)));
            Map("SplitShard", StreamsModel.SplitShard, request => SplitShard.Handle(request, services), Stream);
            Map("MergeShards", StreamsModel.MergeShards, request => MergeShards.Handle(request, services), Stream);
            Map("UpdateShardCount", StreamsModel.UpdateShardCount, request => UpdateShardCount.Handle(request, services), Stream);
            Map("UpdateStreamMode", StreamsModel.UpdateStreamMode, request => UpdateStreamMode.Handle(request, services), Stream);
            Map("UpdateMaxRecordSize", StreamsModel.UpdateMaxRecordSize, request => UpdateMaxRecordSize.Handle(request, services), Stream);
            Map("IncreaseStreamRetentionPeriod", StreamsModel.Retention, request => IncreaseStreamRetentionPeriod.Handle(request, services), Stream);
            Map("DecreaseStreamRetentionPeriod", StreamsModel.Retention, request => DecreaseStreamRetentionPeriod.Handle(request, services), Stream);
            Map("RegisterStreamConsumer", StreamsModel.RegisterStreamConsumer, request => RegisterStreamConsumer.Handle(request, services), Stream);
            Map("DeregisterStreamConsumer", StreamsModel.Consumer, request => DeregisterStreamConsumer.Handle(request, services), Consumer);
            Map("DescribeStreamConsumer", StreamsModel.Consumer, request => DescribeStreamConsumer.Handle(request, services), Consumer);
            Map("ListStreamConsumers", StreamsModel.ListStreamConsumers, request => ListStreamConsumers.Handle(request, services), Stream);
            Map("SubscribeToShard", StreamsModel.SubscribeToShard, request => SubscribeToShard.Handle(request, services, reader, subscriptions), Consumer);
            Map("AddTagsToStream", StreamsModel.AddTagsToStream, request => AddTagsToStream.Handle(request, services), Stream);
            Map("RemoveTagsFromStream", StreamsModel.RemoveTagsFromStream, request => RemoveTagsFromStream.Handle(request, services), Stream);
            Map("ListTagsForStream", StreamsModel.ListTagsForStream, request => ListTagsForStream.Handle(request, services), Stream);
            Map("TagResource", StreamsModel.TagResource, request => TagResource.Handle(request, services), Resource);
            Map("UntagResource", StreamsModel.UntagResource, request => UntagResource.Handle(request, services), Resource);
            Map("ListTagsForResource", StreamsModel.Resource, request => ListTagsForResource.Handle(request, services), Resource);
            Map("EnableEnhancedMonitoring", StreamsModel.Monitoring, request => EnhancedMonitoring.Enable(request, services), Stream);
            Map("DisableEnhancedMonitoring", StreamsModel.Monitoring, request => EnhancedMonitoring.Disable(request, services), Stream);
            Map("StartStreamEncryption", StreamsModel.Encryption, request => StreamEncryption.Start(request, services), Stream);
            Map("StopStreamEncryption", StreamsModel.Encryption, request => StreamEncryption.Stop(request, services), Stream);
            Map("PutResourcePolicy", StreamsModel.PutResourcePolicy, request => ResourcePolicies.Put(request, services), Resource);
            Map("GetResourcePolicy", StreamsModel.Resource, request => ResourcePolicies.Get(request, services), Resource);
            Map("DeleteResourcePolicy", StreamsModel.Resource, request => ResourcePolicies.Delete(request, services), Resource);
            Map("DescribeLimits", StreamsModel.Nothing, request => DescribeLimits.Handle(request, services), Everything);

            string Consumer(AwsRequest request) => ConsumerViews.ResourceOf(request, services.Catalog);

            AwsOperation Map(string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle, Func<AwsRequest, string> resource) =>
                routes.MapRpc(AwsService.Kinesis, name, handle).Requires($"kinesis:{name}", resource).Validates(model.Validate);
        }
    }

    static string Everything(AwsRequest request) => "*";

    static string Stream(AwsRequest request) => ArnOr(request, StreamArn.KeyOf(request));

    static string ArnOr(AwsRequest request, StreamKey? key) => (key ?? new StreamKey(request.AccountId, request.Region, "*")).Arn;

    static string Resource(AwsRequest request) => StreamArn.Text(request, "ResourceARN") ?? "*";
}
