using System.Globalization;
using System.Text.Json.Serialization;
using Pilotlight.Api;

namespace Pilotlight.Metering;

/// <summary><c>GET /_pilotlight/usage?since=DAY&amp;until=DAY</c>: what was used, version by version, and what AWS would have asked for it.</summary>
static class GetUsage
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, UsageLedger ledger, UsageStore store, PriceList prices, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (!TryReadDay(request.Query("since"), new DateOnly(today.Year, today.Month, 1), out var since)
            || !TryReadDay(request.Query("until"), today, out var until))
            return AwsError.Validation("since and until are days, such as 2026-11-25.");
        await ledger.FlushAsync();
        var lines = store.Read(since, until)
            .GroupBy(row => row.Key with { Day = default })
            .Select(group => UsageLine.Of(group.Key, group.Aggregate(default(UsageAmounts), (sum, row) => sum + row.Amounts), prices))
            .ToArray();
        return AwsResult.Json(
            new UsageReport(since, until, prices.Currency, prices.Source, lines.Sum(line => line.Cost), lines), MeteringJson.Default.UsageReport);
    }

    static bool TryReadDay(string? text, DateOnly usual, out DateOnly day)
    {
        day = usual;
        return text is null or "" || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }
}

sealed record UsageReport(DateOnly Since, DateOnly Until, string Currency, string Prices, double Cost, IReadOnlyList<UsageLine> Functions);

/// <summary>Seconds and GB-seconds as AWS bills them; <c>cost</c> is what AWS would have asked for.</summary>
sealed record UsageLine(
    string AccountId, string Region, string Function, string Version, string Architecture, long Requests, long Errors, double BilledSeconds,
    double InitSeconds, double OnDemandGigabyteSeconds, double ProvisionedGigabyteSeconds, double AllocatedGigabyteSeconds, double Cost)
{
    public static UsageLine Of(UsageKey key, UsageAmounts used, PriceList prices) => new(
        key.AccountId, key.Region, key.Function, key.Version, key.Architecture, used.Requests, used.Errors, used.BilledMilliseconds / 1000.0,
        used.InitMilliseconds / 1000.0, PriceList.GigabyteSeconds(used.OnDemandMegabyteMilliseconds),
        PriceList.GigabyteSeconds(used.ProvisionedMegabyteMilliseconds), PriceList.GigabyteSeconds(used.AllocatedMegabyteMilliseconds),
        prices.CostOf(key.Architecture, used));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(PriceList))]
sealed partial class MeteringJson : JsonSerializerContext;
