using System.Text.Json;
using Pilotlight.EventSources;

namespace Pilotlight.Tests.EventSources;

public sealed class SqsBatchTests
{
    static QueueMessage Message(string body, params KeyValuePair<string, string>[] attributes) => new(Guid.NewGuid().ToString(), "handle", body, "md5") { SystemAttributes = attributes };

    [Theory]
    [InlineData('a', 10, 2)]
    [InlineData('"', 10, 4)]
    [InlineData('ü', 10, 2)]
    public void An_event_never_is_larger_than_six_megabytes(char letter, int messages, int atLeast)
    {
        var size = letter == 'ü' ? 500_000 : 1_000_000;
        var batches = SqsBatch.Of([.. Enumerable.Range(0, messages).Select(_ => Message(new string(letter, size)))], "arn", "us-east-1");

        Assert.True(batches.Count >= atLeast);
        Assert.Equal(messages, batches.Sum(batch => batch.Messages.Count));
        foreach (var batch in batches)
        {
            var payload = batch.Finish();
            Assert.InRange(payload.Length, 1, BatchPayload.MaxBytes);
            using var json = JsonDocument.Parse(payload);
            Assert.Equal(batch.Messages.Count, json.RootElement.GetProperty("Records").GetArrayLength());
            batch.Dispose();
        }
    }

    [Fact]
    public void The_trace_is_that_of_the_message_or_of_a_chain_that_all_are_part_of()
    {
        var plain = KeyValuePair.Create("AWSTraceHeader", "Root=1-a");
        var chained = KeyValuePair.Create("AWSTraceHeader", "Root=1-b;Lineage=1:00000000:1");

        Assert.Equal("Root=1-a", SqsBatch.Of([Message("x", plain)], "arn", "r")[0].TraceHeader);
        Assert.Null(SqsBatch.Of([Message("x", plain), Message("y", plain)], "arn", "r")[0].TraceHeader);
        Assert.Equal(chained.Value, SqsBatch.Of([Message("x", chained), Message("y", chained)], "arn", "r")[0].TraceHeader);
        Assert.Null(SqsBatch.Of([Message("x", chained), Message("y")], "arn", "r")[0].TraceHeader);
        Assert.Null(SqsBatch.Of([Message("x")], "arn", "r")[0].TraceHeader);
    }
}
