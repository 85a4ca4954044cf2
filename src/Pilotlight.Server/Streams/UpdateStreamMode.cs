using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html: shards stay as they are.</summary>
static class UpdateStreamMode
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var mode = input.StreamModeDetails!.StreamMode!;
        if (mode == DataStream.Provisioned && input.WarmThroughputMiBps is not null)
            return AwsError.Validation("WarmThroughputMiBps can only be specified when StreamMode is ON_DEMAND.");
        await services.UpdateAsync(StreamServices.KeyOf(request), stream => stream with
        {
            Status = DataStream.Updating,
            Mode = mode,
            WarmThroughputMiBps = mode == DataStream.OnDemand ? input.WarmThroughputMiBps ?? stream.WarmThroughputMiBps : null,
        });
        return AwsResult.EmptyObject;
    }
}
