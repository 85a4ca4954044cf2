namespace Pilotlight.Api;

/// <summary>One number for <c>/_pilotlight/metrics</c>.</summary>
/// <param name="Name">Without the prefix <c>pilotlight_</c>; a counter ends in <c>_total</c>, and everything else is a gauge.</param>
/// <param name="Labels">Such as <c>queue="orders"</c>, or empty.</param>
public readonly record struct Metric(string Name, string Help, double Value, string Labels = "");

/// <summary>Has numbers to show. Registered as a service of this type by its slice; metrics of one name stand together.</summary>
public interface IMetricSource
{
    IEnumerable<Metric> Read();
}
