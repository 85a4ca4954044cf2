using System.Threading.Channels;
using Pilotlight.Targets;

namespace Pilotlight.Tests.Topics;

/// <summary>Takes the deliveries of a kind of resource, and answers as the test wants.</summary>
sealed class FakeTarget(string service) : ITarget
{
    readonly Channel<Delivery> _received = Channel.CreateUnbounded<Delivery>();

    public string Service => service;

    public string Action => $"{service}:Deliver";

    public Func<Delivery, ValueTask<DeliveryResult>> Answer { get; set; } = static _ => new(DeliveryResult.Delivered);

    public Func<string, bool> IsThere { get; set; } = static _ => true;

    public bool Exists(string arn) => IsThere(arn);

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        await _received.Writer.WriteAsync(delivery, cancellation);
        return await Answer(delivery);
    }

    public async Task<Delivery> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        return await _received.Reader.ReadAsync(patience.Token);
    }

    public bool IsQuiet => _received.Reader.Count == 0;
}
