using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Reads a lifecycle, and refuses what S3 refuses (https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html).</summary>
static class LifecycleReader
{
    const int MaxRules = 1000;
    const int MaxKept = 100;
    const int MinInfrequentDays = 30;

    static readonly HashSet<string> s_classes = new(StringComparer.Ordinal)
    {
        "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR",
    };

    /// <summary>Gives rules without an id one.</summary>
    /// <exception cref="AwsException">S3 would not keep it.</exception>
    public static ImmutableArray<LifecycleRule> Read(XElement configuration)
    {
        var elements = configuration.Children("Rule").ToList();
        if (elements.Count is 0 or > MaxRules)
            throw BucketErrors.MalformedXml.AsException();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. elements.Select(element =>
            {
                var rule = ReadRule(element);
                return ids.Add(rule.Id) ? rule : throw Invalid("Rule ID must be unique. Found same ID for more than one rule", "ID", rule.Id);
            }),
        ];
    }

    static LifecycleRule ReadRule(XElement element)
    {
        var isEnabled = element.Required("Status") switch
        {
            "Enabled" => true,
            "Disabled" => false,
            _ => throw BucketErrors.MalformedXml.AsException(),
        };
        if (!element.Elements().Any(static child => child.Name.LocalName is "Expiration" or "Transition" or "NoncurrentVersionExpiration"
            or "NoncurrentVersionTransition" or "AbortIncompleteMultipartUpload"))
            throw BucketErrors.InvalidRequest("At least one action needs to be specified in a rule").AsException();
        var rule = new LifecycleRule(IdOf(element), isEnabled, FilterOf(element));
        rule = WithAbort(WithNoncurrent(WithExpiration(rule, element), element), element);
        CheckTransitions(rule, element);
        return rule;
    }

    static string IdOf(XElement element)
    {
        var id = element.Text("ID");
        if (string.IsNullOrEmpty(id))
        {
            element.Child("ID")?.Remove();
            element.AddFirst(new XElement(element.Name.Namespace + "ID", id = Guid.NewGuid().ToString()));
        }

        return id.Length <= 255 ? id : throw Invalid("ID length should not exceed allowed limit of 255", "ID", id);
    }

    /// <summary>A rule has a filter, which may be empty, or a prefix as in older days.</summary>
    static LifecycleFilter FilterOf(XElement element)
    {
        var (filter, prefix) = (element.Child("Filter"), element.Text("Prefix"));
        if (filter is null == prefix is null)
            throw BucketErrors.MalformedXml.AsException();
        if (filter is null)
            return LifecycleFilter.Everything with { Prefix = prefix! };
        var children = filter.Elements().ToList();
        if (children.Count > 1)
            throw BucketErrors.MalformedXml.AsException();
        return children.Count == 0 ? LifecycleFilter.Everything : PredicatesOf(filter.Child("And") ?? filter);
    }

    static LifecycleFilter PredicatesOf(XElement element)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in element.Children("Tag"))
        {
            if (!tags.TryAdd(tag.Required("Key"), tag.Required("Value")))
                throw BucketErrors.InvalidRequest("Duplicate Tag Keys are not allowed.").AsException();
        }

        if (element.Elements().Any(static child => child.Name.LocalName is not ("Prefix" or "Tag" or "ObjectSizeGreaterThan" or "ObjectSizeLessThan")))
            throw BucketErrors.MalformedXml.AsException();
        var filter = new LifecycleFilter(element.Text("Prefix") ?? "", tags, SizeOf(element, "ObjectSizeGreaterThan"), SizeOf(element, "ObjectSizeLessThan"));
        return filter.LargerThan >= filter.SmallerThan
            ? throw BucketErrors.InvalidRequest("'ObjectSizeLessThan' should be greater than 'ObjectSizeGreaterThan'").AsException()
            : filter;
    }

    static LifecycleRule WithExpiration(LifecycleRule rule, XElement element)
    {
        if (element.Child("Expiration") is not { } expiration)
            return rule;
        if (expiration.Elements().Count() != 1)
            throw BucketErrors.MalformedXml.AsException();
        if (expiration.Text("Days") is not null)
            return rule with { ExpirationDays = DaysOf(expiration, "Days", "Expiration") };
        if (expiration.Text("Date") is { } date)
            return rule with { ExpirationDate = DateOf(date) };
        if (!bool.TryParse(expiration.Required("ExpiredObjectDeleteMarker"), out var expires))
            throw BucketErrors.MalformedXml.AsException();
        if (rule.Filter.Tags.Count > 0)
            throw BucketErrors.InvalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.").AsException();
        return rule with { ExpiresLoneMarkers = expires };
    }

    static LifecycleRule WithNoncurrent(LifecycleRule rule, XElement element)
    {
        if (element.Child("NoncurrentVersionExpiration") is not { } expiration)
            return rule;
        var kept = expiration.Text("NewerNoncurrentVersions") is null
            ? 0
            : NumberOf(expiration, "NewerNoncurrentVersions") is > 0 and <= MaxKept and var given
            ? given
            : throw Invalid("NewerNoncurrentVersions for NoncurrentVersionExpiration action must be a positive integer", "NewerNoncurrentVersions", expiration.Text("NewerNoncurrentVersions"));
        return rule with { NoncurrentDays = DaysOf(expiration, "NoncurrentDays", "NoncurrentVersionExpiration"), NoncurrentKept = kept };
    }

    static LifecycleRule WithAbort(LifecycleRule rule, XElement element)
    {
        if (element.Child("AbortIncompleteMultipartUpload") is not { } abort)
            return rule;
        if (rule.Filter.Tags.Count > 0)
            throw BucketErrors.InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.").AsException();
        if (rule.Filter.HasSize)
            throw BucketErrors.InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.").AsException();
        return rule with { AbortDays = DaysOf(abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload") };
    }

    static void CheckTransitions(LifecycleRule rule, XElement element)
    {
        foreach (var transition in element.Children("Transition"))
        {
            var storage = ClassOf(transition);
            if (transition.Text("Days") is null == transition.Text("Date") is null)
                throw BucketErrors.MalformedXml.AsException();
            if (transition.Text("Date") is { } date)
            {
                DateOf(date);
                continue;
            }

            var days = NumberOf(transition, "Days");
            if (days < 0)
                throw Invalid("'Days' in Transition action must be nonnegative", "Days", transition.Text("Days"));
            if (storage is "STANDARD_IA" or "ONEZONE_IA" && days < MinInfrequentDays)
                throw Invalid($"'Days' in Transition action must be greater than or equal to 30 for storageClass '{storage}'", "Days", transition.Text("Days"));
            if (rule.ExpirationDays <= days)
                throw Invalid($"'Days' in the Expiration action for filter '(prefix={rule.Filter.Prefix})' must be greater than 'Days' in the Transition action", "Days", transition.Text("Days"));
        }

        foreach (var transition in element.Children("NoncurrentVersionTransition"))
        {
            ClassOf(transition);
            if (NumberOf(transition, "NoncurrentDays") < 0)
                throw Invalid("'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative", "NoncurrentDays", transition.Text("NoncurrentDays"));
        }
    }

    static string ClassOf(XElement transition) =>
        transition.Required("StorageClass") is var name && s_classes.Contains(name) ? name : throw BucketErrors.MalformedXml.AsException();

    static int DaysOf(XElement element, string name, string action) => NumberOf(element, name) is > 0 and var days
        ? days
        : throw Invalid($"'{name}' for {action} action must be a positive integer", name, element.Text(name));

    static int NumberOf(XElement element, string name) =>
        int.TryParse(element.Required(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw BucketErrors.MalformedXml.AsException();

    static long? SizeOf(XElement element, string name) => element.Text(name) is not { } text
        ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw BucketErrors.MalformedXml.AsException();

    static DateTimeOffset DateOf(string text)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
            throw BucketErrors.MalformedXml.AsException();
        return date.TimeOfDay == TimeSpan.Zero ? date : throw Invalid("'Date' must be at midnight GMT", "Date", text);
    }

    static AwsException Invalid(string message, string name, string? value) => BucketErrors.InvalidArgument(message, name, value).AsException();
}
