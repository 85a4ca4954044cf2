using Pilotlight.Api;
using RabbitMQ.Client;

namespace Pilotlight.EventSources;

/// <summary>Brokers of Amazon MQ that are RabbitMQ. ARNs do not tell the engine: the address in the settings does.</summary>
sealed class RabbitSource(SourcesOptions options) : IEventSource
{
    public IReadOnlyList<string> Actions { get; } = ["mq:DescribeBroker"];

    public bool Serves(EventSourceKind kind) => kind == EventSourceKind.Mq;

    public AwsError RoleRefused(string action) => AwsError.InvalidParameter(
        $"The provided execution role does not have permissions to call {action.AsSpan("mq:".Length)} on MQ");

    public IPoller Open(MappingRun run) => new RabbitPoller(run, options);

    /// <summary>How the broker of a mapping is reached.</summary>
    /// <exception cref="SourceUnavailableException">The settings do not say.</exception>
    public static ConnectionFactory ConnectionOf(EventSourceMapping mapping, SourcesOptions options)
    {
        var arn = mapping.Source.EventSourceArn!;
        if (options.Mq.EndpointOf(arn) is not { } endpoint)
            throw new SourceUnavailableException("The address of the broker is not known: set Sources:Mq:Endpoint");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps"))
            throw new SourceUnavailableException("Pilotlight polls RabbitMQ only, at an address that begins with amqp:// or amqps://; ActiveMQ is not polled");
        var access = mapping.Settings.SourceAccessConfigurations ?? [];
        var uri = access.FirstOrDefault(configuration => configuration.Type == "BASIC_AUTH")?.URI;
        if (options.FindSecret(uri) is not { } secret)
            throw new SourceUnavailableException("The secret that BASIC_AUTH names is not known: set Sources:Secrets");
        return new ConnectionFactory
        {
            Uri = address,
            UserName = secret.Username,
            Password = secret.Password,
            VirtualHost = VirtualHostOf(mapping),
            // Its owner opens it anew, and what was not acknowledged comes again.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            ClientProvidedName = $"pilotlight {mapping.Id}",
        };
    }

    public static string VirtualHostOf(EventSourceMapping mapping) =>
        mapping.Settings.SourceAccessConfigurations?.FirstOrDefault(static configuration => configuration.Type == "VIRTUAL_HOST")?.URI ?? "/";
}
