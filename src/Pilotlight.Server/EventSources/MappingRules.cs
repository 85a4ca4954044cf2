using System.Globalization;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Patterns;

namespace Pilotlight.EventSources;

/// <summary>What AWS refuses, per kind of source, in its order of checks (spec/api.md 10).</summary>
static class MappingRules
{
    const int MaxFilters = 5;
    const int LargestPlainBatch = 10;

    /// <summary>The source that a request to create names.</summary>
    /// <exception cref="AwsException">There is none, or it cannot be polled from there.</exception>
    public static (EventSourceKind Kind, MappingSource Source) SourceOf(MappingRequest request)
    {
        RefuseSuccessDestination(request);
        if (request.SelfManagedEventSource is not null && request.SourceAccessConfigurations is null)
            throw MappingErrors.Missing("sourceAccessConfigurations").AsException();
        var kind = request.SelfManagedEventSource is not null
            ? EventSourceKind.SelfManagedKafka
            : (request.EventSourceArn is { } arn ? EventSourceKind.Of(arn) : null) ?? throw MappingErrors.UnrecognizedSource.AsException();
        CheckPosition(kind, request);
        return (kind, new MappingSource
        {
            EventSourceArn = request.SelfManagedEventSource is null ? request.EventSourceArn : null,
            SelfManagedEventSource = request.SelfManagedEventSource,
            Topics = request.Topics,
            Queues = request.Queues,
            StartingPosition = request.StartingPosition,
            StartingPositionTimestamp = TimestampOf(request),
        });
    }

    /// <exception cref="AwsException">A setting that the kind does not know, or that does not go with another.</exception>
    public static void Check(EventSourceKind kind, MappingSource source, MappingSettings settings)
    {
        RefuseUnknown(kind, source, settings);
        if (settings.BatchSize > kind.MaxBatchSize)
            throw MappingErrors.BatchTooLarge(kind.MaxBatchSize).AsException();
        if (kind == EventSourceKind.Sqs && settings is { BatchSize: > LargestPlainBatch, MaximumBatchingWindowInSeconds: null or 0 })
            throw MappingErrors.WindowMissing.AsException();
        CheckFilters(settings.FilterCriteria);
        if (kind.IsKafka && source.Topics is null)
            throw MappingErrors.Missing("topics").AsException();
        if (kind == EventSourceKind.Mq && source.Queues is null)
            throw MappingErrors.Missing("queues").AsException();
        if (kind == EventSourceKind.Mq && settings.SourceAccessConfigurations is null)
            throw MappingErrors.Missing("sourceAccessConfigurations").AsException();
        if (kind == EventSourceKind.DocumentDb && settings.DocumentDBEventSourceConfig?.DatabaseName is null)
            throw MappingErrors.Missing("databaseName").AsException();
        if (settings.MaximumRecordAgeInSeconds is >= 0 and < 60)
            throw MappingErrors.RecordAge.AsException();
        if (settings is { TumblingWindowInSeconds: > 0, ParallelizationFactor: > 1 })
            throw MappingErrors.WindowWithParallelization.AsException();
        if (settings.ProvisionedPollerConfig is { MinimumPollers: { } least, MaximumPollers: { } most } && least > most)
            throw MappingErrors.PollersOutOfOrder.AsException();
        if (settings is { ScalingConfig.MaximumConcurrency: not null, ProvisionedPollerConfig: not null })
            throw MappingErrors.ScalingWithPollers.AsException();
        CheckFailureDestination(kind, settings);
    }

    /// <summary>Streams and queues have no use for the records that went well.</summary>
    public static void RefuseSuccessDestination(MappingSettings settings)
    {
        if (settings.DestinationConfig?.OnSuccess is not null)
            throw MappingErrors.Unsupported("DestinationConfig").AsException();
    }

    /// <summary>What makes two mappings of one function the same: an ARN, or bootstrap servers.</summary>
    public static IEnumerable<string> SourcesOf(MappingSource source) => source.EventSourceArn is { } arn
        ? [arn]
        : source.SelfManagedEventSource?.Endpoints?.Values.SelectMany(servers => servers) ?? [];

    public static bool AreTheSame(EventSourceMapping known, MappingSource source) =>
        SourcesOf(known.Source).Intersect(SourcesOf(source)).Any()
        && (source.Topics is not { } topics || topics.Intersect(known.Source.Topics ?? []).Any())
        && (source.Queues is not { } queues || queues.Intersect(known.Source.Queues ?? []).Any());

    static void CheckPosition(EventSourceKind kind, MappingRequest request)
    {
        var (position, timestamp) = (request.StartingPosition, request.StartingPositionTimestamp);
        if (kind.IsQueue)
        {
            if (position is not null || timestamp is not null)
                throw MappingErrors.StartingPositionOfQueue.AsException();
            return;
        }

        if (kind == EventSourceKind.Mq && (position is not null || timestamp is not null))
            throw MappingErrors.Unsupported("StartingPosition").AsException();
        if (kind.IsStream && position is null)
            throw MappingErrors.StartingPositionMissing.AsException();
        if (kind == EventSourceKind.DynamoDb && position == "AT_TIMESTAMP")
            throw MappingErrors.UnsupportedPosition(request.EventSourceArn!).AsException();
        if (timestamp is not null && position != "AT_TIMESTAMP")
            throw MappingErrors.TimestampWithoutPosition.AsException();
        if (timestamp is null && position == "AT_TIMESTAMP")
            throw MappingErrors.TimestampMissing.AsException();
    }

    static double? TimestampOf(MappingRequest request)
    {
        if (request.StartingPositionTimestamp is not { ValueKind: not JsonValueKind.Null } json)
            return null;
        double seconds;
        if (json.ValueKind == JsonValueKind.Number)
            seconds = json.GetDouble();
        else if (DateTimeOffset.TryParse(json.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            seconds = time.ToUnixTimeMilliseconds() / 1000.0;
        else
            throw AwsError.Serialization("STRING_VALUE can not be converted to a Timestamp").AsException();
        return seconds is >= 0 and < 253_402_300_800 ? seconds : throw MappingErrors.NoTimestamp.AsException();
    }

    static void CheckFilters(FilterCriteria? criteria)
    {
        foreach (var filter in criteria?.Filters ?? [])
        {
            if (EventPattern.TryParse(filter?.Pattern, PatternDialect.Mappings) is null)
                throw MappingErrors.InvalidFilter.AsException();
        }

        if (criteria?.Filters?.Count > MaxFilters)
            throw MappingErrors.TooManyFilters(MaxFilters).AsException();
    }

    static void CheckFailureDestination(EventSourceKind kind, MappingSettings settings)
    {
        if (settings.DestinationConfig is not { OnFailure.Destination: { Length: > 0 } arn } config)
            return;
        var service = arn.Split(':') is ["arn", _, var named, ..] ? named : arn.StartsWith("kafka://", StringComparison.Ordinal) ? "kafka://" : "";
        var fits = service is "s3" || (service is "sqs" or "sns" && !arn.EndsWith(".fifo", StringComparison.Ordinal)) || (service == "kafka://" && kind.IsKafka);
        if (!fits)
            throw MappingErrors.InvalidDestination(config).AsException();
    }

    static void RefuseUnknown(EventSourceKind kind, MappingSource source, MappingSettings settings)
    {
        Refuse("MaximumBatchingWindowInSeconds", settings.MaximumBatchingWindowInSeconds is > 0);
        Refuse("ParallelizationFactor", settings.ParallelizationFactor is not null);
        Refuse("DestinationConfig", settings.DestinationConfig is { OnFailure.Destination.Length: > 0 });
        Refuse("MaximumRecordAgeInSeconds", settings.MaximumRecordAgeInSeconds is not null);
        Refuse("BisectBatchOnFunctionError", settings.BisectBatchOnFunctionError is not null);
        Refuse("MaximumRetryAttempts", settings.MaximumRetryAttempts is not null);
        Refuse("TumblingWindowInSeconds", settings.TumblingWindowInSeconds is not null);
        Refuse("Topics", source.Topics is not null);
        Refuse("Queues", source.Queues is not null);
        Refuse("SourceAccessConfigurations", settings.SourceAccessConfigurations is { Count: > 0 });
        Refuse("FunctionResponseTypes", settings.FunctionResponseTypes is { Count: > 0 });
        Refuse("AmazonManagedKafkaEventSourceConfig", settings.AmazonManagedKafkaEventSourceConfig is not null);
        Refuse("SelfManagedKafkaEventSourceConfig", settings.SelfManagedKafkaEventSourceConfig is not null);
        Refuse("ScalingConfig", settings.ScalingConfig is { MaximumConcurrency: not null });
        Refuse("DocumentDBEventSourceConfig", settings.DocumentDBEventSourceConfig is not null);
        Refuse("MetricsConfig", settings.MetricsConfig is { Metrics.Count: > 0 });
        Refuse("LoggingConfig", settings.LoggingConfig is { SystemLogLevel: not null });
        Refuse("ProvisionedPollerConfig", settings.ProvisionedPollerConfig is { MinimumPollers: not null } or { MaximumPollers: not null });

        void Refuse(string parameter, bool given)
        {
            if (given && !kind.Knows(parameter))
                throw MappingErrors.Unsupported(parameter).AsException();
        }
    }
}
