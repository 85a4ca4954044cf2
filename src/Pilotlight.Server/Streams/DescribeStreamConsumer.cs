using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html</summary>
static class DescribeStreamConsumer
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var (key, consumer) = ConsumerViews.Existing(request, services);
        return AwsResult.Json(new DescribeConsumerOutput(ConsumerViews.Of(consumer, key.Arn, key.Arn)), StreamsJson.Wire.DescribeConsumerOutput);
    }
}
