using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Functions;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(CodeSigningConfig))]
[JsonSerializable(typeof(CreateCodeSigningConfigRequest))]
[JsonSerializable(typeof(UpdateCodeSigningConfigRequest))]
[JsonSerializable(typeof(CodeSigningConfigResponse))]
[JsonSerializable(typeof(ListCodeSigningConfigsResponse))]
[JsonSerializable(typeof(ListFunctionsByCodeSigningConfigResponse))]
[JsonSerializable(typeof(PutFunctionCodeSigningConfigRequest))]
[JsonSerializable(typeof(FunctionCodeSigningConfigResponse))]
sealed partial class CodeSigningJson : JsonSerializerContext
{
    /// <summary>As AWS writes it: letters outside of ASCII stand for themselves.</summary>
    public static CodeSigningJson Wire { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
