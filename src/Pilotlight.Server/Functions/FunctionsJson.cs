using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Functions;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Function))]
[JsonSerializable(typeof(FunctionVersion))]
[JsonSerializable(typeof(CreateFunctionRequest))]
[JsonSerializable(typeof(UpdateFunctionCodeRequest))]
[JsonSerializable(typeof(UpdateFunctionConfigurationRequest))]
[JsonSerializable(typeof(PublishVersionRequest))]
[JsonSerializable(typeof(CreateAliasRequest))]
[JsonSerializable(typeof(UpdateAliasRequest))]
[JsonSerializable(typeof(AliasConfiguration))]
[JsonSerializable(typeof(ListAliasesResponse))]
[JsonSerializable(typeof(CapacityProvider))]
[JsonSerializable(typeof(CreateCapacityProviderRequest))]
[JsonSerializable(typeof(UpdateCapacityProviderRequest))]
[JsonSerializable(typeof(CapacityProviderResponse))]
[JsonSerializable(typeof(ListCapacityProvidersResponse))]
[JsonSerializable(typeof(ListFunctionVersionsByCapacityProviderResponse))]
[JsonSerializable(typeof(PutFunctionScalingConfigRequest))]
[JsonSerializable(typeof(PutFunctionScalingConfigResponse))]
[JsonSerializable(typeof(GetFunctionScalingConfigResponse))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(FunctionConfiguration))]
[JsonSerializable(typeof(GetFunctionResponse))]
[JsonSerializable(typeof(ListFunctionsResponse))]
[JsonSerializable(typeof(ListVersionsResponse))]
[JsonSerializable(typeof(ListTagsResponse))]
[JsonSerializable(typeof(AccountSettingsResponse))]
[JsonSerializable(typeof(RuntimeManagementConfigResponse))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(AddPermissionRequest))]
[JsonSerializable(typeof(AddPermissionResponse))]
[JsonSerializable(typeof(GetPolicyResponse))]
[JsonSerializable(typeof(EventInvokeConfigRequest))]
[JsonSerializable(typeof(FunctionEventInvokeConfig))]
[JsonSerializable(typeof(ListEventInvokeConfigsResponse))]
[JsonSerializable(typeof(PutRuntimeManagementConfigRequest))]
[JsonSerializable(typeof(RecursionConfig))]
[JsonSerializable(typeof(FunctionUrlRequest))]
[JsonSerializable(typeof(FunctionUrlConfig))]
[JsonSerializable(typeof(ListFunctionUrlConfigsResponse))]
sealed partial class FunctionsJson : JsonSerializerContext
{
    /// <summary>As AWS writes it: letters outside of ASCII stand for themselves, and 2.0 does not become 2.</summary>
    public static FunctionsJson Wire { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new DoubleWithPoint() },
    });
}
