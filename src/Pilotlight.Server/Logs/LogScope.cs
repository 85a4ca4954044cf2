namespace Pilotlight.Logs;

/// <summary>Where log groups live: the same name in two regions is two groups.</summary>
readonly record struct LogScope(string AccountId, string Region)
{
    public string GroupArn(string group) => $"arn:aws:logs:{Region}:{AccountId}:log-group:{group}";

    public string StreamArn(string group, string stream) => $"{GroupArn(group)}:log-stream:{stream}";

    /// <summary>
    /// The name in a log group's ARN, or the identifier itself when it is a bare name. Null for another account, another region, or
    /// something else's ARN: nothing of that kind can be found here.
    /// </summary>
    public string? GroupName(string identifier)
    {
        if (!identifier.StartsWith("arn:", StringComparison.Ordinal))
            return identifier;
        var prefix = GroupArn("");
        if (!identifier.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        var name = identifier[prefix.Length..];
        if (name.EndsWith(":*", StringComparison.Ordinal))
            name = name[..^2];
        return name.Length == 0 || name.Contains(':') ? null : name;
    }
}
