namespace Pilotlight.Buckets;

/// <summary>Where one kind of event of a bucket goes.</summary>
/// <param name="Events">Such as <c>s3:ObjectCreated:*</c>.</param>
/// <param name="Prefix">Null where no rule names one; empty is a rule too.</param>
sealed record NotificationRule(string Id, string TargetArn, IReadOnlyList<string> Events, string? Prefix, string? Suffix)
{
    /// <summary>The order in which the filter's rules were given, for the answer.</summary>
    public bool IsSuffixFirst { get; init; }

    /// <param name="eventName">Such as <c>s3:ObjectCreated:Put</c>.</param>
    public bool Matches(string eventName, string key) =>
        (Prefix is null || key.StartsWith(Prefix, StringComparison.Ordinal)) && (Suffix is null || key.EndsWith(Suffix, StringComparison.Ordinal))
        && Events.Any(pattern => Covers(pattern, eventName));

    public static bool Covers(string pattern, string eventName) => pattern.EndsWith('*')
        ? eventName.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : pattern == eventName;
}

/// <summary>A bucket's notifications.</summary>
sealed record NotificationConfiguration(
    IReadOnlyList<NotificationRule> Functions, IReadOnlyList<NotificationRule> Queues, IReadOnlyList<NotificationRule> Topics, bool ToEventBridge)
{
    public static NotificationConfiguration None { get; } = new([], [], [], false);

    public IEnumerable<NotificationRule> All => [.. Functions, .. Queues, .. Topics];

    public bool IsEmpty => Functions.Count + Queues.Count + Topics.Count == 0 && !ToEventBridge;
}
