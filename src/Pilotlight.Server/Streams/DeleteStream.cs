using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html: answers while it goes on.</summary>
static class DeleteStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        await services.ChangeAsync(key, stream =>
        {
            if (stream.Status == DataStream.Deleting)
                return stream;
            if (stream.Consumers.Count > 0 && input.EnforceConsumerDeletion != true)
                throw StreamsErrors.InUse(
                    $"Stream {key.Name} under account {key.AccountId} has registered consumers. Deregister them, or set EnforceConsumerDeletion.").AsException();
            return stream with { Status = DataStream.Deleting };
        });
        await services.Activator.SettleAsync(key);
        return AwsResult.EmptyObject;
    }
}
