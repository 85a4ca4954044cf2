using System.Text;
using System.Text.Json;
using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>What a schedule delivers at one of its times.</summary>
static class SchedulePlan
{
    /// <param name="due">The age of the delivery counts from when it was to fire.</param>
    public static PendingDelivery Of(Schedule schedule, DueTime due, long id)
    {
        var scheduled = due.Scheduled;
        var execution = Guid.NewGuid().ToString();
        var target = schedule.Target;
        var input = Filled(target.Input ?? Notification(schedule, scheduled), schedule, scheduled, execution);
        // What was taken when the schedule was made is taken still.
        var sent = UniversalTarget.IsOne(target.Arn)
            ? UniversalTarget.TryRead(target.Arn, input, schedule.Scope, out _) ?? new UniversalTarget(target.Arn, input)
            : new UniversalTarget(target.Arn, input)
            {
                MessageGroupId = target.SqsParameters?.MessageGroupId,
                PartitionKey = target.KinesisParameters?.PartitionKey,
                Entry = target.EventBridgeParameters is { } entry ? new BusEntry(entry.Source ?? "", entry.DetailType ?? "", [schedule.Arn]) : null,
            };
        return new PendingDelivery
        {
            Id = id,
            AcceptedAt = due.Fire,
            Payload = Encoding.UTF8.GetBytes(sent.Payload),
            Plan = new DeliveryPlan
            {
                TargetArn = sent.Arn,
                SourceArn = schedule.Arn,
                Principal = "scheduler.amazonaws.com",
                AccountId = schedule.AccountId,
                RoleArn = target.RoleArn,
                RoleSourceArn = schedule.Scope.GroupArn(schedule.Group),
                MessageGroupId = sent.MessageGroupId,
                PartitionKey = sent.PartitionKey,
                Entry = sent.Entry,
                DeadLetterArn = target.DeadLetterConfig?.Arn,
                MaxAttempts = target.RetryPolicy?.MaximumRetryAttempts ?? 185,
                MaxAgeSeconds = target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
                DeadLetterFacts = new Dictionary<string, string>
                {
                    ["TARGET_ARN"] = target.Arn,
                    ["EXECUTION_ID"] = execution,
                    ["SCHEDULED_TIME"] = BusEvent.TimeText(scheduled),
                    ["IS_PAYLOAD_TRUNCATED"] = "false",
                },
            },
        };
    }

    /// <summary>The number of the attempt is filled in when there is one.</summary>
    static string Filled(string input, Schedule schedule, DateTimeOffset scheduled, string execution) => input
        .Replace("<aws.scheduler.schedule-arn>", schedule.Arn, StringComparison.Ordinal)
        .Replace("<aws.scheduler.scheduled-time>", BusEvent.TimeText(scheduled), StringComparison.Ordinal)
        .Replace("<aws.scheduler.execution-id>", execution, StringComparison.Ordinal);

    /// <summary>What a target gets that has no input. Its detail is a text.</summary>
    static string Notification(Schedule schedule, DateTimeOffset scheduled) => Encoding.UTF8.GetString(BusAnswer.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("version", "0");
        writer.WriteString("id", Guid.NewGuid().ToString());
        writer.WriteString("detail-type", "Scheduled Event");
        writer.WriteString("source", "aws.scheduler");
        writer.WriteString("account", schedule.AccountId);
        writer.WriteString("time", BusEvent.TimeText(scheduled));
        writer.WriteString("region", schedule.Region);
        writer.WriteStartArray("resources");
        writer.WriteStringValue(schedule.Arn);
        writer.WriteEndArray();
        writer.WriteString("detail", "{}");
        writer.WriteEndObject();
    }));
}

/// <summary>
/// A target that names an operation of a service (<c>arn:aws:scheduler:::aws-sdk:sqs:sendMessage</c>), whose input is that operation's:
/// read into what the same resource would get if it were the target itself.
/// </summary>
sealed record UniversalTarget(string Arn, string Payload)
{
    const string Prefix = "arn:aws:scheduler:::aws-sdk:";

    public string? MessageGroupId { get; init; }
    public string? PartitionKey { get; init; }
    public BusEntry? Entry { get; init; }

    public static bool IsOne(string arn) => arn.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Null when the operation is none of those that are here, or its input lacks something; <paramref name="refusal"/> says so.</summary>
    public static UniversalTarget? TryRead(string arn, string? input, BusScope scope, out string refusal)
    {
        var operation = arn[Prefix.Length..];
        refusal = $"The operation {operation} cannot be a target on this platform. It takes lambda:invoke, sqs:sendMessage, sns:publish, eventbridge:putEvents and kinesis:putRecord.";
        if (operation is not ("lambda:invoke" or "sqs:sendMessage" or "sns:publish" or "eventbridge:putEvents" or "kinesis:putRecord"))
            return null;
        refusal = $"Invalid RequestJson provided. Reason The Input of {operation} lacks a required member or is not valid.";
        if (input is null || BusEvent.Parse(Encoding.UTF8.GetBytes(input)) is not { ValueKind: JsonValueKind.Object } json)
            return null;
        return operation switch
        {
            "lambda:invoke" when Text(json, "FunctionName") is { } function => new UniversalTarget(
                function.StartsWith("arn:", StringComparison.Ordinal) ? function : Arnof(scope, "lambda", $"function:{function}"), TextOrJson(json, "Payload") ?? "{}"),
            "sqs:sendMessage" when Text(json, "QueueUrl") is { } url && Text(json, "MessageBody") is { } body && url.Split('/') is [.., var account, var queue] => new UniversalTarget(
                Arnof(scope with { AccountId = account }, "sqs", queue), body)
            { MessageGroupId = Text(json, "MessageGroupId") },
            "sns:publish" when (Text(json, "TopicArn") ?? Text(json, "TargetArn")) is { } topic && Text(json, "Message") is { } message => new UniversalTarget(topic, message),
            "kinesis:putRecord" when Text(json, "PartitionKey") is { } key && Text(json, "Data") is { } data => new UniversalTarget(
                Text(json, "StreamARN") ?? Text(json, "StreamArn") ?? Arnof(scope, "kinesis", $"stream/{Text(json, "StreamName")}"), data)
            { PartitionKey = key },
            "eventbridge:putEvents" => PutEvent(json, scope),
            _ => null,
        };
    }

    /// <summary>One entry: a schedule makes one delivery.</summary>
    static UniversalTarget? PutEvent(JsonElement json, BusScope scope)
    {
        if (!json.TryGetProperty("Entries", out var entries) || entries.ValueKind != JsonValueKind.Array || entries.GetArrayLength() != 1
            || entries[0] is not { ValueKind: JsonValueKind.Object } entry
            || Text(entry, "Source") is not { } source || Text(entry, "DetailType") is not { } type || TextOrJson(entry, "Detail") is not { } detail)
            return null;
        var bus = Text(entry, "EventBusName") ?? EventBus.Default;
        return new UniversalTarget(BusName.TryParse(bus) is null ? scope.BusArn(bus) : bus, detail) { Entry = new BusEntry(source, type, []) };
    }

    static string Arnof(BusScope scope, string service, string resource) => $"arn:aws:{service}:{scope.Region}:{scope.AccountId}:{resource}";

    static string? Text(JsonElement json, string name) => BusRequest.Member(json, name);

    static string? TextOrJson(JsonElement json, string name) =>
        Text(json, name) ?? (json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? value.GetRawText() : null);
}
