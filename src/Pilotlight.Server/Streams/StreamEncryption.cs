using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>StartStreamEncryption and StopStreamEncryption: kept and shown. Records lie in the data folder as everything does.</summary>
static class StreamEncryption
{
    public static async ValueTask<AwsResult> Start(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        if (input.EncryptionType != "KMS")
            return StreamsErrors.InvalidArgument("The only valid value for EncryptionType is KMS.");
        await services.UpdateAsync(StreamServices.KeyOf(request), stream => stream with { Status = DataStream.Updating, KeyId = input.KeyId });
        return AwsResult.EmptyObject;
    }

    public static async ValueTask<AwsResult> Stop(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        if (input.EncryptionType != "KMS")
            return StreamsErrors.InvalidArgument("The only valid value for EncryptionType is KMS.");
        await services.UpdateAsync(StreamServices.KeyOf(request), stream => stream with { Status = DataStream.Updating, KeyId = null });
        return AwsResult.EmptyObject;
    }
}
