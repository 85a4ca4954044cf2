using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>How many environments of which version a function's provisioned concurrency comes to.</summary>
public static class ProvisionedShares
{
    /// <summary>What one qualifier asks for: all of it for a version; behind a weighted alias each version gets its part.</summary>
    public static IReadOnlyList<(FunctionVersion Version, int Count)> Of(Function function, string qualifier)
    {
        var requested = function.Provisioned[qualifier].Requested;
        if (!function.Aliases.TryGetValue(qualifier, out var alias))
            return function.ShowVersion(qualifier) is { } direct ? [(direct, requested)] : [];
        var second = alias.Routing is { } routing ? (int)Math.Round(requested * routing.Weight, MidpointRounding.AwayFromZero) : 0;
        return
        [
            .. Published(alias.FunctionVersion, requested - second),
            .. second > 0 ? Published(alias.Routing!.Version, second) : [],
        ];

        IEnumerable<(FunctionVersion, int)> Published(string number, int count)
        {
            if (count > 0 && function.ShowVersion(number) is { IsPublished: true } version)
                yield return (version, count);
        }
    }

    /// <summary>What all qualifiers together ask for, by version.</summary>
    public static IReadOnlyList<(FunctionVersion Version, int Count)> Of(Function function) =>
    [
        .. function.Provisioned.Keys.SelectMany(qualifier => Of(function, qualifier))
            .GroupBy(share => share.Version.Generation).Select(shares => (shares.First().Version, shares.Sum(share => share.Count))),
    ];
}

/// <summary>The environments kept for one version.</summary>
/// <param name="Allocated">That exist, initialised or about to be.</param>
/// <param name="Available">That are initialised.</param>
/// <param name="FailureReason">Why the last one could not be; null once one could.</param>
public readonly record struct ProvisionedLevel(int Allocated, int Available, string? FailureReason);

/// <summary>What is kept for a version at this moment. The environments are another slice's, which provides this.</summary>
public delegate ProvisionedLevel ProvisionedLevels(FunctionVersion version);
