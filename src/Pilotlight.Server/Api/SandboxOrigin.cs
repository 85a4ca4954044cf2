namespace Pilotlight.Api;

/// <summary>A connection's feature when it comes from inside a sandbox: whose code is calling. Hostile, whatever it says of itself.</summary>
public sealed record SandboxOrigin(string FunctionArn);
