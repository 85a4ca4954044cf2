namespace Pilotlight.Functions;

/// <summary>Environments to be kept initialised for a version or an alias.</summary>
/// <param name="Requested">How many.</param>
/// <param name="LastModified">When that was last asked for.</param>
public sealed record ProvisionedConcurrency(int Requested, DateTimeOffset LastModified);

/// <summary>As GetFunction and the operations on reserved concurrency show it; null when none is reserved.</summary>
public sealed record FunctionConcurrency(int? ReservedConcurrentExecutions);
