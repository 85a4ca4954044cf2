using System.Globalization;
using System.Text;
using Pilotlight.Api;
using Pilotlight.Audit;
using Pilotlight.Authentication;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.Logs;

namespace Pilotlight.Administration;

/// <summary>Every number of the platform, each under one name, in Prometheus' text format.</summary>
sealed class Metrics(
    InvocationMeter invocations, ConcurrencyLimiter concurrency, EnvironmentPools environments, PackageSignatures signatures, LogIngest logs, DoorMeters doors,
    IEnumerable<IMetricSource> sources, IEnumerable<DurationHistogram> histograms)
{
    public string Write()
    {
        var text = new StringBuilder();
        foreach (var metric in Read().GroupBy(static metric => metric.Name))
        {
            var name = metric.Key.StartsWith("process_", StringComparison.Ordinal) ? metric.Key : $"pilotlight_{metric.Key}";
            var type = name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {metric.First().Help}\n# TYPE {name} {type}\n");
            foreach (var (_, _, value, labels) in metric)
                text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
        }

        foreach (var histogram in histograms)
            Write(text, histogram);
        return text.ToString();
    }

    /// <summary>All but the histograms; those of one name may stand apart.</summary>
    public IEnumerable<Metric> Read() => [.. ReadOwn(), .. sources.SelectMany(static source => source.Read())];

    IEnumerable<Metric> ReadOwn()
    {
        yield return new("invocations_total", "Invocations that ran, with or without an error.", invocations.Invocations);
        yield return new("errors_total", "Invocations that ended in an error of the function or the platform.", invocations.Errors);
        foreach (var (reason, count) in invocations.Throttles)
            yield return new("throttles_total", "Invocations that were refused, by AWS's reason.", count, $"reason=\"{reason}\"");
        yield return new("recursions_total", "Invocations that were stopped because their function ran in a loop.", invocations.Recursions);
        var all = environments.Snapshot().ToList();
        var kept = all.FindAll(static environment => environment.Initialization == InitializationType.ProvisionedConcurrency);
        var busy = kept.Count(static environment => environment.State == EnvironmentState.Busy);
        yield return new("concurrent_executions", "Invocations in flight.", concurrency.InFlight + busy);
        yield return new("unreserved_concurrent_executions", "Those of them that no reservation covers.", concurrency.UnreservedInFlight);
        yield return new("provisioned_concurrent_executions", "Those of them in provisioned environments.", busy);
        yield return new("provisioned_concurrency_invocations_total", "Invocations in provisioned environments.", invocations.Provisioned);
        yield return new(
            "provisioned_concurrency_spillover_invocations_total",
            "Invocations that ran on demand because all provisioned environments were busy.", invocations.Spillover);
        foreach (var version in kept.GroupBy(static environment => (environment.Version.FunctionArn, environment.Version.Version)))
        {
            yield return new(
                "provisioned_concurrency_utilization", "Share of a version's provisioned environments that is busy.",
                Math.Round((double)version.Count(static environment => environment.State == EnvironmentState.Busy) / version.Count(), 4),
                $"function=\"{version.Key.FunctionArn}\",version=\"{version.Key.Version}\"");
        }

        const string States = "Execution environments by state.";
        foreach (var state in all.GroupBy(static environment => environment.IsFrozen ? "Frozen" : environment.State.ToString()))
            yield return new("environments", States, state.Count(), $"state=\"{state.Key}\"");
        yield return new("environments", States, environments.Starting, "state=\"Starting\"");
        yield return new(
            "signature_validation_errors_total", "Deployments whose signature did not satisfy their code signing configuration.", signatures.Failures);
        yield return new("log_events_total", "Events of functions and the platform that were stored.", logs.EventsIn);
        yield return new("log_bytes_total", "Bytes of these events.", logs.BytesIn);
        yield return new("log_events_dropped_total", "Events lost because the disk refused them or they came too late.", logs.EventsDropped);
        yield return new("log_buffer_bytes", "Memory in buffers of log streams.", logs.HeldBytes);
        yield return new("failed_signatures_total", "Requests whose signature was refused.", doors.Signatures.Total);
        yield return new("turned_away_total", "Requests of addresses that had failed too many signatures.", doors.Signatures.TurnedAway);
        yield return new("audit_records_lost_total", "Records of the audit log that the disk refused.", doors.Audit.Lost);
        yield return new("process_resident_memory_bytes", "Resident memory of the platform.", Environment.WorkingSet);
    }

    static void Write(StringBuilder text, DurationHistogram histogram)
    {
        var name = $"pilotlight_{histogram.Name}";
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {histogram.Help}\n# TYPE {name} histogram\n");
        foreach (var (labels, counts, sum) in histogram.Read())
        {
            long below = 0;
            for (var i = 0; i < counts.Count; i++)
            {
                below += counts[i];
                var bound = i < DurationHistogram.Bounds.Count ? DurationHistogram.Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {below}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {below}\n");
        }
    }
}

/// <summary>What the stations in front of the operations count.</summary>
sealed record DoorMeters(FailedSignatures Signatures, AuditMeter Audit);
