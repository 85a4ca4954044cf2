namespace Pilotlight.Logs;

/// <summary>A policy of an account's logs in a region: which services may write into which of its groups. Immutable.</summary>
sealed record LogResourcePolicy(LogScope Scope, string Name, string Document, long UpdatedMilliseconds);
