using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>What a policy document must be before it is kept.</summary>
static class PolicyRules
{
    const int MaxManagedChars = 6_144;
    const int MaxTrustChars = 4_096;

    /// <exception cref="AwsException">MalformedPolicyDocument</exception>
    public static PolicyText Inline(string text) => Check(text, PolicyKind.Identity);

    /// <exception cref="AwsException">MalformedPolicyDocument, or LimitExceeded</exception>
    public static PolicyText Managed(string text)
    {
        var document = Check(text, PolicyKind.Managed);
        return Policy.SizeOf(text) <= MaxManagedChars ? document : throw IamErrors.Quota("PolicySize", MaxManagedChars).AsException();
    }

    /// <summary>A role's trust policy.</summary>
    /// <exception cref="AwsException">MalformedPolicyDocument, or LimitExceeded</exception>
    public static PolicyText Trust(string text)
    {
        var document = Check(text, PolicyKind.Trust);
        return Policy.SizeOf(text) <= MaxTrustChars ? document : throw IamErrors.Quota("ACLSizePerRole", MaxTrustChars).AsException();
    }

    static PolicyText Check(string text, PolicyKind kind) => Policy.TryParse(text, kind, "", out var error) is not null
        ? new PolicyText(text)
        : throw IamErrors.Malformed(error!.Message).AsException();
}
