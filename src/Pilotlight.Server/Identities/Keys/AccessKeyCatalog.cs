using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Every long-term key in memory, written through to the store.</summary>
public sealed class AccessKeyCatalog
{
    public const string FirstAccountId = "000000000000";

    const string TestSecret = "test";
    const int SecretBytes = 30;
    const int MaxAccountKeys = 1024;

    readonly AccessKeyStore _store;
    readonly bool _allowTestKey;
    readonly TimeProvider _time;

    readonly ConcurrentDictionary<string, Credential> _keys = new(StringComparer.Ordinal);

    /// <summary>On loopback an account's number is a key of its root. Only a memory; it may be emptied at any time.</summary>
    readonly ConcurrentDictionary<string, Credential> _accountKeys = new(StringComparer.Ordinal);

    internal AccessKeyCatalog(AccessKeyStore store, AccountCatalog accounts, IOptions<IdentitiesOptions> options, TimeProvider time)
    {
        _store = store;
        _allowTestKey = options.Value.AllowTestKey;
        _time = time;
        accounts.UserChanged += Replace;
    }

    /// <summary>
    /// Reads the keys, and sees to it that the first account has one. Returns the root key that was made, which the caller shows
    /// to the operator: it is not shown again.
    /// </summary>
    public async Task<RootKey?> OpenAsync(CancellationToken cancellation)
    {
        _store.Migrate();
        var now = _time.GetUtcNow();
        await _store.AddAccountAsync(FirstAccountId, now, cancellation);
        var keys = _store.ReadRootKeys();
        RootKey? made = null;
        if (!_allowTestKey && keys.Count == 0)
        {
            made = RootKey.New(FirstAccountId);
            await _store.AddRootKeyAsync(made, now, cancellation);
            keys.Add(made);
        }

        foreach (var key in keys)
            _keys[key.AccessKeyId] = new Credential(key.SecretAccessKey, RootWith(key));
        if (_allowTestKey)
            _keys["test"] = WellKnown(FirstAccountId, "test");
        return made;
    }

    public Credential? TryFind(ReadOnlySpan<char> accessKeyId)
    {
        if (_keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(accessKeyId, out var key))
            return key;
        return _allowTestKey && IsAccountId(accessKeyId) ? FindAccountKey(accessKeyId) : null;
    }

    /// <summary>A root key for an account that has none yet, or one more. Its secret is shown this once.</summary>
    internal async Task<RootKey> AddRootKeyAsync(string accountId, CancellationToken cancellation)
    {
        var key = RootKey.New(accountId);
        await _store.AddAccountAsync(accountId, _time.GetUtcNow(), cancellation);
        await _store.AddRootKeyAsync(key, _time.GetUtcNow(), cancellation);
        _keys[key.AccessKeyId] = new Credential(key.SecretAccessKey, RootWith(key));
        return key;
    }

    /// <summary>The key of a new account's root: on loopback the account's number is one.</summary>
    internal async Task<RootKey> RootKeyOfAsync(string accountId, CancellationToken cancellation) =>
        _allowTestKey ? new RootKey(accountId, accountId, TestSecret) : await AddRootKeyAsync(accountId, cancellation);

    /// <summary>A key for a user, to be kept with the user, and the secret that is shown this once.</summary>
    internal (UserKey Key, string Secret) NewUserKey(string accountId)
    {
        var id = AccessKeyId.NewLongTerm(accountId);
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));
        return (new UserKey(id, true, _store.Seal(id, secret), _time.GetUtcNow()), secret);
    }

    internal static bool IsAccountId(ReadOnlySpan<char> text) => text.Length == 12 && !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>A user's active keys prove the user as it now is; what was deactivated or deleted proves nothing from now on.</summary>
    void Replace(User? before, User? after)
    {
        foreach (var key in before?.AccessKeys ?? [])
        {
            if (after?.AccessKeys.Any(kept => kept.Id == key.Id && kept.IsActive) != true)
                _keys.TryRemove(key.Id, out _);
        }

        if (after is null)
            return;
        foreach (var key in after.AccessKeys.Where(key => key.IsActive))
            _keys[key.Id] = new Credential(_store.Open(key.Id, key.SealedSecret), CallerOf(after, key.Id));
    }

    Credential FindAccountKey(ReadOnlySpan<char> accountId)
    {
        var known = _accountKeys.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(accountId, out var credential))
            return credential;
        if (_accountKeys.Count >= MaxAccountKeys)
            _accountKeys.Clear();
        var id = accountId.ToString();
        return _accountKeys.GetOrAdd(id, WellKnown(id, id));
    }

    static Credential WellKnown(string accountId, string accessKeyId) =>
        new(TestSecret, RootWith(new RootKey(accountId, accessKeyId, TestSecret))) { IsWellKnown = true };

    static Caller CallerOf(User user, string accessKeyId) => new()
    {
        AccountId = user.AccountId,
        Arn = user.Arn,
        UserId = user.Id,
        PrincipalId = user.Id,
        UserName = user.Name,
        Kind = CallerKind.User,
        AccessKeyId = accessKeyId,
    };

    static Caller RootWith(RootKey key) => new()
    {
        AccountId = key.AccountId,
        Arn = $"arn:aws:iam::{key.AccountId}:root",
        UserId = key.AccountId,
        PrincipalId = key.AccountId,
        Kind = CallerKind.Root,
        AccessKeyId = key.AccessKeyId,
    };
}
