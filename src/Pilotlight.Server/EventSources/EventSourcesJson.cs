using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.EventSources;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(EventSourceMapping))]
[JsonSerializable(typeof(MappingRequest))]
[JsonSerializable(typeof(MappingConfiguration))]
[JsonSerializable(typeof(ListMappingsResponse))]
[JsonSerializable(typeof(ShardCheckpoint))]
sealed partial class EventSourcesJson : JsonSerializerContext
{
    /// <summary>As AWS writes it: letters outside of ASCII stand for themselves.</summary>
    public static EventSourcesJson Wire { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
