using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>Topics of Kafka: clusters of one's own, and those of MSK whose servers the settings name.</summary>
sealed class KafkaSource(SourcesOptions options, ILogger<KafkaPoller> log) : IEventSource
{
    /// <summary>AWS judges what it needs of MSK and of Secrets Manager; here nothing of these is asked.</summary>
    public IReadOnlyList<string> Actions => [];

    public bool Serves(EventSourceKind kind) => kind.IsKafka;

    public AwsError RoleRefused(string action) => AwsError.InvalidParameter($"The provided execution role does not have permissions to call {action} on MSK");

    public IPoller Open(MappingRun run) => new KafkaPoller(run, options, log);
}
