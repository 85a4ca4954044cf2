namespace Pilotlight.EventSources;

/// <summary>Section <c>Sources</c>: where the sources of mappings are that are not this platform's own.</summary>
public sealed class SourcesOptions
{
    public SqsSourceOptions Sqs { get; set; } = new();

    /// <summary>Kinesis elsewhere, in place of the streams of this platform.</summary>
    public StreamSourceOptions Kinesis { get; set; } = new();

    public StreamSourceOptions DynamoDb { get; set; } = new();

    public MqSourceOptions Mq { get; set; } = new();

    public KafkaSourceOptions Kafka { get; set; } = new();

    /// <summary>What the secrets of Secrets Manager hold that mappings name: there is no Secrets Manager here.</summary>
    public List<SourceSecret> Secrets { get; set; } = [];

    /// <summary>The secret that a mapping names, by its ARN or its name; null when there is none.</summary>
    public SourceSecret? FindSecret(string? uri) => uri is null
        ? null
        : Secrets.FirstOrDefault(secret => secret.Name.Length > 0
            && (secret.Name == uri || uri.EndsWith($":secret:{secret.Name}", StringComparison.Ordinal) || IsWithSuffix(uri, secret.Name)));

    /// <summary>ARNs of secrets end in a dash and six characters that their names do not have.</summary>
    static bool IsWithSuffix(string uri, string name)
    {
        var at = uri.LastIndexOf($":secret:{name}-", StringComparison.Ordinal);
        return at >= 0 && uri.Length - (at + ":secret:".Length + name.Length + 1) == 6;
    }
}

/// <summary>Section <c>Sources:Sqs</c>: SQS elsewhere, in place of the queues of this platform.</summary>
public sealed class SqsSourceOptions
{
    /// <summary>Such as <c>https://sqs.eu-central-1.amazonaws.com</c>; empty for the queues of this platform.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Empty for that of the queue's ARN.</summary>
    public string Region { get; set; } = "";

    /// <summary>Empty for what the environment has (<c>AWS_ACCESS_KEY_ID</c>, a profile, ...).</summary>
    public string AccessKeyId { get; set; } = "";

    public string SecretAccessKey { get; set; } = "";
}

/// <summary>Section <c>Sources:Mq</c>: where the brokers are whose ARNs mappings name.</summary>
public sealed class MqSourceOptions
{
    /// <summary><c>amqp://host:5672</c> or <c>amqps://host:5671</c>, for every broker that <see cref="Brokers"/> does not name.</summary>
    public string Endpoint { get; set; } = "";

    public List<NamedEndpoint> Brokers { get; set; } = [];

    /// <summary>Null when there is none.</summary>
    public string? EndpointOf(string arn) => NamedEndpoint.Find(Brokers, arn) ?? (Endpoint.Length > 0 ? Endpoint : null);
}

/// <summary>Section <c>Sources:Kafka</c>. Self-managed clusters name their servers themselves.</summary>
public sealed class KafkaSourceOptions
{
    /// <summary>Bootstrap servers, <c>host:9092,host:9092</c>, of every MSK cluster that <see cref="Clusters"/> does not name.</summary>
    public string Endpoint { get; set; } = "";

    public List<NamedEndpoint> Clusters { get; set; } = [];

    /// <summary>SASL without TLS, which AWS has not, for brokers of one's own.</summary>
    public bool PlaintextSasl { get; set; }

    /// <summary>Null when there is none.</summary>
    public string? EndpointOf(string arn) => NamedEndpoint.Find(Clusters, arn) ?? (Endpoint.Length > 0 ? Endpoint : null);
}

/// <summary>Where one broker or cluster is.</summary>
public sealed class NamedEndpoint
{
    public string Arn { get; set; } = "";

    public string Endpoint { get; set; } = "";

    internal static string? Find(IReadOnlyList<NamedEndpoint> all, string arn) =>
        all.FirstOrDefault(named => named.Arn == arn && named.Endpoint.Length > 0)?.Endpoint;
}

/// <summary>One of <c>Sources:Secrets</c>.</summary>
public sealed class SourceSecret
{
    /// <summary>The secret's ARN, or its name.</summary>
    public string Name { get; set; } = "";

    public string Username { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>PEM: of the client, for <c>CLIENT_CERTIFICATE_TLS_AUTH</c>; of the authority, for <c>SERVER_ROOT_CA_CERTIFICATE</c>.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>PEM.</summary>
    public string PrivateKey { get; set; } = "";

    public string PrivateKeyPassword { get; set; } = "";
}
