using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Streams;

/// <summary>PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy, of streams and of consumers.</summary>
static class ResourcePolicies
{
    const int MaxCharacters = 20_480;

    public static async ValueTask<AwsResult> Put(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        if (input.Policy!.Length > MaxCharacters)
            return StreamsErrors.LimitExceeded($"A resource policy has at most {MaxCharacters} characters.");
        if (Policy.TryParse(input.Policy, PolicyKind.Resource, input.ResourceARN!, out var error) is null)
            return StreamsErrors.InvalidArgument($"Invalid resource policy: {error!.Message}");
        await SetAsync(input.ResourceARN!, new StreamPolicy(input.Policy), services);
        return AwsResult.EmptyObject;
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, StreamServices services)
    {
        var (key, consumer) = StreamTags.Locate(request.Read(StreamsJson.Default.StreamRequest).ResourceARN!, services);
        var policy = consumer is null ? services.Existing(key).Policy : consumer.Policy;
        return policy is null ? NoPolicy(key) : AwsResult.Json(new PolicyOutput(policy.Document), StreamsJson.Wire.PolicyOutput);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, StreamServices services)
    {
        var arn = request.Read(StreamsJson.Default.StreamRequest).ResourceARN!;
        var (key, consumer) = StreamTags.Locate(arn, services);
        if ((consumer is null ? services.Existing(key).Policy : consumer.Policy) is null)
            return NoPolicy(key);
        await SetAsync(arn, null, services);
        return AwsResult.EmptyObject;
    }

    static Task SetAsync(string arn, StreamPolicy? policy, StreamServices services)
    {
        var (key, consumer) = StreamTags.Locate(arn, services);
        return services.ChangeAsync(key, stream => consumer is null
            ? stream with { Policy = policy }
            : stream with { Consumers = [.. stream.Consumers.Select(known => known.Name == consumer.Name ? known with { Policy = policy } : known)] });
    }

    static AwsError NoPolicy(StreamKey key) => StreamsErrors.NotFound($"No resource policy is attached to the resource of stream {key.Name} under account {key.AccountId}.");
}
