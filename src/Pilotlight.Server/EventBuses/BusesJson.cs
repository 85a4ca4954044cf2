using System.Text.Json.Serialization;

namespace Pilotlight.EventBuses;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventBus))]
[JsonSerializable(typeof(Rule))]
[JsonSerializable(typeof(RuleTarget))]
[JsonSerializable(typeof(Archive))]
[JsonSerializable(typeof(Replay))]
[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(ScheduleGroup))]
[JsonSerializable(typeof(ScheduleTarget))]
[JsonSerializable(typeof(DeliveryPlan))]
sealed partial class BusesJson : JsonSerializerContext;
