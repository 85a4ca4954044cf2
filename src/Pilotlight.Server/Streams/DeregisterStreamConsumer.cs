using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html: answers while it goes on.</summary>
static class DeregisterStreamConsumer
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var (key, consumer) = ConsumerViews.Existing(request, services);
        await services.ChangeAsync(key, stream => stream with
        {
            Consumers = [.. stream.Consumers.Select(known => known.Name == consumer.Name ? known with { Status = DataStream.Deleting } : known)],
        });
        await services.Activator.SettleAsync(key);
        return AwsResult.EmptyObject;
    }
}
