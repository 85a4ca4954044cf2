namespace Pilotlight.Logs;

/// <summary>A log group by the ARN that others use of it, with or without <c>:*</c> at its end.</summary>
readonly record struct LogGroupArn(LogScope Scope, string Group)
{
    public static LogGroupArn? TryParse(string arn)
    {
        if (arn.Split(':', 8) is not ["arn", _, "logs", { Length: > 0 } region, { Length: > 0 } account, "log-group", { Length: > 0 } group, .. var rest])
            return null;
        return rest is [] or ["*"] ? new LogGroupArn(new LogScope(account, region), group) : null;
    }
}
