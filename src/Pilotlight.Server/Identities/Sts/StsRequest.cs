using System.Globalization;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>What the operations of STS work with.</summary>
sealed record StsServices(
    AccountCatalog Accounts, PrincipalCatalog Principals, AwsManagedPolicies AwsPolicies, RoleSessions Sessions, WebIdentityVerifier WebIdentities,
    TimeProvider Time);

/// <summary>A request to STS for a session: the members of its form, what limits the session, and the answer that hands it out.</summary>
sealed class StsRequest(AwsRequest request, StsServices services)
{
    const int MaxPolicyArns = 10;
    const int MaxPolicyChars = 2_048;

    public StsServices Services => services;

    public AwsRequest Aws => request;

    public Caller Caller => request.Caller;

    public DateTimeOffset Now => services.Time.GetUtcNow();

    public string this[string name] => request.Form[name];

    public string? Text(string name) => request.Form.GetValueOrDefault(name);

    public int? Number(string name) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>The session policies and tags of the request; policies are looked up in the account whose session it will be.</summary>
    /// <exception cref="AwsException">One of them is refused.</exception>
    public SessionLimits Limits(string accountId, Caller? chainedFrom = null)
    {
        var tags = Tags();
        var transitive = ModelCheck.FormList("TransitiveTagKeys", request.Form);
        if (transitive.Any(key => !tags.Any(tag => Same(tag.Key, key))))
            throw StsErrors.InvalidParameter("The specified transitive tag key must be included in the requested tags.").AsException();
        foreach (var key in chainedFrom?.TransitiveTagKeys ?? [])
        {
            if (tags.Any(tag => Same(tag.Key, key)))
            {
                throw StsErrors.InvalidParameter(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.").AsException();
            }

            tags.Add(new Tag(key, chainedFrom!.SessionTags[key]));
            transitive.Add(key);
        }

        var limits = new SessionLimits(Policy(), PolicyArns(accountId), tags, transitive);
        return limits.PackedPercent <= 100 ? limits : throw StsErrors.TooLarge(limits.PackedPercent).AsException();

        static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    List<Tag> Tags()
    {
        var tags = new List<Tag>();
        while (request.Form.TryGetValue($"Tags.member.{tags.Count + 1}.Key", out var key))
            tags.Add(new Tag(key, request.Form[$"Tags.member.{tags.Count + 1}.Value"]));
        if (tags.Select(tag => tag.Key).Distinct(StringComparer.OrdinalIgnoreCase).Count() != tags.Count)
            throw StsErrors.InvalidParameter(TagRules.Duplicate.Message).AsException();
        return tags;
    }

    string? Policy()
    {
        if (Text("Policy") is not { } text)
            return null;
        return Pilotlight.Iam.Policy.TryParse(text, PolicyKind.Identity, "session policy", out var error) is not null
            ? text
            : throw new AwsError(400, "MalformedPolicyDocument", error!.Message).AsException();
    }

    List<string> PolicyArns(string accountId)
    {
        var arns = new List<string>();
        while (request.Form.TryGetValue($"PolicyArns.member.{arns.Count + 1}.arn", out var arn))
            arns.Add(arn);
        if (arns.Count > MaxPolicyArns)
            throw StsErrors.Validation($"The number of policy ARNs must be less than or equal to {MaxPolicyArns}.").AsException();
        if (arns.Sum(arn => arn.Length) + (Text("Policy")?.Length ?? 0) > MaxPolicyChars)
            throw StsErrors.Validation($"The plaintext of the session policies must be at most {MaxPolicyChars} characters long.").AsException();
        var account = services.Accounts.Find(accountId);
        foreach (var arn in arns)
        {
            if (services.AwsPolicies.Find(arn) is null && account.FindPolicy(arn) is null)
                throw StsErrors.Validation($"Policy {arn} does not exist or is not attachable.").AsException();
        }

        return arns;
    }

    /// <summary>How long a session of a user or root lasts; root's, never more than an hour.</summary>
    public TimeSpan LongTermDuration(int defaultSeconds)
    {
        const int rootSeconds = 3_600;
        var seconds = Number("DurationSeconds") ?? defaultSeconds;
        return TimeSpan.FromSeconds(Caller.Kind == CallerKind.Root ? Math.Min(seconds, rootSeconds) : seconds);
    }

    public AwsResult Answer(SessionCredentials credentials, Action<QueryXml> more) => QueryAnswer.Of(request, xml =>
    {
        xml.Structure("Credentials", xml =>
        {
            xml.Text("AccessKeyId", credentials.AccessKeyId);
            xml.Text("SecretAccessKey", credentials.SecretAccessKey);
            xml.Text("SessionToken", credentials.SessionToken);
            xml.Date("Expiration", credentials.Expiration);
        });
        more(xml);
    });
}
