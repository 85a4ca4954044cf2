using Pilotlight.Api;

namespace Pilotlight.Queues;

static class SendMessage
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var queue = call.Queue;
        var message = MessageInput.Read(call.Input, queue, call.Sender, out var bytes);
        if (bytes > queue.Settings.MaximumMessageBytes)
            return SqsErrors.TooLong(queue.Settings.MaximumMessageBytes);
        var sent = await queue.SendAsync(message);
        return call.Answer(answer => Write(answer, message, sent));
    }

    public static void Write(SqsOutput answer, NewMessage message, SentMessage sent)
    {
        answer.Text("MessageId", sent.MessageId);
        answer.Text("MD5OfMessageBody", sent.Md5OfBody);
        answer.Text("MD5OfMessageAttributes", message.Attributes.Count > 0 ? MessageAttribute.Md5Of(message.Attributes) : null);
        answer.Text(
            "MD5OfMessageSystemAttributes",
            message.TraceHeader is { } trace ? MessageAttribute.Md5Of([new MessageAttribute("AWSTraceHeader", "String", trace, default)]) : null);
        answer.Text("SequenceNumber", sent.SequenceNumber);
    }
}
