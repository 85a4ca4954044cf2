using System.Text.Json.Serialization;

namespace Pilotlight.Queues;

[JsonSerializable(typeof(Dictionary<string, string>))]
sealed partial class QueuesJson : JsonSerializerContext;
