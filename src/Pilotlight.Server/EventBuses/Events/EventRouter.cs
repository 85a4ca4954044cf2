using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>
/// Takes events into a bus: finds the rules and archives that want them, and returns once all that follows from them is on disk. An
/// event that nothing wants costs no write.
/// </summary>
sealed class EventRouter(BusCatalogs catalogs, DeliveryStore store, DeliverySupervisor deliveries, DeliveryMeter meter, TimeProvider time)
{
    /// <summary>Events for buses that do not exist are lost, as in AWS.</summary>
    /// <param name="only">ARNs of rules; null for all.</param>
    public async Task PublishAsync(IEnumerable<(BusName Bus, BusEvent Event)> events, int hops = 0, IReadOnlyList<string>? only = null)
    {
        var now = time.GetUtcNow();
        var accepted = new List<PendingDelivery>();
        var writes = new List<Task>();
        foreach (var (name, one) in events)
        {
            if (catalogs.Buses.Find(name) is not { } bus)
                continue;
            meter.Accepted(1);
            foreach (var rule in catalogs.Rules.Matching(name, one.Source, one.Value).Where(rule => only is null || only.Contains(rule.Arn)))
            {
                meter.Matched();
                accepted.AddRange(rule.Targets.Select(target => Plan(rule, target, one, now, hops)));
            }

            // What a replay brings is in the archive already.
            if (!one.IsReplayed)
                writes.AddRange(catalogs.Archives.Wanting(bus.Arn, one).Select(archive => store.ArchiveAsync(new ArchivedEvent(archive.Arn, one.Time, now, one.Json))));
        }

        await DeliverAsync(accepted, writes);
    }

    /// <summary>A rule whose time has come: its targets get the event, though no pattern was asked.</summary>
    public Task FireAsync(Rule rule, BusEvent one) =>
        DeliverAsync([.. rule.Targets.Select(target => Plan(rule, target, one, time.GetUtcNow(), 0))], []);

    /// <summary>Returns once the deliveries are on disk; then they are on their way.</summary>
    public async Task DeliverAsync(IReadOnlyList<PendingDelivery> accepted, IEnumerable<Task> writes)
    {
        await Task.WhenAll(accepted.Select(store.AddAsync).Concat(writes));
        foreach (var delivery in accepted)
            deliveries.Accept(delivery);
    }

    /// <summary>An event that somebody delivers to a bus: a whole one, or the detail of one.</summary>
    public async ValueTask<DeliveryResult> ForwardAsync(BusName name, Delivery delivery, int hops)
    {
        if (catalogs.Buses.Find(name) is null)
            return new DeliveryResult(DeliveryEnd.NoTarget, "ResourceNotFoundException", $"Event bus {name.Name} does not exist.");
        BusEvent? one = null;
        if (delivery.Entry is not { } entry)
            one = BusEvent.TryRead(delivery.Payload, delivery.TraceHeader);
        else if (BusEvent.Parse(delivery.Payload) is { ValueKind: JsonValueKind.Object } detail)
            one = BusEvent.Make(ScopeOf(delivery, name), new EventEntry(Guid.NewGuid().ToString(), entry.Source, entry.DetailType, time.GetUtcNow())
            {
                Resources = entry.Resources,
                TraceHeader = delivery.TraceHeader,
            }, detail);
        if (one is null)
            return new DeliveryResult(DeliveryEnd.Rejected, "MalformedDetail", "Detail is malformed.");
        await PublishAsync([(name, one)], hops);
        return DeliveryResult.Delivered;
    }

    /// <summary>An event names the account and region that it came from.</summary>
    static BusScope ScopeOf(Delivery delivery, BusName bus)
    {
        var source = delivery.Sender switch
        {
            Sender.Service(_, var arn, var account) => (Arn: arn, Account: account),
            Sender.Role(var worn) => (Arn: worn.SourceArn, Account: worn.RoleArn.Split(':') is { Length: > 4 } parts ? parts[4] : bus.Scope.AccountId),
            _ => (Arn: "", Account: bus.Scope.AccountId),
        };
        return new BusScope(source.Account, source.Arn.Split(':') is [_, _, _, { Length: > 0 } region, ..] ? region : bus.Scope.Region);
    }

    PendingDelivery Plan(Rule rule, RuleTarget target, BusEvent one, DateTimeOffset now, int hops)
    {
        var payload = PayloadOf(rule, target, one, now);
        var toBus = BusName.TryParse(target.Arn);
        return new PendingDelivery
        {
            Id = store.NextId(),
            AcceptedAt = now,
            Payload = payload,
            Original = target.DeadLetterConfig?.Arn is not null && !payload.Equals(one.Json) ? one.Json : (ReadOnlyMemory<byte>?)null,
            Plan = new DeliveryPlan
            {
                TargetArn = target.Arn,
                SourceArn = rule.Arn,
                Principal = "events.amazonaws.com",
                AccountId = rule.AccountId,
                RoleArn = target.RoleArn ?? (toBus is null ? null : rule.RoleArn),
                IsOwnBus = toBus is { } bus && bus.Scope.AccountId == rule.AccountId && target.RoleArn is null,
                Hops = hops,
                MessageGroupId = target.SqsParameters?.MessageGroupId,
                PartitionKey = target.Arn.Contains(":kinesis:") ? PartitionKeyOf(target, one) : null,
                TraceHeader = one.TraceHeader,
                DeadLetterArn = target.DeadLetterConfig?.Arn,
                MaxAttempts = target.RetryPolicy?.MaximumRetryAttempts ?? 185,
                MaxAgeSeconds = target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
            },
        };
    }

    static ReadOnlyMemory<byte> PayloadOf(Rule rule, RuleTarget target, BusEvent one, DateTimeOffset now)
    {
        if (target.Input is { } input)
            return Encoding.UTF8.GetBytes(input);
        if (target.InputTransformer is { } transformer)
            return InputTemplate.Render(transformer, one, rule, now);
        if (target.InputPath is not { } path)
            return one.Json;
        return JsonPath.Find(one.Root, path) is { } found ? BusAnswer.Write(found.WriteTo) : ReadOnlyMemory<byte>.Empty;
    }

    static string PartitionKeyOf(RuleTarget target, BusEvent one) =>
        target.KinesisParameters?.PartitionKeyPath is { } path && JsonPath.Find(one.Root, path) is { } found
            ? found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText()
            : one.Id;
}

/// <summary>What events are routed by.</summary>
sealed record BusCatalogs(BusCatalog Buses, RuleCatalog Rules, ArchiveCatalog Archives)
{
    /// <summary>The rule that a request names.</summary>
    /// <exception cref="AwsException">There is no such bus or rule.</exception>
    public Rule RuleOf(AwsRequest request, string member)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        Buses.Get(bus);
        var name = request.Required(member);
        return Rules.Find(bus, name) ?? throw BusErrors.NoRule(name, bus.Name).AsException();
    }
}
