using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class ScheduleErrors
{
    public static AwsError NoSchedule(string name) => AwsError.NotFound($"Schedule {name} does not exist.");

    public static AwsError NoGroup(string name) => AwsError.NotFound($"Schedule group {name} does not exist.");

    public static AwsError GroupExists(string name) => AwsError.Conflict($"Schedule group {name} already exists.").AsConflict();

    /// <summary>As Scheduler codes it.</summary>
    public static AwsError AsConflict(this AwsError error) => error with { Code = "ConflictException" };
}
