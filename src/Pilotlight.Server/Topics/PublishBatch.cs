using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html</summary>
static partial class PublishBatch
{
    const int MostEntries = 10;

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var state = request.Topic();
        var entries = new List<(string Id, PublishInput Input)>();
        var count = 0;
        while (request.Text(Member(count + 1) + "Id") is not null || request.Text(Member(count + 1) + "Message") is not null)
            count++;
        if (count == 0)
            return new AwsError(400, "EmptyBatchRequest", "The batch request doesn't contain any entries.");
        if (count > MostEntries)
            return new AwsError(400, "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
        for (var index = 1; index <= count; index++)
        {
            var id = request.Text(Member(index) + "Id") ?? "";
            if (!Id().IsMatch(id))
                return new AwsError(400, "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification.");
            if (entries.Exists(entry => entry.Id == id))
                return new AwsError(400, "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
            entries.Add((id, PublishInput.Read(request.Request, Member(index), $"publishBatchRequestEntries.{index}.member.")));
        }

        if (entries.Sum(static entry => (long)entry.Input.Bytes) > PublishInput.MaxBytes)
            return new AwsError(400, "BatchRequestTooLong", "The length of all the messages put together is more than the limit.");
        foreach (var (_, input) in entries)
            input.CheckFor(state.Topic);
        // All are queued in their order before the first is waited for.
        var tasks = entries.ConvertAll(entry => request.Services.Publisher.PublishAsync(state, entry.Input));
        var published = await Task.WhenAll(tasks);
        return QueryAnswer.Of(request.Request, xml =>
        {
            xml.List("Failed", Array.Empty<string>(), static (_, _) => { });
            xml.List("Successful", entries.Zip(published), static (xml, entry) =>
            {
                xml.Text("Id", entry.First.Id);
                xml.Text("MessageId", entry.Second.MessageId);
                xml.Text("SequenceNumber", entry.Second.SequenceNumber);
            });
        });
    }

    static string Member(int index) => $"PublishBatchRequestEntries.member.{index}.";

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,80}\z")]
    private static partial Regex Id();
}
