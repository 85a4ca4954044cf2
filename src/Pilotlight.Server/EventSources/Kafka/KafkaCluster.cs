using Confluent.Kafka;

namespace Pilotlight.EventSources;

/// <summary>How the cluster of a mapping is reached: servers, group, credentials.</summary>
sealed record KafkaCluster(string BootstrapServers, ConsumerConfig Consumer)
{
    /// <exception cref="SourceUnavailableException">The settings do not say.</exception>
    public static KafkaCluster Of(EventSourceMapping mapping, SourcesOptions options)
    {
        var servers = ServersOf(mapping, options);
        var settings = mapping.Settings;
        var group = (settings.SelfManagedKafkaEventSourceConfig ?? settings.AmazonManagedKafkaEventSourceConfig)?.ConsumerGroupId;
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = string.IsNullOrEmpty(group) ? mapping.Id : group,
            ClientId = $"pilotlight-{mapping.Id}",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = mapping.Source.StartingPosition == "LATEST" ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest,
            // A batch may take as long as a function may.
            MaxPollIntervalMs = 1_200_000,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        };
        foreach (var access in settings.SourceAccessConfigurations ?? [])
            Apply(config, access, options);
        return new KafkaCluster(servers, config);
    }

    static string ServersOf(EventSourceMapping mapping, SourcesOptions options)
    {
        if (mapping.Source.SelfManagedEventSource?.Endpoints is { } endpoints)
            return string.Join(',', endpoints.Values.SelectMany(static servers => servers));
        return options.Kafka.EndpointOf(mapping.Source.EventSourceArn!)
            ?? throw new SourceUnavailableException("The servers of the cluster are not known: set Sources:Kafka:Endpoint");
    }

    static void Apply(ConsumerConfig config, SourceAccessConfiguration access, SourcesOptions options)
    {
        switch (access.Type)
        {
            case "BASIC_AUTH":
                Sasl(SaslMechanism.Plain);
                break;
            case "SASL_SCRAM_256_AUTH":
                Sasl(SaslMechanism.ScramSha256);
                break;
            case "SASL_SCRAM_512_AUTH":
                Sasl(SaslMechanism.ScramSha512);
                break;
            case "CLIENT_CERTIFICATE_TLS_AUTH":
                config.SecurityProtocol = SecurityProtocol.Ssl;
                config.SslCertificatePem = Secret().Certificate;
                config.SslKeyPem = Secret().PrivateKey;
                if (Secret().PrivateKeyPassword is { Length: > 0 } password)
                    config.SslKeyPassword = password;
                break;
            case "SERVER_ROOT_CA_CERTIFICATE":
                config.SecurityProtocol ??= SecurityProtocol.Ssl;
                config.SslCaPem = Secret().Certificate;
                break;
        }

        void Sasl(SaslMechanism mechanism)
        {
            config.SecurityProtocol = options.Kafka.PlaintextSasl ? SecurityProtocol.SaslPlaintext : SecurityProtocol.SaslSsl;
            config.SaslMechanism = mechanism;
            config.SaslUsername = Secret().Username;
            config.SaslPassword = Secret().Password;
        }

        SourceSecret Secret() => options.FindSecret(access.URI)
            ?? throw new SourceUnavailableException($"The secret that {access.Type} names is not known: set Sources:Secrets");
    }
}
