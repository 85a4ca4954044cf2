using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html</summary>
static class UpdateMaxRecordSize
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await services.UpdateAsync(
            StreamServices.KeyOf(request), stream => stream with { Status = DataStream.Updating, MaxRecordKiB = input.MaxRecordSizeInKiB!.Value });
        return AwsResult.EmptyObject;
    }
}
