using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html</summary>
static class DecreaseStreamRetentionPeriod
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var hours = RetentionPeriod.Of(request);
        await services.ChangeAsync(StreamServices.KeyOf(request), stream =>
        {
            StreamServices.Active(stream);
            return hours <= stream.RetentionHours
                ? stream with { RetentionHours = hours }
                : throw StreamsErrors.InvalidArgument(
                    $"Requested retention period ({hours} hours) for stream {stream.Name} can not be longer than existing retention period "
                    + $"({stream.RetentionHours} hours). Use IncreaseRetentionPeriod API.").AsException();
        });
        return AwsResult.EmptyObject;
    }
}
