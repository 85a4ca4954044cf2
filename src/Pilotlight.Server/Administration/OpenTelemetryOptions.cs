namespace Pilotlight.Administration;

/// <summary>Section <c>OpenTelemetry</c>: metrics and traces told to a collector by OTLP. Off, and free of cost, unless an endpoint is given.</summary>
public sealed class OpenTelemetryOptions
{
    /// <summary>Where the collector is, such as <c>http://127.0.0.1:4318</c>. Empty: the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, if it is set.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary><c>http/protobuf</c> or <c>grpc</c>.</summary>
    public string Protocol { get; set; } = "http/protobuf";

    /// <summary>How often metrics are told.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether every invocation is told as a span too.</summary>
    public bool Traces { get; set; } = true;

    public bool IsOn => Endpoint.Length > 0 || Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 };
}
