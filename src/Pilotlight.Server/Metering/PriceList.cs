using System.Text.Json;

namespace Pilotlight.Metering;

/// <summary>What AWS would ask for: the list prices that come with this build, or those of a file of the operator's (<c>Metering:Prices</c>).</summary>
public sealed record PriceList
{
    const double MegabyteMillisecondsPerGigabyteSecond = 1024 * 1000;

    public required string Source { get; init; }
    public required string Currency { get; init; }
    public required double MillionRequests { get; init; }
    public required double StorageGigabyteSecond { get; init; }
    public required IReadOnlyDictionary<string, ArchitecturePrices> Architectures { get; init; }

    /// <exception cref="InvalidOperationException">The file is not there, or not such a list; the message is for operators.</exception>
    public static PriceList Open(MeteringOptions options)
    {
        try
        {
            using var file = options.Prices.Length > 0
                ? File.OpenRead(options.Prices)
                : typeof(PriceList).Assembly.GetManifestResourceStream("prices.json")!;
            return JsonSerializer.Deserialize(file, MeteringJson.Default.PriceList)
                ?? throw new JsonException("It is empty.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidOperationException($"Metering:Prices '{options.Prices}' is no list of prices: {unreadable.Message}", unreadable);
        }
    }

    public double CostOf(string architecture, UsageAmounts used)
    {
        var prices = Architectures.GetValueOrDefault(architecture) ?? Architectures.Values.First();
        return used.Requests / 1e6 * MillionRequests
            + GigabyteSeconds(used.OnDemandMegabyteMilliseconds) * prices.OnDemandGigabyteSecond
            + GigabyteSeconds(used.ProvisionedMegabyteMilliseconds) * prices.ProvisionedGigabyteSecond
            + GigabyteSeconds(used.AllocatedMegabyteMilliseconds) * prices.AllocatedGigabyteSecond
            + GigabyteSeconds(used.StorageMegabyteMilliseconds) * StorageGigabyteSecond;
    }

    public static double GigabyteSeconds(long megabyteMilliseconds) => megabyteMilliseconds / MegabyteMillisecondsPerGigabyteSecond;
}

public sealed record ArchitecturePrices
{
    public required double OnDemandGigabyteSecond { get; init; }
    public required double ProvisionedGigabyteSecond { get; init; }
    public required double AllocatedGigabyteSecond { get; init; }
}
