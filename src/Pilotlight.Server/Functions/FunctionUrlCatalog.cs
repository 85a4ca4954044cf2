using System.Collections.Concurrent;

namespace Pilotlight.Functions;

/// <summary>What a URL's id leads to.</summary>
/// <param name="Alias">Null for the function itself.</param>
/// <param name="IsGone">The alias that it hung on was deleted.</param>
public readonly record struct FunctionUrlTarget(FunctionKey Function, string? Alias, bool IsGone);

/// <summary>Finds the function behind a URL's id. Follows the catalogue, so it must exist before that is loaded.</summary>
public sealed class FunctionUrlCatalog
{
    readonly ConcurrentDictionary<string, FunctionUrlTarget> _byId = new(StringComparer.Ordinal);

    public FunctionUrlCatalog(FunctionCatalog functions) => functions.Changed += Follow;

    public FunctionUrlTarget? Find(string id) => _byId.TryGetValue(id, out var target) ? target : null;

    void Follow(Function? before, Function? after)
    {
        if (ReferenceEquals(before?.Urls, after?.Urls))
            return;
        foreach (var (qualifier, url) in before?.Urls ?? [])
        {
            if (after is not null && qualifier.Length > 0 && !after.Has(qualifier))
                _byId[url.Id] = new FunctionUrlTarget(after.Key, qualifier, IsGone: true);
            else
                _byId.TryRemove(url.Id, out _);
        }

        foreach (var (qualifier, url) in after?.Urls ?? [])
            _byId[url.Id] = new FunctionUrlTarget(after!.Key, qualifier.Length > 0 ? qualifier : null, IsGone: false);
    }
}
