using System.Text;
using Pilotlight.EventSources;

namespace Pilotlight.Tests.EventSources;

/// <summary>Answers under ReportBatchItemFailures, in the forms that AWS was seen to take.</summary>
public sealed class BatchItemFailuresTests
{
    static BatchItemFailures Read(string answer) => BatchItemFailures.Read(Encoding.UTF8.GetBytes(answer), id => id is "one" or "two");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("""{"batchItemFailures":[]}""")]
    [InlineData("""{"batchItemFailures":null}""")]
    [InlineData("""{"statusCode":200}""")]
    public void Nothing_failed(string answer) => Assert.False(Read(answer).Any);

    [Theory]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":""}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":null}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":5}]}""")]
    [InlineData("""{"batchItemFailures":[{"badKey":"one"}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"three"}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"one"},{"itemIdentifier":"three"}]}""")]
    [InlineData("""{"batchItemFailures":["one"]}""")]
    [InlineData("""{"batchItemFailures":{}}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"\ud800"}]}""")]
    [InlineData("\"done\"")]
    [InlineData("[1]")]
    [InlineData("5")]
    [InlineData("{\"batchItemFailures\":[")]
    [InlineData("no json")]
    public void All_failed_when_the_answer_makes_no_sense(string answer) => Assert.True(Read(answer).IsWholeBatch);

    [Fact]
    public void Some_failed() => Assert.Equal(["two", "one"], Read("""{"batchItemFailures":[{"itemIdentifier":"two"},{"itemIdentifier":"one"}]}""").Identifiers);

    [Fact]
    public void Kafka_names_partition_and_offset()
    {
        var failures = BatchItemFailures.Read(
            """{"batchItemFailures":[{"itemIdentifier":{"partition":"t-0","offset":100}}]}"""u8.ToArray(), id => id == "t-0:100",
            item => $"{item.GetProperty("partition").GetString()}:{item.GetProperty("offset").GetInt64()}");

        Assert.Equal(["t-0:100"], failures.Identifiers);
    }
}
