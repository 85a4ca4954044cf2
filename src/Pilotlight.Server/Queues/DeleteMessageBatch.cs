using Pilotlight.Api;

namespace Pilotlight.Queues;

static class DeleteMessageBatch
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var queue = call.Queue;
        var entries = BatchInput.Read(call.Input, "DeleteMessageBatchRequestEntry");
        var refusals = await queue.DeleteAsync([.. entries.Select(static entry => entry.Entry.Required("ReceiptHandle"))]);
        return call.Answer(answer =>
        {
            answer.Entries(
                "Successful", "DeleteMessageBatchResultEntry", entries.Where((_, index) => refusals[index] is null),
                static (entry, deleted) => entry.Text("Id", deleted.Id));
            BatchInput.WriteFailures(answer, entries.Zip(refusals).Where(static pair => pair.Second is not null)
                .Select(static pair => new BatchFailure(pair.First.Id, pair.Second!)));
        });
    }
}
