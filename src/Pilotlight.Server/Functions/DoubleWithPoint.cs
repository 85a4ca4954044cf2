using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Functions;

/// <summary>A double keeps its point, as in AWS's answers, so that clients without types don't take it for an integer.</summary>
sealed class DoubleWithPoint : JsonConverter<double>
{
    /// <summary>Up to here every whole number is exact and written without an exponent.</summary>
    const double MaxWhole = 1e15;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsInteger(value) && Math.Abs(value) < MaxWhole)
            writer.WriteRawValue(value.ToString("0.0", CultureInfo.InvariantCulture));
        else
            writer.WriteNumberValue(value);
    }
}
