using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

[JsonSerializable(typeof(PutFunctionConcurrencyRequest))]
[JsonSerializable(typeof(FunctionConcurrency))]
[JsonSerializable(typeof(PutProvisionedConcurrencyConfigRequest))]
[JsonSerializable(typeof(ProvisionedStatus))]
[JsonSerializable(typeof(ListProvisionedConcurrencyConfigsResponse))]
sealed partial class ConcurrencyJson : JsonSerializerContext
{
    /// <summary>As AWS writes it: a plus sign stands for itself.</summary>
    public static ConcurrencyJson Wire { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
