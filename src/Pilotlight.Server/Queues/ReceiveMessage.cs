using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ReceiveMessage
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var (input, queue) = (call.Input, call.Queue);
        var max = input.Integer("MaxNumberOfMessages");
        if (max is < 1 or > 10)
            return SqsErrors.InvalidParameter(max, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
        var wait = input.Integer("WaitTimeSeconds");
        if (wait is < 0 or > 20)
            return SqsErrors.InvalidParameter(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
        var visibility = input.Integer("VisibilityTimeout");
        if (visibility is < 0 or > 43_200)
            return SqsErrors.InvalidParameter(visibility, "VisibilityTimeout", "Must be between 0 and 43200, if provided.");
        var attempt = input.Text("ReceiveRequestAttemptId");
        if (attempt is { Length: > 0 } && !queue.IsFifo)
            return SqsErrors.InvalidParameter(attempt, "ReceiveRequestAttemptId", "The request include parameter that is not valid for this queue type.");
        if (attempt is { Length: > 128 })
            return SqsErrors.InvalidParameter(attempt, "ReceiveRequestAttemptId", "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.");
        // The old name of the list takes part too.
        string[] systemNames = [.. input.Texts("MessageSystemAttributeNames", "MessageSystemAttributeName"), .. input.Texts("AttributeNames", "AttributeName")];
        var names = input.Texts("MessageAttributeNames", "MessageAttributeName");
        var messages = await queue.ReceiveAsync(max ?? 1, Seconds(wait), Seconds(visibility), call.Request.Aborted, string.IsNullOrEmpty(attempt) ? null : attempt);
        return call.Answer(answer =>
        {
            if (messages.Count > 0)
                answer.Entries("Messages", "Message", messages, (entry, message) => Write(entry, message, systemNames, names));
        });
    }

    static TimeSpan? Seconds(int? seconds) => seconds is { } number ? TimeSpan.FromSeconds(number) : null;

    static void Write(SqsOutput answer, ReceivedMessage message, string[] systemNames, IReadOnlyList<string> names)
    {
        answer.Text("MessageId", message.MessageId);
        answer.Text("ReceiptHandle", message.ReceiptHandle);
        answer.Text("MD5OfBody", message.Md5OfBody);
        answer.Text("Body", message.Body);
        if (systemNames.Length > 0)
        {
            var isAll = systemNames.Contains("All");
            answer.Map("Attributes", "Attribute", message.SystemAttributes().Where(attribute => isAll || systemNames.Contains(attribute.Key)));
        }

        if (names.Count == 0 || message.MessageAttributes.Count == 0)
            return;
        var chosen = message.MessageAttributes.Where(attribute => names.Any(name => Matches(name, attribute.Name))).ToList();
        if (chosen.Count == 0)
            return;
        answer.Text("MD5OfMessageAttributes", chosen.Count == message.MessageAttributes.Count ? message.Md5OfMessageAttributes : MessageAttribute.Md5Of(chosen));
        answer.Attributes(chosen);
    }

    static bool Matches(string pattern, string name) => pattern is "All" or ".*" || pattern == name
        || (pattern.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(pattern[..^2], StringComparison.Ordinal));
}
