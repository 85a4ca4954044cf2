using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>
/// EnableEnhancedMonitoring and DisableEnhancedMonitoring: which metrics a stream is to have is kept and shown; the platform has one set of
/// metrics for all.
/// </summary>
static class EnhancedMonitoring
{
    static readonly string[] s_all =
    [
        "IncomingBytes", "IncomingRecords", "IteratorAgeMilliseconds", "OutgoingBytes", "OutgoingRecords", "ReadProvisionedThroughputExceeded",
        "WriteProvisionedThroughputExceeded",
    ];

    public static ValueTask<AwsResult> Enable(AwsRequest request, StreamServices services) =>
        ChangeAsync(request, services, static (current, named) => current.Union(named));

    public static ValueTask<AwsResult> Disable(AwsRequest request, StreamServices services) =>
        ChangeAsync(request, services, static (current, named) => current.Except(named));

    static async ValueTask<AwsResult> ChangeAsync(
        AwsRequest request, StreamServices services, Func<IEnumerable<string>, IEnumerable<string>, IEnumerable<string>> change)
    {
        var given = request.Read(StreamsJson.Default.StreamRequest).ShardLevelMetrics!;
        var named = given.Contains("ALL") ? s_all : given;
        var key = StreamServices.KeyOf(request);
        IReadOnlyList<string> before = [];
        var changed = await services.ChangeAsync(key, stream =>
        {
            before = StreamServices.Active(stream).ShardLevelMetrics;
            return stream with { ShardLevelMetrics = [.. change(before, named).Order(StringComparer.Ordinal)] };
        });
        return AwsResult.Json(new MonitoringOutput(key.Name, before, changed.ShardLevelMetrics, key.Arn), StreamsJson.Wire.MonitoringOutput);
    }
}
