using System.Collections.Concurrent;

namespace Pilotlight.Identities;

/// <summary>Every account in memory, written through to the database: a change that was acknowledged is on disk and seen by everybody.</summary>
public sealed class AccountCatalog
{
    readonly AccountStore _store;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _turn = new(1, 1);
    readonly ConcurrentDictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    long _version;

    internal AccountCatalog(AccountStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
    }

    /// <summary>Raised in order, with each user that was changed or (null) deleted.</summary>
    internal event Action<User?, User?>? UserChanged;

    /// <summary>The account as it is now. One that nobody wrote to is empty.</summary>
    public Account Find(string accountId) => _accounts.TryGetValue(accountId, out var account) ? account : Account.Empty(accountId);

    public bool Exists(string accountId) => _accounts.ContainsKey(accountId);

    public IEnumerable<Account> All() => _accounts.Values.OrderBy(account => account.Id, StringComparer.Ordinal);

    /// <summary>The role of this ARN, path and all, or null: there is none, or the text is no role's ARN.</summary>
    public Role? FindRole(string roleArn) => FindByArn(roleArn, "role", static account => account.Roles);

    public User? FindUser(string userArn) => FindByArn(userArn, "user", static account => account.Users);

    /// <summary>Whatever IAM keeps under this ARN, or null.</summary>
    public IdentityEntity? FindEntity(string arn) => arn.Split(':', 6) is not ["arn", "aws", "iam", "", var accountId, var rest]
        ? null
        : rest[..(rest.IndexOf('/') is >= 0 and var slash ? slash : rest.Length)] switch
        {
            "role" => FindByArn(arn, "role", static account => account.Roles),
            "user" => FindByArn(arn, "user", static account => account.Users),
            "group" => FindByArn(arn, "group", static account => account.Groups),
            "policy" => FindByArn(arn, "policy", static account => account.Policies),
            "instance-profile" => FindByArn(arn, "instance-profile", static account => account.InstanceProfiles),
            "oidc-provider" => Find(accountId).OidcProviders.FirstOrDefault(provider => provider.Arn == arn),
            _ => null,
        };

    /// <summary>Reads everything back from the database. Before the first request.</summary>
    public void Load()
    {
        foreach (var account in _store.Load())
        {
            _accounts[account.Id] = account with { Version = ++_version };
            foreach (var user in account.Users)
                UserChanged?.Invoke(null, user);
        }
    }

    /// <summary>
    /// Changes one account: <paramref name="decide"/> sees the newest state and puts what is to become. When the task completes the
    /// change is on disk and visible.
    /// </summary>
    /// <exception cref="Api.AwsException">What <paramref name="decide"/> threw to refuse: nothing is changed then.</exception>
    public async Task<T> ChangeAsync<T>(string accountId, Func<AccountChange, T> decide)
    {
        await _turn.WaitAsync();
        try
        {
            var change = new AccountChange(Find(accountId));
            if (!Exists(accountId))
                change.Set(change.Account.Settings with { CreatedAt = _time.GetUtcNow() });
            var result = decide(change);
            if (change.Rows.Count > 0)
            {
                await _store.SaveAsync(accountId, change.Rows);
                _accounts[accountId] = change.Account with { Version = ++_version };
                foreach (var (before, after) in change.Users)
                    UserChanged?.Invoke(before, after);
            }

            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task ChangeAsync(string accountId, Action<AccountChange> decide) => ChangeAsync(accountId, change =>
    {
        decide(change);
        return true;
    });

    /// <summary>Forgets every account and what is in it.</summary>
    internal async Task ResetAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await _store.DeleteAllAsync();
            foreach (var user in _accounts.Values.SelectMany(account => account.Users))
                UserChanged?.Invoke(user, null);
            _accounts.Clear();
            _version++;
        }
        finally
        {
            _turn.Release();
        }
    }

    T? FindByArn<T>(ReadOnlySpan<char> arn, string kind, Func<Account, EntitySet<T>> set) where T : IdentityEntity
    {
        const string start = "arn:aws:iam::";
        if (!arn.StartsWith(start) || arn.Length < start.Length + 14 || !arn[(start.Length + 13)..].StartsWith(kind))
            return null;
        var entity = _accounts.TryGetValue(arn.Slice(start.Length, 12).ToString(), out var account)
            ? set(account).Find(arn[(arn.LastIndexOf('/') + 1)..].ToString())
            : null;
        return entity is not null && arn.SequenceEqual(entity.Arn) ? entity : null;
    }
}
