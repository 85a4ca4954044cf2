using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>AWS's words about event source mappings.</summary>
static class MappingErrors
{
    public static AwsError NotFound { get; } = AwsError.NotFound("The resource you requested does not exist.");

    public static AwsError InUse { get; } = new(
        400, "ResourceInUseException", "Cannot update the event source mapping because it is in use.");

    public static AwsError UnrecognizedSource { get; } = AwsError.InvalidParameter("Unrecognized event source.");

    public static AwsError NoFunction { get; } = AwsError.InvalidParameter("Function does not exist");

    public static AwsError StartingPositionMissing { get; } = AwsError.InvalidParameter(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");

    public static AwsError StartingPositionOfQueue { get; } = AwsError.InvalidParameter("StartingPosition is not valid for SQS event sources.");

    public static AwsError TimestampWithoutPosition { get; } = AwsError.InvalidParameter("Timestamp only valid with StartingPosition AT_TIMESTAMP");

    public static AwsError NoTimestamp { get; } = AwsError.InvalidParameter(
        "Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp");

    public static AwsError TimestampMissing { get; } = Missing("startingPositionTimestamp");

    public static AwsError UnsupportedPosition(string arn) => AwsError.InvalidParameter($"Unsupported starting position for arn type: {arn}");

    public static AwsError InvalidFilter { get; } = AwsError.InvalidParameter("Invalid filter pattern definition.");

    public static AwsError WindowMissing { get; } = AwsError.InvalidParameter(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");

    public static AwsError Unsupported(string parameter) => AwsError.InvalidParameter(
        $"Unsupported {parameter} parameter for given event source mapping type.");

    /// <param name="parameter">As AWS's services write it, with a small first letter.</param>
    public static AwsError Missing(string parameter) => AwsError.InvalidParameter($"Required '{parameter}' parameter is missing.");

    // AWS documents these rules; its words are not recorded.

    public static AwsError BatchTooLarge(int most) => AwsError.InvalidParameter($"BatchSize must not be greater than {most} for the given event source.");

    public static AwsError TooManyFilters(int most) => AwsError.InvalidParameter($"Maximum number of filters per event source mapping is {most}.");

    public static AwsError RecordAge { get; } = AwsError.InvalidParameter("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");

    public static AwsError WindowWithParallelization { get; } = AwsError.InvalidParameter(
        "ParallelizationFactor must be 1 when TumblingWindowInSeconds is set.");

    public static AwsError PollersOutOfOrder { get; } = AwsError.InvalidParameter("MinimumPollers must not be greater than MaximumPollers.");

    public static AwsError ScalingWithPollers { get; } = AwsError.InvalidParameter(
        "ScalingConfig and ProvisionedPollerConfig cannot be used together.");

    public static AwsError InvalidDestination(Functions.DestinationConfig config) => AwsError.InvalidParameter(
        $"The provided destination config {config} is invalid.");

    public static AwsError Exists(EventSourceMapping known, EventSourceKind kind, string function)
    {
        var what = kind switch
        {
            { IsQueue: true } => $"An event source mapping with SQS arn (\" {known.Source.EventSourceArn} \") and function (\" {function} \") already exists.",
            { IsKafka: true } =>
                $"An event source mapping with event source (\"{string.Join(',', MappingRules.SourcesOf(known.Source))}\"), "
                + $"function (\"{known.FunctionArn}\"), topics (\"{string.Join(',', known.Source.Topics ?? [])}\") already exists.",
            _ => $"The event source arn (\" {known.Source.EventSourceArn} \") and function (\" {function} \") provided mapping already exists.",
        };
        return AwsError.Conflict($"{what} Please update or delete the existing mapping with UUID {known.Id}");
    }
}
