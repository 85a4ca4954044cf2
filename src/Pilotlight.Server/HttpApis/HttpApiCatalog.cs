using System.Collections.Concurrent;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.HttpApis;

/// <summary>
/// Every HTTP API, in memory, with the tables that its requests are answered by: immutable, found without a lock. A change is decided on
/// the newest state, written, and only then seen; changes of one API come one after the other.
/// </summary>
sealed class HttpApiCatalog(HttpApiStore store, TimeProvider time) : IErasable, IHostedService
{
    readonly Turns<string> _turns = new();
    readonly ConcurrentDictionary<string, ServedApi> _byId = new(StringComparer.Ordinal);

    public ServedApi? FindServed(string id) => _byId.GetValueOrDefault(id);

    public HttpApi? Find(string id) => FindServed(id)?.Api;

    /// <summary>By id.</summary>
    public IReadOnlyList<HttpApi> List(string accountId, string region) =>
    [
        .. _byId.Values.Select(served => served.Api).Where(api => api.AccountId == accountId && api.Region == region)
            .OrderBy(api => api.ApiId, StringComparer.Ordinal),
    ];

    public Task StartAsync(CancellationToken cancellation)
    {
        foreach (var api in store.Load())
            _byId[api.ApiId] = new ServedApi(api);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>A new API; stages that deploy by themselves are deployed.</summary>
    public async Task<HttpApi> AddAsync(HttpApi api)
    {
        var added = ApiDeployments.Follow(null, api, Now);
        await store.SaveAsync(added);
        _byId[added.ApiId] = new ServedApi(added);
        return added;
    }

    /// <summary>Changes an API: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: it goes).</summary>
    /// <exception cref="Api.AwsException">What it threw to refuse.</exception>
    public async Task<HttpApi?> ChangeAsync(string id, Func<HttpApi?, HttpApi?> decide)
    {
        using var turn = await _turns.TakeAsync(id);
        var before = Find(id);
        var after = decide(before);
        if (ReferenceEquals(before, after))
            return after;
        if (after is null)
        {
            await store.DeleteAsync(id);
            _byId.TryRemove(id, out _);
            return null;
        }

        after = ApiDeployments.Follow(before, after, Now);
        await store.SaveAsync(after);
        _byId[id] = new ServedApi(after);
        return after;
    }

    /// <summary>Forgets what authorizers answered.</summary>
    public void Recompile(HttpApi api) => _byId.TryUpdate(api.ApiId, new ServedApi(api), FindServed(api.ApiId)!);

    public async Task EraseAsync()
    {
        _byId.Clear();
        await store.EraseAsync();
    }

    /// <summary>AWS shows whole seconds.</summary>
    public DateTime Now => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;
}
