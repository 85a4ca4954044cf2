using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html</summary>
static class DescribeLimits
{
    const int OnDemandStreams = 50;

    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var streams = services.Catalog.List(request.AccountId, request.Region).Values;
        return AwsResult.Json(
            new LimitsOutput(
                services.Options.ShardLimit, services.OpenShards(new StreamKey(request.AccountId, request.Region, "")),
                streams.Count(static stream => stream.Mode == DataStream.OnDemand), OnDemandStreams),
            StreamsJson.Wire.LimitsOutput);
    }
}
