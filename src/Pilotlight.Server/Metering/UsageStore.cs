using System.Globalization;
using Pilotlight.Storage;

namespace Pilotlight.Metering;

/// <summary>The SQL of the account of use: a row a day and version, to which is added.</summary>
public sealed class UsageStore
{
    const string DayFormat = "yyyy-MM-dd";

    readonly Database _database;

    public UsageStore(Database database)
    {
        _database = database;
        database.Migrate("metering", """
            CREATE TABLE usage (
              account_id TEXT NOT NULL, region TEXT NOT NULL, function TEXT NOT NULL, version TEXT NOT NULL, architecture TEXT NOT NULL,
              day TEXT NOT NULL, requests BIGINT NOT NULL, errors BIGINT NOT NULL, billed_ms BIGINT NOT NULL, init_ms BIGINT NOT NULL,
              on_demand_mb_ms BIGINT NOT NULL, provisioned_mb_ms BIGINT NOT NULL, allocated_mb_ms BIGINT NOT NULL, storage_mb_ms BIGINT NOT NULL,
              PRIMARY KEY (account_id, region, function, version, architecture, day))
            """);
    }

    /// <summary>Adds to what is there. When the task completes it is on disk, all of it or nothing.</summary>
    public Task AddAsync(IReadOnlyList<UsageRow> rows) => _database.WriteAsync(connection =>
    {
        foreach (var (key, amounts) in rows.Select(row => (row.Key, row.Amounts)))
        {
            connection.Execute("""
                INSERT INTO usage (account_id, region, function, version, architecture, day, requests, errors, billed_ms, init_ms,
                  on_demand_mb_ms, provisioned_mb_ms, allocated_mb_ms, storage_mb_ms)
                VALUES ($account, $region, $function, $version, $architecture, $day, $requests, $errors, $billed, $init, $demand, $provisioned,
                  $allocated, $storage)
                ON CONFLICT (account_id, region, function, version, architecture, day) DO UPDATE SET
                  requests = usage.requests + excluded.requests, errors = usage.errors + excluded.errors,
                  billed_ms = usage.billed_ms + excluded.billed_ms, init_ms = usage.init_ms + excluded.init_ms,
                  on_demand_mb_ms = usage.on_demand_mb_ms + excluded.on_demand_mb_ms,
                  provisioned_mb_ms = usage.provisioned_mb_ms + excluded.provisioned_mb_ms,
                  allocated_mb_ms = usage.allocated_mb_ms + excluded.allocated_mb_ms,
                  storage_mb_ms = usage.storage_mb_ms + excluded.storage_mb_ms
                """,
                ("$account", key.AccountId), ("$region", key.Region), ("$function", key.Function), ("$version", key.Version),
                ("$architecture", key.Architecture), ("$day", key.Day.ToString(DayFormat, CultureInfo.InvariantCulture)),
                ("$requests", amounts.Requests), ("$errors", amounts.Errors), ("$billed", amounts.BilledMilliseconds),
                ("$init", amounts.InitMilliseconds), ("$demand", amounts.OnDemandMegabyteMilliseconds),
                ("$provisioned", amounts.ProvisionedMegabyteMilliseconds), ("$allocated", amounts.AllocatedMegabyteMilliseconds),
                ("$storage", amounts.StorageMegabyteMilliseconds));
        }
    });

    /// <summary>The days from <paramref name="since"/> to <paramref name="until"/>, both included, oldest first.</summary>
    public List<UsageRow> Read(DateOnly since, DateOnly until) => _database.Read(connection => connection.Query(
        """
        SELECT account_id, region, function, version, architecture, day, requests, errors, billed_ms, init_ms, on_demand_mb_ms,
          provisioned_mb_ms, allocated_mb_ms, storage_mb_ms
        FROM usage WHERE day >= $since AND day <= $until ORDER BY day, account_id, region, function, version, architecture
        """,
        row => new UsageRow(
            new UsageKey(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4),
                DateOnly.ParseExact(row.GetString(5), DayFormat, CultureInfo.InvariantCulture)),
            new UsageAmounts
            {
                Requests = row.GetInt64(6),
                Errors = row.GetInt64(7),
                BilledMilliseconds = row.GetInt64(8),
                InitMilliseconds = row.GetInt64(9),
                OnDemandMegabyteMilliseconds = row.GetInt64(10),
                ProvisionedMegabyteMilliseconds = row.GetInt64(11),
                AllocatedMegabyteMilliseconds = row.GetInt64(12),
                StorageMegabyteMilliseconds = row.GetInt64(13),
            }),
        ("$since", since.ToString(DayFormat, CultureInfo.InvariantCulture)), ("$until", until.ToString(DayFormat, CultureInfo.InvariantCulture))));

    public Task ClearAsync() => _database.WriteAsync(connection => connection.Execute("DELETE FROM usage"));
}
