using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Why something expires: it must still be so when it is deleted.</summary>
enum ExpiryKind
{
    Current,
    Noncurrent,
    LoneMarker,
}

/// <summary>One version that a rule lets expire.</summary>
sealed record Expiry(StoredObject Target, ExpiryKind Kind, LifecycleRule Rule);

/// <summary>The rules of a bucket.</summary>
/// <param name="Document">As it is stored.</param>
sealed record Lifecycle(string? Document, ImmutableArray<LifecycleRule> Rules)
{
    public static Lifecycle None { get; } = new(null, []);

    /// <summary>A document that was kept before it was read so closely lets nothing expire.</summary>
    public static Lifecycle Of(string? document)
    {
        if (document is null)
            return None;
        try
        {
            return new Lifecycle(document, LifecycleReader.Read(BucketXml.Parse(System.Text.Encoding.UTF8.GetBytes(document))));
        }
        catch (AwsException)
        {
            return new Lifecycle(document, []);
        }
    }

    /// <summary>The first of the rules that lets the current version expire.</summary>
    public (DateTimeOffset At, string RuleId)? ExpiryOf(StoredObject current) => First(rule => rule.ExpiryOf(current));

    public (DateTimeOffset At, string RuleId)? AbortOf(Upload upload) => First(rule => rule.AbortOf(upload));

    (DateTimeOffset At, string RuleId)? First(Func<LifecycleRule, DateTimeOffset?> when)
    {
        (DateTimeOffset At, string RuleId)? first = null;
        foreach (var rule in Rules)
        {
            if (when(rule) is { } at && at < DateTimeOffset.MaxValue && (first is null || at < first.Value.At))
                first = (at, rule.Id);
        }

        return first;
    }
}

/// <summary>Goes through the versions of a bucket by key, the newest first, and says which of them are due.</summary>
sealed class LifecycleWalk(Lifecycle lifecycle, DateTimeOffset now)
{
    StoredObject? _newer;
    StoredObject? _loneMarker;
    int _noncurrent;

    /// <summary>What is due now that this version is known: itself, or the marker of the key before.</summary>
    public IEnumerable<Expiry> Next(StoredObject version)
    {
        if (_newer?.Key == version.Key)
        {
            _loneMarker = null;
            var (since, newer) = (_newer.Modified, _noncurrent++);
            if (lifecycle.Rules.FirstOrDefault(rule => rule.IsNoncurrentDue(version, since, newer, now)) is { } rule)
                yield return new Expiry(version, ExpiryKind.Noncurrent, rule);
        }
        else
        {
            foreach (var before in End())
                yield return before;
            _noncurrent = 0;
            if (version.IsMarker)
                _loneMarker = version;
            else if (lifecycle.Rules.FirstOrDefault(rule => rule.ExpiryOf(version) <= now) is { } rule)
                yield return new Expiry(version, ExpiryKind.Current, rule);
        }

        _newer = version;
    }

    /// <summary>There is no further version.</summary>
    public IEnumerable<Expiry> End()
    {
        if (_loneMarker is { } marker && lifecycle.Rules.FirstOrDefault(rule => rule.IsLoneMarkerDue(marker, now)) is { } rule)
            yield return new Expiry(marker, ExpiryKind.LoneMarker, rule);
        _loneMarker = null;
    }
}
