using Microsoft.Extensions.Options;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>Whether the users and roles that a resource policy names are there. Of accounts that do not live here nothing is known.</summary>
public sealed class NamedIdentities(AccountCatalog accounts, IOptions<IamOptions> options)
{
    public bool MayBe(string arn)
    {
        if (options.Value.Mode != IamMode.Enforce || arn.Split(':', 6) is not ["arn", _, "iam", "", var account, var name])
            return true;
        var isIdentity = name.StartsWith("user/", StringComparison.Ordinal) || name.StartsWith("role/", StringComparison.Ordinal);
        return !isIdentity || !accounts.Exists(account) || accounts.FindEntity(arn) is not null;
    }
}
