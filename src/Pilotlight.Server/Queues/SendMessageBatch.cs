using Pilotlight.Api;

namespace Pilotlight.Queues;

static class SendMessageBatch
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var queue = call.Queue;
        var messages = new List<(string Id, NewMessage Message)>();
        var failures = new List<BatchFailure>();
        var total = 0;
        foreach (var (id, entry) in BatchInput.Read(call.Input, "SendMessageBatchRequestEntry"))
        {
            try
            {
                var message = MessageInput.Read(entry, queue, call.Sender, out var bytes);
                total += bytes;
                if (bytes > queue.Settings.MaximumMessageBytes)
                    failures.Add(new BatchFailure(id, SqsErrors.TooLong(queue.Settings.MaximumMessageBytes)));
                else
                    messages.Add((id, message));
            }
            catch (AwsException refused) when (refused.Error.Code == SqsErrors.InvalidContents.Code)
            {
                failures.Add(new BatchFailure(id, refused.Error));
            }
            catch (AwsException refused) when (refused.Error.QueryCode == "MissingParameter")
            {
                // AWS has another code for it in batches.
                return SqsErrors.InvalidParameter(refused.Error.Message);
            }
        }

        if (total > QueueAttributes.MaxMessageBytes)
            return SqsErrors.BatchTooLong(QueueAttributes.MaxMessageBytes, total);
        var sent = messages.Count == 0 ? [] : await queue.SendAsync([.. messages.Select(static entry => entry.Message)]);
        return call.Answer(answer =>
        {
            answer.Entries("Successful", "SendMessageBatchResultEntry", messages.Zip(sent), static (entry, pair) =>
            {
                entry.Text("Id", pair.First.Id);
                SendMessage.Write(entry, pair.First.Message, pair.Second);
            });
            BatchInput.WriteFailures(answer, failures);
        });
    }
}
