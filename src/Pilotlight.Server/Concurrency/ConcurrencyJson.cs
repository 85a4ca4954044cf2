using System.Text.Json.Serialization;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PutFunctionConcurrencyRequest))]
[JsonSerializable(typeof(FunctionConcurrency))]
sealed partial class ConcurrencyJson : JsonSerializerContext;
