using System.Buffers;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>How messages go to http(s) endpoints, as a topic or a subscription sets it. What is not set is null.</summary>
sealed record HttpDeliveryPolicy
{
    public const string DefaultContentType = "text/plain; charset=UTF-8";
    const int MostRetries = 100;
    const int MostSeconds = 3600;

    static readonly string[] s_backoffs = ["linear", "arithmetic", "geometric", "exponential"];

    public RetrySchedule? Retry { get; init; }

    public int? MaxReceivesPerSecond { get; init; }

    public string? ContentType { get; init; }

    public bool DisableSubscriptionOverrides { get; init; }

    /// <summary>The healthy retry policy as it was written.</summary>
    string? WrittenRetry { get; init; }

    public static HttpDeliveryPolicy None { get; } = new();

    /// <exception cref="AwsException">It is none.</exception>
    public static HttpDeliveryPolicy OfTopic(string text)
    {
        using var json = Parse(text);
        if (!json.RootElement.TryGetProperty("http", out var http))
            return None;
        return Read(http, "http.defaultHealthyRetryPolicy", "defaultHealthyRetryPolicy", "defaultThrottlePolicy", "defaultRequestPolicy") with
        {
            DisableSubscriptionOverrides = http.TryGetProperty("disableSubscriptionOverrides", out var disable) && disable.ValueKind == JsonValueKind.True,
        };
    }

    /// <exception cref="AwsException">It is none.</exception>
    public static HttpDeliveryPolicy OfSubscription(string text)
    {
        using var json = Parse(text);
        return Read(json.RootElement, "healthyRetryPolicy", "healthyRetryPolicy", "throttlePolicy", "requestPolicy");
    }

    /// <summary>What holds for a subscription: its own settings over the topic's over AWS's.</summary>
    public static HttpDeliveryPolicy Effective(HttpDeliveryPolicy? ofTopic, HttpDeliveryPolicy? ofSubscription)
    {
        var over = ofTopic is { DisableSubscriptionOverrides: true } ? null : ofSubscription;
        return new HttpDeliveryPolicy
        {
            Retry = over?.Retry ?? ofTopic?.Retry ?? RetrySchedule.Http,
            MaxReceivesPerSecond = over?.MaxReceivesPerSecond ?? ofTopic?.MaxReceivesPerSecond,
            ContentType = over?.ContentType ?? ofTopic?.ContentType ?? DefaultContentType,
            DisableSubscriptionOverrides = ofTopic?.DisableSubscriptionOverrides ?? false,
        };
    }

    /// <summary>As GetTopicAttributes shows what was set.</summary>
    public string ShownOfTopic() => Write(json =>
    {
        json.WriteStartObject("http");
        if (WrittenRetry is { } retry)
        {
            json.WritePropertyName("defaultHealthyRetryPolicy");
            json.WriteRawValue(retry);
        }

        json.WriteBoolean("disableSubscriptionOverrides", DisableSubscriptionOverrides);
        WriteThrottle(json, "defaultThrottlePolicy");
        WriteRequest(json, "defaultRequestPolicy");
        json.WriteEndObject();
    });

    /// <summary>As GetTopicAttributes shows what holds.</summary>
    public string ShownOfEffectiveTopic() => Write(json =>
    {
        json.WriteStartObject("http");
        WriteRetry(json, "defaultHealthyRetryPolicy", Retry!);
        json.WriteBoolean("disableSubscriptionOverrides", DisableSubscriptionOverrides);
        WriteThrottle(json, "defaultThrottlePolicy");
        WriteRequest(json, "defaultRequestPolicy");
        json.WriteEndObject();
    });

    /// <summary>As GetSubscriptionAttributes shows either.</summary>
    public string ShownOfSubscription() => Write(json =>
    {
        WriteRetry(json, "healthyRetryPolicy", Retry);
        json.WriteNull("sicklyRetryPolicy");
        if (MaxReceivesPerSecond is null)
            json.WriteNull("throttlePolicy");
        WriteThrottle(json, "throttlePolicy");
        if (ContentType is null)
            json.WriteNull("requestPolicy");
        WriteRequest(json, "requestPolicy");
        json.WriteBoolean("guaranteed", false);
    });

    static JsonDocument Parse(string text)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw TopicErrors.Parameter("DeliveryPolicy: " + JsonComplaint.Of(text)).AsException();
        }

        return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw Refused("must be a JSON object");
    }

    static HttpDeliveryPolicy Read(JsonElement json, string path, string retry, string throttle, string request)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Refused("http must be a JSON object");
        var policy = new HttpDeliveryPolicy();
        if (Member(json, retry) is { } healthy)
            policy = policy with { Retry = ReadRetry(healthy, path), WrittenRetry = healthy.GetRawText() };
        if (Member(json, throttle) is { } limit && limit.TryGetProperty("maxReceivesPerSecond", out _))
            policy = policy with { MaxReceivesPerSecond = Number(limit, throttle, "maxReceivesPerSecond", 1, 1, int.MaxValue) };
        if (Member(json, request) is { } header && header.TryGetProperty("headerContentType", out var type))
        {
            policy = policy with
            {
                ContentType = type.ValueKind == JsonValueKind.String && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type.GetString(), out _)
                    ? type.GetString()
                    : throw Refused($"{request}.headerContentType is not a valid content type"),
            };
        }

        return policy;
    }

    static JsonElement? Member(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null ? null
        : member.ValueKind == JsonValueKind.Object ? member : throw Refused($"{name} must be a JSON object");

    static RetrySchedule ReadRetry(JsonElement json, string path)
    {
        var minimum = Number(json, path, "minDelayTarget", 20, 1, MostSeconds);
        var maximum = Number(json, path, "maxDelayTarget", Math.Max(20, minimum), minimum, MostSeconds);
        var retries = Number(json, path, "numRetries", 3, 0, MostRetries);
        var immediate = Number(json, path, "numNoDelayRetries", 0, 0, retries);
        var atMinimum = Number(json, path, "numMinDelayRetries", 0, 0, retries);
        var atMaximum = Number(json, path, "numMaxDelayRetries", 0, 0, retries);
        if (immediate + atMinimum + atMaximum > retries)
            throw Refused($"{path}.numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries");
        var backoff = json.TryGetProperty("backoffFunction", out var function) ? function.ToString() : "linear";
        if (!s_backoffs.Contains(backoff))
            throw Refused($"{path}.backoffFunction must be one of linear, arithmetic, geometric or exponential");
        return new RetrySchedule
        {
            Immediate = immediate,
            AtMinimum = atMinimum,
            AtMaximum = atMaximum,
            BackingOff = retries - immediate - atMinimum - atMaximum,
            MinimumSeconds = minimum,
            MaximumSeconds = maximum,
            Backoff = backoff,
        };
    }

    static int Number(JsonElement json, string path, string name, int absent, int least, int most)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
            throw Refused($"{path}.{name} must be an integer");
        if (number < least)
            throw Refused($"{path}.{name} must be greater than or equal to {least}");
        return number <= most ? number : throw Refused($"{path}.{name} must be less than or equal to {most}");
    }

    static AwsException Refused(string text) => TopicErrors.Parameter("DeliveryPolicy: " + text).AsException();

    static string Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, MessageTexts.Relaxed))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void WriteRetry(Utf8JsonWriter json, string name, RetrySchedule? retry)
    {
        if (retry is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("minDelayTarget", (int)retry.MinimumSeconds);
        json.WriteNumber("maxDelayTarget", (int)retry.MaximumSeconds);
        json.WriteNumber("numRetries", retry.Retries);
        json.WriteNumber("numMaxDelayRetries", retry.AtMaximum);
        json.WriteNumber("numNoDelayRetries", retry.Immediate);
        json.WriteNumber("numMinDelayRetries", retry.AtMinimum);
        json.WriteString("backoffFunction", retry.Backoff);
        json.WriteEndObject();
    }

    void WriteThrottle(Utf8JsonWriter json, string name)
    {
        if (MaxReceivesPerSecond is not { } limit)
            return;
        json.WriteStartObject(name);
        json.WriteNumber("maxReceivesPerSecond", limit);
        json.WriteEndObject();
    }

    void WriteRequest(Utf8JsonWriter json, string name)
    {
        if (ContentType is null)
            return;
        json.WriteStartObject(name);
        json.WriteString("headerContentType", ContentType);
        json.WriteEndObject();
    }
}
