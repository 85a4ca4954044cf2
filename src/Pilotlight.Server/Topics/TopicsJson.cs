using System.Text.Json.Serialization;

namespace Pilotlight.Topics;

/// <summary>What the stores of this slice keep.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Topic))]
[JsonSerializable(typeof(Subscription))]
[JsonSerializable(typeof(TopicMessage))]
[JsonSerializable(typeof(List<string>))]
sealed partial class TopicsJson : JsonSerializerContext;
