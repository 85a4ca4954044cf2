using Microsoft.Extensions.Options;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Every long-term key in memory, written through to the store.</summary>
public sealed class AccessKeyCatalog
{
    public const string FirstAccountId = "000000000000";

    readonly AccessKeyStore _store;
    readonly bool _allowTestKey;
    readonly TimeProvider _time;

    // Replaced whole and never changed, so that a reader needs no lock.
    volatile Dictionary<string, Credential> _keys = [];

    internal AccessKeyCatalog(AccessKeyStore store, IOptions<IdentitiesOptions> options, TimeProvider time)
    {
        _store = store;
        _allowTestKey = options.Value.AllowTestKey;
        _time = time;
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

        var credentials = keys.ToDictionary(key => key.AccessKeyId, key => new Credential(key.SecretAccessKey, RootWith(key)), StringComparer.Ordinal);
        if (_allowTestKey)
        {
            var test = new RootKey(FirstAccountId, "test", "test");
            credentials[test.AccessKeyId] = new Credential(test.SecretAccessKey, RootWith(test)) { IsWellKnown = true };
        }

        _keys = credentials;
        return made;
    }

    public Credential? TryFind(ReadOnlySpan<char> accessKeyId) =>
        _keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(accessKeyId, out var key) ? key : null;

    static Caller RootWith(RootKey key) => new()
    {
        AccountId = key.AccountId,
        Arn = $"arn:aws:iam::{key.AccountId}:root",
        UserId = key.AccountId,
        Kind = CallerKind.Root,
        AccessKeyId = key.AccessKeyId,
    };
}
