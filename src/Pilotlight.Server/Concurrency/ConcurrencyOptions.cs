namespace Pilotlight.Concurrency;

/// <summary>Section <c>Concurrency</c>.</summary>
public sealed class ConcurrencyOptions
{
    /// <summary>Concurrent executions of an account in a region; AWS's default.</summary>
    public int AccountLimit { get; set; } = 1000;

    /// <summary>What reservations and provisioned concurrency must leave to functions without.</summary>
    public int MinimumUnreserved { get; set; } = 100;

    /// <summary>Requests a second for each unit of reserved concurrency, as AWS allows them; 0 for no such limit.</summary>
    public int ReservedRequestRate { get; set; } = 10;

    /// <summary>The same for what is not reserved. AWS: 10. Here 0, no such limit: the machine is the operator's own.</summary>
    public int AccountRequestRate { get; set; }

    /// <summary>New environments that one function may start in ten seconds.</summary>
    public int ScalingRate { get; set; } = 1000;

    /// <summary>AWS scales the minimum down for accounts whose whole limit is below it.</summary>
    internal int EffectiveMinimum => Math.Min(MinimumUnreserved, AccountLimit);
}
