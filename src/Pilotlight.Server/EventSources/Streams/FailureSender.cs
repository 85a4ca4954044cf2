using Pilotlight.Targets;

namespace Pilotlight.EventSources;

/// <summary>Tells the on-failure destination of a mapping what was given up. What cannot be told is logged, and polling goes on.</summary>
sealed partial class FailureSender(MappingRun run, ILogger log)
{
    const int MostAttempts = 6;

    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);

    public async Task SendAsync(StreamFailure failure, RecordSurroundings surroundings, CancellationToken stopping)
    {
        if (run.FailureDestination is not { } destination)
            return;
        var isBucket = destination.Split(':') is [_, _, "s3", ..];
        using var record = new BatchPayload();
        failure.Write(record, run, surroundings, failure.Result?.RequestId is { Length: > 0 } id ? id : Guid.NewGuid().ToString(), isBucket);
        var key = isBucket ? StreamFailure.ObjectKey(run.Mapping.Id, surroundings.ShardId, run.Time.GetUtcNow()) : null;
        var pause = s_firstPause;
        for (var attempt = 1; ; attempt++)
        {
            var result = await run.SendFailureAsync(record.Written, key, stopping);
            if (result.IsDelivered)
                return;
            if (result.End != DeliveryEnd.Failed || attempt == MostAttempts)
            {
                NotTold(run.Mapping.Id, destination, result.Message ?? result.End.ToString());
                return;
            }

            await Task.Delay(pause, run.Time, stopping);
            pause *= 2;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event source mapping {Id} could not tell {Destination} of a batch that was given up: {Reason}")]
    partial void NotTold(string id, string destination, string reason);
}
