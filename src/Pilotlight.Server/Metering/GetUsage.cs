using System.Globalization;
using System.Text.Json.Serialization;

namespace Pilotlight.Metering;

/// <summary><c>GET /_pilotlight/usage?since=DAY&amp;until=DAY</c>: what was used, version by version, and what AWS would have asked for it.</summary>
static class GetUsage
{
    public static async Task HandleAsync(HttpContext http, UsageLedger ledger, UsageStore store, PriceList prices, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (!TryReadDay(http, "since", new DateOnly(today.Year, today.Month, 1), out var since) || !TryReadDay(http, "until", today, out var until))
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync("since and until are days, such as 2026-11-25.\n", http.RequestAborted);
            return;
        }

        await ledger.FlushAsync();
        var lines = store.Read(since, until)
            .GroupBy(row => row.Key with { Day = default })
            .Select(group => UsageLine.Of(group.Key, group.Aggregate(default(UsageAmounts), (sum, row) => sum + row.Amounts), prices))
            .ToArray();
        await http.Response.WriteAsJsonAsync(
            new UsageReport(since, until, prices.Currency, prices.Source, lines.Sum(line => line.Cost), lines),
            MeteringJson.Default.UsageReport, null, http.RequestAborted);
    }

    static bool TryReadDay(HttpContext http, string name, DateOnly usual, out DateOnly day)
    {
        var text = http.Request.Query[name].ToString();
        day = usual;
        return text.Length == 0 || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
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
