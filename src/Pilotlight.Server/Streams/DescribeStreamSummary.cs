using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html</summary>
static class DescribeStreamSummary
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var stream = services.Existing(request);
        var summary = new StreamDescriptionSummary(
            stream.Name, stream.Arn, stream.Status, new StreamModeDetails(stream.Mode), stream.RetentionHours,
            Math.Floor(StreamServices.Seconds(stream.Created)), [new EnhancedMetrics(stream.ShardLevelMetrics)], stream.KeyId is null ? "NONE" : "KMS",
            stream.KeyId, ShardViews.Visible(stream).Count(static shard => !shard.IsClosed), stream.Consumers.Count,
            stream.WarmThroughputMiBps is { } warm ? new WarmThroughput(warm, warm) : null, stream.MaxRecordKiB);
        return AwsResult.Json(new DescribeStreamSummaryOutput(summary), StreamsJson.Wire.DescribeStreamSummaryOutput);
    }
}
