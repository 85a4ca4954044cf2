using Pilotlight.Administration;
using Pilotlight.Audit;
using Pilotlight.Authentication;
using Pilotlight.Authorization;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.EventBuses;
using Pilotlight.EventSources;
using Pilotlight.Functions;
using Pilotlight.HttpApis;
using Pilotlight.Identities;
using Pilotlight.Invocations;
using Pilotlight.Metering;
using Pilotlight.RuntimeApi;
using Pilotlight.Streams;
using Pilotlight.Topics;

namespace Pilotlight;

/// <summary>Everything that can be set, from (weakest first) the JSON file, <c>PILOTLIGHT__Section__Key</c> and flags.</summary>
public sealed class PlatformOptions
{
    public ServerOptions Server { get; set; } = new();
    public SandboxSettings Sandbox { get; set; } = new();
    public RuntimesOptions Runtimes { get; set; } = new();
    public EnvironmentsOptions Environments { get; set; } = new();

    public StemsOptions Stems { get; set; } = new();

    public MeteringOptions Metering { get; set; } = new();
    public SourcesOptions Sources { get; set; } = new();
    public FunctionsOptions Functions { get; set; } = new();
    public FunctionUrlOptions FunctionUrls { get; set; } = new();
    public HttpApisOptions HttpApis { get; set; } = new();
    public CodeSigningOptions CodeSigning { get; set; } = new();
    public StreamingOptions Streaming { get; set; } = new();
    public InvocationsOptions Invocations { get; set; } = new();
    public ConcurrencyOptions Concurrency { get; set; } = new();
    public IamOptions Iam { get; set; } = new();
    public OrganizationOptions Organization { get; set; } = new();
    public AuditOptions Audit { get; set; } = new();
    public AuthenticationOptions Authentication { get; set; } = new();
    public StreamsOptions Streams { get; set; } = new();
    public TopicsOptions Topics { get; set; } = new();
    public EventBusOptions EventBuses { get; set; } = new();
    public OpenTelemetryOptions OpenTelemetry { get; set; } = new();
}

/// <summary>Section <c>Server</c>.</summary>
public sealed class ServerOptions
{
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>0 for any free port.</summary>
    public int Port { get; set; } = 4566;

    public string DataFolder { get; set; } = "data";

    /// <summary>
    /// A PEM or PKCS#12 file; <c>generated</c> for one that the server makes; <c>none</c> for plain HTTP. Empty: none on loopback, else
    /// generated.
    /// </summary>
    public string Certificate { get; set; } = "";

    /// <summary>The PEM file of the certificate's private key; empty when it is in the same file.</summary>
    public string CertificateKey { get; set; } = "";

    public string CertificatePassword { get; set; } = "";

    /// <summary>Removes the data folder at the end; for <c>run</c> and tests.</summary>
    public bool TemporaryData { get; set; }

    /// <summary>Trace, Debug, Information, Warning, Error or None.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;
}

/// <summary>Section <c>Sandbox</c>.</summary>
public sealed class SandboxSettings
{
    /// <summary><c>auto</c>, <c>container</c> or <c>process</c>.</summary>
    public string Driver { get; set; } = "auto";

    /// <summary><c>auto</c>, <c>crun</c>, <c>runc</c>, <c>runsc</c> or a path.</summary>
    public string Runtime { get; set; } = "auto";

    /// <summary><c>nat</c> or <c>none</c>.</summary>
    public string Network { get; set; } = "nat";

    public string? StateFolder { get; set; }

    /// <summary>Path of <c>pilotlight-guest</c>; found beside the program when empty.</summary>
    public string GuestPath { get; set; } = "";
}
