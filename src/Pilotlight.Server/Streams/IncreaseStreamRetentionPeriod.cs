using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html</summary>
static class IncreaseStreamRetentionPeriod
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var hours = RetentionPeriod.Of(request);
        await services.ChangeAsync(StreamServices.KeyOf(request), stream =>
        {
            StreamServices.Active(stream);
            return hours >= stream.RetentionHours
                ? stream with { RetentionHours = hours }
                : throw StreamsErrors.InvalidArgument(
                    $"Requested retention period ({hours} hours) for stream {stream.Name} can not be shorter than existing retention period "
                    + $"({stream.RetentionHours} hours). Use DecreaseRetentionPeriod API.").AsException();
        });
        return AwsResult.EmptyObject;
    }
}

/// <summary>Both operations' rules for the period.</summary>
static class RetentionPeriod
{
    const int LeastHours = 24;
    const int MostHours = 8760;

    /// <exception cref="AwsException">Too short or too long.</exception>
    public static int Of(AwsRequest request)
    {
        var hours = request.Read(StreamsJson.Default.StreamRequest).RetentionPeriodHours!.Value;
        if (hours < LeastHours)
            throw StreamsErrors.InvalidArgument(
                $"Minimum allowed retention period is {LeastHours} hours. Requested retention period ({hours} hours) is too short.").AsException();
        if (hours > MostHours)
            throw StreamsErrors.InvalidArgument(
                $"Maximum allowed retention period is {MostHours} hours. Requested retention period ({hours} hours) is too long.").AsException();
        return hours;
    }
}
