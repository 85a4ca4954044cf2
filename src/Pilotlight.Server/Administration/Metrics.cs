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

/// <summary>The counters in Prometheus' text format.</summary>
sealed class Metrics(
    InvocationMeter invocations, ConcurrencyLimiter concurrency, EnvironmentPools environments, PackageSignatures signatures, LogIngest logs, DoorMeters doors,
    IEnumerable<IMetricSource> sources)
{
    public string Write()
    {
        var text = new StringBuilder();
        Counter("pilotlight_invocations_total", "Invocations that ran, with or without an error.", invocations.Invocations);
        Counter("pilotlight_errors_total", "Invocations that ended in an error of the function or the platform.", invocations.Errors);
        text.Append("# HELP pilotlight_throttles_total Invocations that were refused, by AWS's reason.\n# TYPE pilotlight_throttles_total counter\n");
        foreach (var (reason, count) in invocations.Throttles)
            text.Append(CultureInfo.InvariantCulture, $"pilotlight_throttles_total{{reason=\"{reason}\"}} {count}\n");
        Counter("pilotlight_recursions_total", "Invocations that were stopped because their function ran in a loop.", invocations.Recursions);
        var kept = environments.Snapshot().Where(environment => environment.Initialization == InitializationType.ProvisionedConcurrency).ToList();
        var busy = kept.Count(environment => environment.State == EnvironmentState.Busy);
        Gauge("pilotlight_concurrent_executions", "Invocations in flight.", concurrency.InFlight + busy);
        Gauge("pilotlight_unreserved_concurrent_executions", "Those of them that no reservation covers.", concurrency.UnreservedInFlight);
        Gauge("pilotlight_provisioned_concurrent_executions", "Those of them in provisioned environments.", busy);
        Counter("pilotlight_provisioned_concurrency_invocations_total", "Invocations in provisioned environments.", invocations.Provisioned);
        Counter("pilotlight_provisioned_concurrency_spillover_invocations_total",
            "Invocations that ran on demand because all provisioned environments were busy.", invocations.Spillover);
        text.Append("# HELP pilotlight_provisioned_concurrency_utilization Share of a version's provisioned environments that is busy.\n"
            + "# TYPE pilotlight_provisioned_concurrency_utilization gauge\n");
        foreach (var version in kept.GroupBy(environment => (environment.Version.FunctionArn, environment.Version.Version)))
            text.Append(CultureInfo.InvariantCulture, $"pilotlight_provisioned_concurrency_utilization{{function=\"{version.Key.FunctionArn}\",version=\"{version.Key.Version}\"}} ")
                .Append(CultureInfo.InvariantCulture, $"{(double)version.Count(environment => environment.State == EnvironmentState.Busy) / version.Count():0.####}\n");
        text.Append("# HELP pilotlight_environments Execution environments by state.\n# TYPE pilotlight_environments gauge\n");
        foreach (var state in environments.Snapshot().GroupBy(environment => environment.IsFrozen ? "Frozen" : environment.State.ToString()))
            text.Append(CultureInfo.InvariantCulture, $"pilotlight_environments{{state=\"{state.Key}\"}} {state.Count()}\n");
        text.Append(CultureInfo.InvariantCulture, $"pilotlight_environments{{state=\"Starting\"}} {environments.Starting}\n");
        Counter("pilotlight_signature_validation_errors_total", "Deployments whose signature did not satisfy their code signing configuration.", signatures.Failures);
        Counter("pilotlight_log_events_total", "Events of functions and the platform that were stored.", logs.EventsIn);
        Counter("pilotlight_log_bytes_total", "Bytes of these events.", logs.BytesIn);
        Counter("pilotlight_log_events_dropped_total", "Events lost because the disk refused them or they came too late.", logs.EventsDropped);
        Gauge("pilotlight_log_buffer_bytes", "Memory in buffers of log streams.", logs.HeldBytes);
        Counter("pilotlight_failed_signatures_total", "Requests whose signature was refused.", doors.Signatures.Total);
        Counter("pilotlight_turned_away_total", "Requests of addresses that had failed too many signatures.", doors.Signatures.TurnedAway);
        Counter("pilotlight_audit_records_lost_total", "Records of the audit log that the disk refused.", doors.Audit.Lost);
        Gauge("process_resident_memory_bytes", "Resident memory of the platform.", Environment.WorkingSet);
        foreach (var metric in sources.SelectMany(static source => source.Read()).GroupBy(static metric => metric.Name))
        {
            var name = $"pilotlight_{metric.Key}";
            var type = name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {metric.First().Help}\n# TYPE {name} {type}\n");
            foreach (var (_, _, value, labels) in metric)
                text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
        }

        return text.ToString();

        void Counter(string name, string help, long value) => Line(name, help, "counter", value);
        void Gauge(string name, string help, long value) => Line(name, help, "gauge", value);
        void Line(string name, string help, string type, long value) =>
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
    }
}

/// <summary>What the stations in front of the operations count.</summary>
sealed record DoorMeters(FailedSignatures Signatures, AuditMeter Audit);
