using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ChangeMessageVisibilityBatch
{
    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var queue = call.Queue;
        var entries = BatchInput.Read(call.Input, "ChangeMessageVisibilityBatchRequestEntry")
            .ConvertAll(entry => (entry.Id, Refusal: ChangeMessageVisibility.Change(queue, entry.Entry)));
        return call.Answer(answer =>
        {
            answer.Entries(
                "Successful", "ChangeMessageVisibilityBatchResultEntry", entries.Where(static entry => entry.Refusal is null),
                static (entry, changed) => entry.Text("Id", changed.Id));
            BatchInput.WriteFailures(answer, entries.Where(static entry => entry.Refusal is not null)
                .Select(static entry => new BatchFailure(entry.Id, entry.Refusal!)));
        });
    }
}
