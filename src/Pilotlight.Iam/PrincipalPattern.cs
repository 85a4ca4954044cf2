namespace Pilotlight.Iam;

/// <summary>How closely a statement of a resource policy names the one who asks. More is stronger.</summary>
public enum PrincipalFit
{
    None,

    /// <summary>Its account: the account may then pass the permission on with its own policies.</summary>
    Account,

    /// <summary>The role, or the user, whose session it is: counts as one of the role's own policies.</summary>
    Role,

    /// <summary>It itself, or everybody: needs no other allow within the account.</summary>
    Itself,
}

/// <summary>One entry of a Principal or NotPrincipal element.</summary>
readonly record struct PrincipalPattern(PrincipalForm Form, string Value)
{
    /// <summary>Null: no such principal can exist.</summary>
    public static PrincipalPattern? TryParse(string type, string value)
    {
        switch (type)
        {
            case "AWS" when value == "*":
                return new PrincipalPattern(PrincipalForm.Everyone, value);
            case "AWS" when IsAccountId(value):
                return new PrincipalPattern(PrincipalForm.Account, value);
            case "AWS" when IsUniqueId(value):
                return new PrincipalPattern(PrincipalForm.UniqueId, value);
            case "AWS":
                return OfArn(value);
            case "Service" when value.Length > 0 && !value.AsSpan().ContainsAny('*', '?'):
                return new PrincipalPattern(PrincipalForm.Service, value);
            case "Service" when value == "*":
                return new PrincipalPattern(PrincipalForm.AnyService, value);
            case "Federated" when value.Length > 0:
                return new PrincipalPattern(value == "*" ? PrincipalForm.AnyFederated : PrincipalForm.Federated, value);
            case "CanonicalUser" when value.Length > 0:
                return new PrincipalPattern(PrincipalForm.CanonicalUser, value);
            default:
                return null;
        }
    }

    public PrincipalFit FitOf(Principal principal) => Form switch
    {
        PrincipalForm.Everyone => PrincipalFit.Itself,
        PrincipalForm.Account => principal.AccountId == Value ? principal.Kind == PrincipalKind.Root ? PrincipalFit.Itself : PrincipalFit.Account : PrincipalFit.None,
        PrincipalForm.Arn when principal.Arn == Value => PrincipalFit.Itself,
        PrincipalForm.Arn when principal.SessionOfArn == Value => PrincipalFit.Role,
        PrincipalForm.UniqueId => FitOfUniqueId(principal),
        PrincipalForm.Service => Itself(principal.Kind == PrincipalKind.Service && principal.Arn.Equals(Value, StringComparison.OrdinalIgnoreCase)),
        PrincipalForm.AnyService => Itself(principal.Kind == PrincipalKind.Service),
        PrincipalForm.Federated => Itself(principal.Kind == PrincipalKind.WebIdentity && principal.Arn == Value),
        PrincipalForm.AnyFederated => Itself(principal.Kind == PrincipalKind.WebIdentity),
        _ => PrincipalFit.None,
    };

    static PrincipalFit Itself(bool fits) => fits ? PrincipalFit.Itself : PrincipalFit.None;

    PrincipalFit FitOfUniqueId(Principal principal)
    {
        if (principal.UserId == Value)
            return PrincipalFit.Itself;
        // AROA…:session is a session of AROA….
        return principal.Kind == PrincipalKind.RoleSession && principal.UserId.Length > Value.Length && principal.UserId[Value.Length] == ':'
            && principal.UserId.StartsWith(Value, StringComparison.Ordinal)
            ? PrincipalFit.Role
            : PrincipalFit.None;
    }

    /// <summary>Wildcards inside an ARN mean nothing in a principal, and are refused.</summary>
    static PrincipalPattern? OfArn(string value)
    {
        if (!Arn.IsWellFormed(value) || value.AsSpan().ContainsAny('*', '?'))
            return null;
        var service = Arn.Segment(value, 2);
        var resource = Arn.Segment(value, 5);
        var account = Arn.Segment(value, 4);
        if (!IsAccountId(account) || !Arn.Segment(value, 3).IsEmpty)
            return null;
        if (service is "iam")
        {
            if (resource is "root")
                return new PrincipalPattern(PrincipalForm.Account, account.ToString());
            if (IsNamed(resource, "user/") || IsNamed(resource, "role/"))
                return new PrincipalPattern(PrincipalForm.Arn, value);
        }
        else if (service is "sts" && (IsNamed(resource, "federated-user/") || IsNamed(resource, "assumed-role/") && resource.Count('/') == 2))
            return new PrincipalPattern(PrincipalForm.Arn, value);

        return null;
    }

    static bool IsNamed(ReadOnlySpan<char> resource, string prefix) => resource.StartsWith(prefix) && resource.Length > prefix.Length && resource[^1] != '/';

    internal static bool IsAccountId(ReadOnlySpan<char> text) => text.Length == 12 && !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>What a user's or role's ARN becomes in a stored policy, and stays after the user or role was deleted.</summary>
    static bool IsUniqueId(string text) =>
        text.Length is >= 16 and <= 128 && (text.StartsWith("AIDA", StringComparison.Ordinal) || text.StartsWith("AROA", StringComparison.Ordinal))
        && text.All(char.IsAsciiLetterOrDigit);
}

enum PrincipalForm
{
    Everyone,
    Account,

    /// <summary>A user, a role, a role session or a federated user.</summary>
    Arn,
    UniqueId,
    Service,
    AnyService,
    Federated,
    AnyFederated,

    /// <summary>The canonical id of an account, which only S3 knows; nobody here has one.</summary>
    CanonicalUser,
}
