using System.Collections.Concurrent;
using Pilotlight.Api;

namespace Pilotlight.Identities;

public readonly record struct AccessKeyUse(DateTimeOffset At, string Region, string Service);

/// <summary>When a user's key or a role was last used, for what: noted in memory once a minute at most, and kept over a restart.</summary>
public sealed class AccessKeyUses
{
    static readonly TimeSpan s_resolution = TimeSpan.FromMinutes(1);

    readonly AccountStore _store;
    readonly ConcurrentDictionary<string, AccessKeyUse> _uses = new(StringComparer.Ordinal);

    internal AccessKeyUses(AccountStore store) => _store = store;

    public void Load()
    {
        foreach (var (id, use) in _store.ReadUses())
            _uses[id] = use;
    }

    public AccessKeyUse? Find(string accessKeyId) => _uses.TryGetValue(accessKeyId, out var use) ? use : null;

    /// <param name="roleId">The unique id, <c>AROA…</c>.</param>
    public AccessKeyUse? FindRole(string roleId) => Find(roleId);

    /// <summary>After the signature was verified. Only the keys of users, and roles, are counted.</summary>
    public void Note(Caller caller, string service, string region, DateTimeOffset now)
    {
        var id = caller.Kind switch
        {
            CallerKind.User when caller.IssuedAt is null => caller.AccessKeyId,
            CallerKind.AssumedRole => caller.PrincipalId,
            _ => "",
        };
        if (id.Length == 0 || _uses.TryGetValue(id, out var last) && now - last.At < s_resolution)
            return;
        var use = new AccessKeyUse(now, region, service);
        _uses[id] = use;
        _store.NoteUse(id, use);
    }

    internal void Forget(string accessKeyId) => _uses.TryRemove(accessKeyId, out _);
}
