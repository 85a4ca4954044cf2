using System.Collections.Immutable;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

public sealed partial class LogStore
{
    const string PolicySchema = """
        CREATE TABLE resource_policies (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            name TEXT NOT NULL,
            document TEXT NOT NULL,
            updated INTEGER NOT NULL,
            PRIMARY KEY (account, region, name));
        """;

    readonly Lock _policyGate = new();

    volatile ImmutableDictionary<LogScope, ImmutableArray<LogResourcePolicy>> _policies = ImmutableDictionary<LogScope, ImmutableArray<LogResourcePolicy>>.Empty;

    internal bool HasPolicies => !_policies.IsEmpty;

    /// <summary>By name. The same array until one of them changes.</summary>
    internal ImmutableArray<LogResourcePolicy> PoliciesOf(LogScope scope) => _policies.TryGetValue(scope, out var found) ? found : [];

    /// <summary>Adds a policy, or puts it in the place of the one of its name.</summary>
    internal async Task<AwsError?> PutPolicyAsync(LogResourcePolicy policy, int most)
    {
        var refused = await _database.WriteAsync(connection =>
        {
            var names = connection.Query(
                "SELECT name FROM resource_policies WHERE account = $account AND region = $region", static row => row.GetString(0),
                ("$account", policy.Scope.AccountId), ("$region", policy.Scope.Region));
            if (!names.Contains(policy.Name) && names.Count >= most)
                return LogsErrors.LimitExceeded;
            connection.Execute(
                """
                INSERT INTO resource_policies (account, region, name, document, updated) VALUES ($account, $region, $name, $document, $updated)
                ON CONFLICT (account, region, name) DO UPDATE SET document = excluded.document, updated = excluded.updated
                """,
                ("$account", policy.Scope.AccountId), ("$region", policy.Scope.Region), ("$name", policy.Name),
                ("$document", policy.Document), ("$updated", policy.UpdatedMilliseconds));
            return (AwsError?)null;
        });
        LoadPolicies();
        return refused;
    }

    internal async Task<AwsError?> DeletePolicyAsync(LogScope scope, string name)
    {
        var gone = await _database.WriteAsync(connection => connection.Execute(
            "DELETE FROM resource_policies WHERE account = $account AND region = $region AND name = $name",
            ("$account", scope.AccountId), ("$region", scope.Region), ("$name", name)));
        LoadPolicies();
        return gone == 0 ? LogsErrors.NoSuchPolicy(name) : null;
    }

    /// <summary>Reads the policies anew, after each change of theirs: they are few.</summary>
    void LoadPolicies()
    {
        // Who read first must not write last.
        lock (_policyGate)
        {
            _policies = _database.Read(static connection => connection.Query(
                "SELECT account, region, name, document, updated FROM resource_policies ORDER BY name",
                static row => new LogResourcePolicy(new LogScope(row.GetString(0), row.GetString(1)), row.GetString(2), row.GetString(3), row.GetInt64(4))))
                .GroupBy(static each => each.Scope).ToImmutableDictionary(static scope => scope.Key, static scope => scope.ToImmutableArray());
        }
    }
}
