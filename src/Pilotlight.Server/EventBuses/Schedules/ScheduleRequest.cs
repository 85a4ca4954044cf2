using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class ScheduleRequest
{
    /// <exception cref="AwsException">A member has the wrong type, or the window does not fit its mode.</exception>
    public static Schedule Read(AwsRequest request, DateTimeOffset now)
    {
        var scope = BusScope.Of(request);
        return new Schedule
        {
            AccountId = scope.AccountId,
            Region = scope.Region,
            Group = request.Text("GroupName") ?? ScheduleGroup.Default,
            Name = request.Path("Name"),
            Expression = request.Required("ScheduleExpression"),
            TimeZone = request.Text("ScheduleExpressionTimezone") ?? "UTC",
            State = request.Text("State") ?? "ENABLED",
            Description = request.Text("Description"),
            StartDate = request.Time("StartDate"),
            EndDate = request.Time("EndDate"),
            WindowMinutes = Window(request),
            KmsKeyArn = request.Text("KmsKeyArn"),
            ActionAfterCompletion = request.Text("ActionAfterCompletion") ?? "NONE",
            Target = Target(request),
            ClientToken = request.Text("ClientToken"),
            CreatedAt = now,
            ModifiedAt = now,
            AnchoredAt = now,
        };
    }

    /// <summary>AWS shows the retry policy that holds, asked for or not.</summary>
    public static ScheduleTarget Shown(ScheduleTarget target) => target with
    {
        RetryPolicy = new RetryPolicy(target.RetryPolicy?.MaximumRetryAttempts ?? 185, target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400),
    };

    public static BusPage<T> Page<T>(AwsRequest request, IEnumerable<KeyValuePair<string, T>> sorted) =>
        BusPage<T>.Of(sorted, request.Query("NextToken"), request.Query("MaxResults") is { Length: > 0 } most ? int.Parse(most, System.Globalization.CultureInfo.InvariantCulture) : 100);

    static int? Window(AwsRequest request)
    {
        var window = request.Structure("FlexibleTimeWindow")!.Value;
        var minutes = window.TryGetProperty("MaximumWindowInMinutes", out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : (int?)null;
        if (BusRequest.Member(window, "Mode") == "OFF")
            return minutes is null ? null : throw AwsError.Validation("MaximumWindowInMinutes must not be set when the mode of FlexibleTimeWindow is OFF.").AsException();
        return minutes ?? throw AwsError.Validation("MaximumWindowInMinutes must be set when the mode of FlexibleTimeWindow is FLEXIBLE.").AsException();
    }

    static ScheduleTarget Target(AwsRequest request)
    {
        try
        {
            return request.Structure("Target")!.Value.Deserialize(BusesJson.Default.ScheduleTarget)!;
        }
        catch (JsonException)
        {
            throw AwsError.Serialization("A member of the request has a value of the wrong type.").AsException();
        }
    }
}
