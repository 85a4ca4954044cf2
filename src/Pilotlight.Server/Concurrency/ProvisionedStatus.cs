using System.Globalization;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>A provisioned concurrency configuration as the API shows it.</summary>
public sealed record ProvisionedStatus
{
    /// <summary>In lists only, with the qualifier.</summary>
    public string? FunctionArn { get; init; }

    public required int RequestedProvisionedConcurrentExecutions { get; init; }
    public required int AvailableProvisionedConcurrentExecutions { get; init; }
    public required int AllocatedProvisionedConcurrentExecutions { get; init; }

    /// <summary><c>IN_PROGRESS</c>, <c>READY</c> or <c>FAILED</c>.</summary>
    public required string Status { get; init; }

    public string? StatusReason { get; init; }
    public required string LastModified { get; init; }

    /// <summary>What is there of what was asked for. Where several qualifiers share a version, the first in order is filled first.</summary>
    public static ProvisionedStatus Of(Function function, string qualifier, ProvisionedLevels levels)
    {
        var (requested, lastModified) = function.Provisioned[qualifier];
        var (allocated, available) = (0, 0);
        string? failure = null;
        foreach (var (version, count) in ProvisionedShares.Of(function, qualifier))
        {
            var level = levels(version);
            var before = function.Provisioned.Keys.Where(other => string.CompareOrdinal(other, qualifier) < 0)
                .SelectMany(other => ProvisionedShares.Of(function, other)).Where(share => share.Version.Generation == version.Generation).Sum(share => share.Count);
            allocated += Math.Clamp(level.Allocated - before, 0, count);
            available += Math.Clamp(level.Available - before, 0, count);
            failure ??= level.FailureReason;
        }

        var ready = available >= requested;
        return new ProvisionedStatus
        {
            RequestedProvisionedConcurrentExecutions = requested,
            AvailableProvisionedConcurrentExecutions = available,
            AllocatedProvisionedConcurrentExecutions = allocated,
            Status = ready ? "READY" : failure is null ? "IN_PROGRESS" : "FAILED",
            StatusReason = ready ? null : failure,
            LastModified = lastModified.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", CultureInfo.InvariantCulture),
        };
    }
}
