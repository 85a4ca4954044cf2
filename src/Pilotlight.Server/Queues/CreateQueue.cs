using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Queues;

static class CreateQueue
{
    public static async ValueTask<AwsResult> Handle(SqsCall call, TimeProvider time)
    {
        var name = call.Input.Required("QueueName");
        var attributes = call.Input.Map("Attributes", "Attribute");
        var isFifo = attributes.Any(static attribute => attribute is { Key: "FifoQueue", Value: "true" });
        if (!(isFifo ? QueueKey.FifoName() : QueueKey.StandardName()).IsMatch(name))
        {
            return SqsErrors.InvalidParameter(isFifo
                ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"
                : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
        }

        var key = call.KeyOfName(name);
        var tags = call.Input.Map("tags", "Tag", "Key");
        if (QueueTags.Refusal(tags, QueueSettings.NoTexts) is { } refusal)
            return refusal;
        var values = QueueAttributes.Apply(key, QueueSettings.NoTexts, attributes, call.Catalog.Find);
        var queue = await call.Catalog.CreateAsync(key, present => Decide(present, values, tags, time.GetUtcNow()));
        return call.Answer(answer => answer.Text("QueueUrl", call.UrlOf(queue.Key)));
    }

    static QueueSettings? Decide(
        Queue? present, ImmutableSortedDictionary<string, string> values, IReadOnlyList<KeyValuePair<string, string>> tags, DateTimeOffset now)
    {
        if (present is null)
            return new QueueSettings(values) { Modified = now, Tags = QueueSettings.NoTexts.SetItems(tags) };
        return QueueAttributes.Difference(present, values) is { } attribute ? throw SqsErrors.QueueExists(attribute).AsException() : null;
    }
}
