using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>What a schedule must be like.</summary>
static class ScheduleRules
{
    public static AwsError? Refuse(Schedule asked)
    {
        if (ScheduleExpression.TryParseSchedule(asked.Expression) is not { } expression)
            return AwsError.Validation($"Invalid Schedule Expression {asked.Expression}.");
        if (ScheduleZone.TryFind(asked.TimeZone) is null)
            return AwsError.Validation($"Invalid Schedule Expression Timezone {asked.TimeZone}.");
        if (expression is not ScheduleExpression.At && asked.StartDate >= asked.EndDate)
            return AwsError.Validation("The StartDate must be before the EndDate.");
        return RefuseTarget(asked.Target, asked.Scope);
    }

    static AwsError? RefuseTarget(ScheduleTarget target, BusScope scope)
    {
        if (UniversalTarget.IsOne(target.Arn))
            return UniversalTarget.TryRead(target.Arn, target.Input, scope, out var refusal) is null ? AwsError.Validation(refusal) : null;
        if (target.Arn.Split(':', 6) is not ["arn", { Length: > 0 }, { Length: > 0 } service, _, _, { Length: > 0 }])
            return AwsError.Validation($"Parameter Target.Arn is not valid. Reason: Provided Arn is not in correct format.");
        return service switch
        {
            "events" when target.EventBridgeParameters is null => AwsError.Validation("EventBridgeParameters must be specified for an event bus target."),
            "kinesis" when target.KinesisParameters is null => AwsError.Validation("KinesisParameters must be specified for a Kinesis target."),
            "sqs" when target.Arn.EndsWith(".fifo", StringComparison.Ordinal) && string.IsNullOrEmpty(target.SqsParameters?.MessageGroupId) =>
                AwsError.Validation("SqsParameters must be specified for a FIFO queue target."),
            _ => null,
        };
    }
}
