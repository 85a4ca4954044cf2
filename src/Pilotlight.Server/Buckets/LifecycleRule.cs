namespace Pilotlight.Buckets;

/// <summary>Which objects a rule is for.</summary>
sealed record LifecycleFilter(string Prefix, IReadOnlyDictionary<string, string> Tags, long? LargerThan, long? SmallerThan)
{
    public static LifecycleFilter Everything { get; } = new("", new Dictionary<string, string>(), null, null);

    public bool HasSize => LargerThan is not null || SmallerThan is not null;

    public bool Matches(StoredObject target) =>
        target.Key.StartsWith(Prefix, StringComparison.Ordinal)
        && (LargerThan is not { } larger || target.Size > larger) && (SmallerThan is not { } smaller || target.Size < smaller)
        && Tags.All(tag => target.Head.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);
}

/// <summary>
/// What one rule of a lifecycle lets expire. Transitions are kept in the configuration and not done: there is one class of storage here.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
/// </summary>
sealed record LifecycleRule(string Id, bool IsEnabled, LifecycleFilter Filter)
{
    public int? ExpirationDays { get; init; }

    public DateTimeOffset? ExpirationDate { get; init; }

    /// <summary>Delete markers behind which nothing is left.</summary>
    public bool ExpiresLoneMarkers { get; init; }

    public int? NoncurrentDays { get; init; }

    /// <summary>So many of a key are kept, however old.</summary>
    public int NoncurrentKept { get; init; }

    public int? AbortDays { get; init; }

    /// <summary>When the current version, or a marker that is alone, expires by its age; null for never.</summary>
    public DateTimeOffset? ExpiryOf(StoredObject current) =>
        !IsEnabled || !Filter.Matches(current) ? null : ExpirationDays is { } days ? After(current.Modified, days) : ExpirationDate;

    public bool IsLoneMarkerDue(StoredObject marker, DateTimeOffset now) =>
        IsEnabled && Filter.Matches(marker) && (ExpiresLoneMarkers || ExpiryOf(marker) <= now);

    /// <param name="since">When its successor was made.</param>
    /// <param name="newer">How many noncurrent versions of its key are newer.</param>
    public bool IsNoncurrentDue(StoredObject version, DateTimeOffset since, int newer, DateTimeOffset now) =>
        IsEnabled && NoncurrentDays is { } days && newer >= NoncurrentKept && Filter.Matches(version) && After(since, days) <= now;

    /// <summary>When an upload that is not completed is aborted; null for never.</summary>
    public DateTimeOffset? AbortOf(Upload upload) =>
        IsEnabled && AbortDays is { } days && upload.Key.StartsWith(Filter.Prefix, StringComparison.Ordinal) ? After(upload.Initiated, days) : null;

    /// <summary>As S3 counts: the days are added, and then comes the next midnight UTC.</summary>
    public static DateTimeOffset After(DateTimeOffset from, int days)
    {
        if ((DateTimeOffset.MaxValue - from).TotalDays < days + 2.0)
            return DateTimeOffset.MaxValue;
        var exact = from.UtcDateTime.AddDays(days);
        return new DateTimeOffset(exact.TimeOfDay == TimeSpan.Zero ? exact : exact.Date.AddDays(1), TimeSpan.Zero);
    }
}
