using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>What EventBridge refuses, in its words.</summary>
static class BusErrors
{
    public static AwsError NoBus(string name) => NotFound($"Event bus {name} does not exist.");

    public static AwsError BusExists(string name) => new(400, "ResourceAlreadyExistsException", $"Event bus {name} already exists.");

    public static AwsError NoRule(string rule, string bus) => NotFound($"Rule {rule} does not exist on EventBus {bus}.");

    public static AwsError NoArchive(string name) => NotFound($"Archive {name} does not exist.");

    public static AwsError ArchiveExists(string name) => new(400, "ResourceAlreadyExistsException", $"Archive {name} already exists.");

    public static AwsError NoReplay(string name) => NotFound($"Replay {name} does not exist.");

    public static AwsError ReplayExists(string name) => new(400, "ResourceAlreadyExistsException", $"Replay {name} already exists.");

    public static AwsError TooMany { get; } = new(400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.");

    public static AwsError Pattern(string reason) => new(400, "InvalidEventPatternException", $"Event pattern is not valid. Reason: {reason}");

    public static AwsError NotFound(string message) => new(400, "ResourceNotFoundException", message);

    public static AwsError Invalid(string parameter, string? reason = null) =>
        AwsError.Validation($"Parameter {parameter} is not valid.{(reason is null ? "" : $" Reason: {reason}")}");
}
