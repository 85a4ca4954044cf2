using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>One entry of a batch that was refused.</summary>
readonly record struct BatchFailure(string Id, AwsError Error);

/// <summary>What all batches have: entries with ids, which succeed or fail one by one.</summary>
static partial class BatchInput
{
    const int MaxEntries = 10;

    /// <param name="entryName">AWS's name of the entries: <c>SendMessageBatchRequestEntry</c>.</param>
    /// <exception cref="AwsException">What refuses the batch as a whole.</exception>
    public static List<(string Id, SqsInput Entry)> Read(SqsInput input, string entryName)
    {
        var entries = input.Entries("Entries", entryName);
        if (entries.Count == 0)
            throw SqsErrors.EmptyBatch(entryName).AsException();
        if (entries.Count > MaxEntries)
            throw SqsErrors.TooManyEntries(entries.Count).AsException();
        var read = new List<(string Id, SqsInput Entry)>(entries.Count);
        foreach (var entry in entries)
        {
            var id = entry.Text("Id") ?? "";
            if (!EntryId().IsMatch(id))
                throw SqsErrors.InvalidEntryId.AsException();
            if (read.Exists(other => other.Id == id))
                throw SqsErrors.IdsNotDistinct(id).AsException();
            read.Add((id, entry));
        }

        return read;
    }

    public static void WriteFailures(SqsOutput answer, IEnumerable<BatchFailure> failures) =>
        answer.Entries("Failed", "BatchResultErrorEntry", failures, static (entry, failure) =>
        {
            entry.Text("Id", failure.Id);
            entry.Flag("SenderFault", failure.Error.Status < 500);
            entry.Text("Code", failure.Error.QueryCode ?? failure.Error.Code);
            entry.Text("Message", failure.Error.Message);
        });

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,80}\z")]
    private static partial Regex EntryId();
}
