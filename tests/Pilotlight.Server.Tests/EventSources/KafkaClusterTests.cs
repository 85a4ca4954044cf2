using Confluent.Kafka;
using Pilotlight.EventSources;

namespace Pilotlight.Tests.EventSources;

/// <summary>How mappings' access configurations become the client's; there is no broker here that asks for them.</summary>
public sealed class KafkaClusterTests
{
    static readonly SourcesOptions s_options = new()
    {
        Secrets = [new SourceSecret { Name = "k", Username = "u", Password = "p", Certificate = "CERT", PrivateKey = "KEY", PrivateKeyPassword = "kp" }],
    };

    static ConsumerConfig Of(params SourceAccessConfiguration[] access) => Of(s_options, access);

    static ConsumerConfig Of(SourcesOptions options, params SourceAccessConfiguration[] access) => KafkaCluster.Of(
        new EventSourceMapping
        {
            AccountId = "0",
            Region = "r",
            Id = "id",
            FunctionArn = "f",
            Kind = "SelfManagedKafka",
            IsEnabled = true,
            State = "Enabled",
            LastModified = default,
            Source = new MappingSource { SelfManagedEventSource = new SelfManagedEventSource(new Dictionary<string, IReadOnlyList<string>> { ["KAFKA_BOOTSTRAP_SERVERS"] = ["a:1", "b:2"] }), StartingPosition = "LATEST" },
            Settings = new MappingSettings { SourceAccessConfigurations = access, SelfManagedKafkaEventSourceConfig = new KafkaConfig("group", null) },
        }, options).Consumer;

    [Theory]
    [InlineData("BASIC_AUTH", SaslMechanism.Plain)]
    [InlineData("SASL_SCRAM_256_AUTH", SaslMechanism.ScramSha256)]
    [InlineData("SASL_SCRAM_512_AUTH", SaslMechanism.ScramSha512)]
    public void Passwords_go_over_TLS(string type, SaslMechanism mechanism)
    {
        var config = Of(new SourceAccessConfiguration(type, "arn:aws:secretsmanager:us-east-1:000000000000:secret:k-AbCdEf"));
        Assert.Equal((mechanism, SecurityProtocol.SaslSsl, "u", "p"), (config.SaslMechanism, config.SecurityProtocol, config.SaslUsername, config.SaslPassword));
        Assert.Equal(("group", "a:1,b:2", AutoOffsetReset.Latest), (config.GroupId, config.BootstrapServers, config.AutoOffsetReset));
    }

    [Fact]
    public void Unless_the_settings_say_otherwise()
    {
        var options = new SourcesOptions { Secrets = s_options.Secrets, Kafka = { PlaintextSasl = true } };
        Assert.Equal(SecurityProtocol.SaslPlaintext, Of(options, new SourceAccessConfiguration("BASIC_AUTH", "k")).SecurityProtocol);
    }

    [Fact]
    public void Certificates_are_the_clients_and_the_authoritys()
    {
        var config = Of(new SourceAccessConfiguration("CLIENT_CERTIFICATE_TLS_AUTH", "k"), new SourceAccessConfiguration("SERVER_ROOT_CA_CERTIFICATE", "k"));
        Assert.Equal((SecurityProtocol.Ssl, "CERT", "KEY", "kp", "CERT"), (config.SecurityProtocol, config.SslCertificatePem, config.SslKeyPem, config.SslKeyPassword, config.SslCaPem));
        Assert.Equal(SecurityProtocol.SaslSsl, Of(new SourceAccessConfiguration("SERVER_ROOT_CA_CERTIFICATE", "k"), new SourceAccessConfiguration("BASIC_AUTH", "k")).SecurityProtocol);
        Assert.Null(Of(new SourceAccessConfiguration("VPC_SUBNET", "subnet:s")).SecurityProtocol);
    }

    [Theory]
    [InlineData("k", true)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:k", true)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:k-AbCdEf", true)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:k-more-AbCdEf", false)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:ok", false)]
    [InlineData("", false)]
    public void Secrets_are_found_by_name_or_ARN(string uri, bool found) => Assert.Equal(found, s_options.FindSecret(uri) is not null);
}
