using System.Globalization;
using System.Runtime.CompilerServices;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>A caller as the evaluator knows it.</summary>
/// <param name="Version">
/// Of the account whose policies these are. It grows with every change and is never reached again while the process lives, so a
/// decision may be remembered by it.
/// </param>
public sealed record KnownPrincipal(Principal Principal, PrincipalPolicies Policies, long Version);

/// <summary>
/// Who a caller is and what its policies are. Asked at every request, so the answer is remembered with the caller (which a credential
/// makes once) until its account changes; documents were compiled when they were first needed.
/// </summary>
public sealed class PrincipalCatalog(AccountCatalog accounts, AwsManagedPolicies awsPolicies, Organization organization)
{
    readonly ConditionalWeakTable<Caller, KnownPrincipal> _known = [];

    public KnownPrincipal Of(Caller caller)
    {
        var account = accounts.Find(caller.AccountId);
        if (_known.TryGetValue(caller, out var known) && known.Version == account.Version)
            return known;
        known = new KnownPrincipal(PrincipalOf(caller, account), PoliciesOf(caller, account), account.Version);
        _known.AddOrUpdate(caller, known);
        return known;
    }

    /// <summary>What the evaluator takes for the caller's side.</summary>
    public PrincipalPolicies PoliciesOf(Caller caller) => Of(caller).Policies;

    /// <summary>The role or user of this ARN as if it called itself (for simulations), or null.</summary>
    public KnownPrincipal? FindByArn(string arn)
    {
        if (accounts.FindUser(arn) is { } user)
        {
            return Of(new Caller
            {
                AccountId = user.AccountId,
                Arn = user.Arn,
                UserId = user.Id,
                PrincipalId = user.Id,
                UserName = user.Name,
                Kind = CallerKind.User,
            });
        }

        if (accounts.FindRole(arn) is not { } role)
            return null;
        return Of(new Caller
        {
            AccountId = role.AccountId,
            Arn = $"arn:aws:sts::{role.AccountId}:assumed-role/{role.Name}/simulation",
            UserId = $"{role.Id}:simulation",
            PrincipalId = role.Id,
            RoleArn = role.Arn,
            SessionOfArn = role.Arn,
            SessionName = "simulation",
            Kind = CallerKind.AssumedRole,
        });
    }

    /// <summary>The documents that are given to a user, group or role itself, inline ones first.</summary>
    public IEnumerable<Policy> PoliciesOf(PolicyHolder holder, Account account)
    {
        foreach (var inline in holder.InlinePolicies)
            yield return inline.Document.Compile(inline.Name);
        foreach (var arn in holder.AttachedPolicies)
        {
            if (Managed(arn, account) is { } policy)
                yield return policy;
        }
    }

    Principal PrincipalOf(Caller caller, Account account) => new()
    {
        Kind = caller.Kind switch
        {
            CallerKind.Root => PrincipalKind.Root,
            CallerKind.User => PrincipalKind.User,
            CallerKind.AssumedRole => PrincipalKind.RoleSession,
            CallerKind.FederatedUser => PrincipalKind.FederatedUser,
            CallerKind.Service => PrincipalKind.Service,
            _ => PrincipalKind.Anonymous,
        },
        Arn = caller.Arn,
        AccountId = caller.AccountId,
        UserId = caller.UserId,
        UserName = caller.Kind == CallerKind.User ? caller.UserName : null,
        SessionOfArn = caller.SessionOfArn ?? caller.RoleArn,
        Tags = Principal.TagTable([
            .. (HolderOf(caller, account)?.Tags ?? []).Select(tag => KeyValuePair.Create(tag.Key, tag.Value)), .. caller.SessionTags]),
        OrganizationId = organization.Id,
        OrganizationPath = organization.Path,
        SessionKeys = SessionKeysOf(caller),
    };

    PrincipalPolicies PoliciesOf(Caller caller, Account account)
    {
        var policies = new PrincipalPolicies { ServiceControl = organization.PoliciesOf(caller.AccountId) };
        if (caller.SessionPolicies is not null || caller.Kind == CallerKind.FederatedUser)
            policies = policies with { Session = SessionPoliciesOf(caller, account) };
        if (HolderOf(caller, account) is not { } holder)
            // Root lends what it likes to a federated user; the session policy is the only limit.
            return caller.Kind == CallerKind.FederatedUser && caller.PrincipalId == caller.AccountId ? policies with { Identity = [Everything] } : policies;
        var identity = PoliciesOf(holder, account);
        if (holder is User user)
            identity = identity.Concat(account.GroupsOf(user).SelectMany(group => PoliciesOf(group, account)));
        return policies with
        {
            Identity = [.. identity],
            PermissionsBoundary = holder.PermissionsBoundary is { } boundary ? Managed(boundary, account) ?? Nothing : null,
        };
    }

    /// <summary>The user or role whose policies the caller has; by its unique id, for another may bear the name now.</summary>
    static PolicyHolder? HolderOf(Caller caller, Account account)
    {
        switch (caller.Kind)
        {
            case CallerKind.AssumedRole when caller.RoleArn is { } arn:
                return account.Roles.Find(arn[(arn.LastIndexOf('/') + 1)..]) is { } role && role.Id == caller.PrincipalId ? role : null;
            case CallerKind.User or CallerKind.FederatedUser:
                return account.Users.FindById(caller.PrincipalId);
            default:
                return null;
        }
    }

    IReadOnlyList<Policy> SessionPoliciesOf(Caller caller, Account account) =>
    [
        .. (caller.SessionPolicies ?? []).Select(text => new PolicyText(text).Compile("session policy")),
        .. caller.SessionPolicyArns.Select(arn => Managed(arn, account)).OfType<Policy>(),
    ];

    Policy? Managed(string arn, Account account) => (awsPolicies.Find(arn) ?? account.FindPolicy(arn))?.Document.Compile(arn);

    /// <summary>In place of a boundary that is gone.</summary>
    static Policy Nothing { get; } = Policy.Parse(
        """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}""", PolicyKind.Identity, "a permissions boundary that does not exist");

    static Policy Everything { get; } = Policy.Parse(
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""", PolicyKind.Identity, "root");

    static ConditionTable? SessionKeysOf(Caller caller)
    {
        if (caller.IssuedAt is not { } issued)
            return null;
        var keys = new List<KeyValuePair<string, ConditionValues>>();
        Add("aws:TokenIssueTime", issued.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Add("aws:MultiFactorAuthPresent", caller.MfaAt is null ? "false" : "true");
        Add("aws:SourceIdentity", caller.SourceIdentity);
        Add("aws:FederatedProvider", caller.FederatedProvider);
        Add("lambda:SourceFunctionArn", caller.SourceFunctionArn);
        return ConditionTable.From(keys);

        void Add(string key, string? value)
        {
            if (value is not null)
                keys.Add(KeyValuePair.Create<string, ConditionValues>(key, value));
        }
    }
}
