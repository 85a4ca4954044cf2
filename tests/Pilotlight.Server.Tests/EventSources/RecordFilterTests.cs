using System.Text;
using Pilotlight.EventSources;

namespace Pilotlight.Tests.EventSources;

public sealed class RecordFilterTests
{
    static bool Passes(EventSourceKind kind, string content, params string[] patterns) => Passes(kind, Encoding.UTF8.GetBytes(content), patterns);

    static bool Passes(EventSourceKind kind, byte[] content, params string[] patterns) =>
        RecordFilter.Of(kind, new FilterCriteria([.. patterns.Select(pattern => new EventFilter(pattern))]))
            .Matches("m-1", static (json, id) => json.WriteString("messageId", id), content);

    [Fact]
    public void Everything_passes_where_nothing_is_filtered() => Assert.True(Passes(EventSourceKind.Sqs, "x"));

    [Theory]
    [InlineData("""{"a":1}""", """{"body":{"a":[1]}}""", true)]
    [InlineData("""{"a":2}""", """{"body":{"a":[1]}}""", false)]
    [InlineData("plain", """{"body":["plain"]}""", true)]
    [InlineData("plain", """{"body":[{"prefix":"pl"}]}""", true)]
    [InlineData("plain", """{"body":{"a":[{"exists":false}]}}""", false)]
    [InlineData("""{"a":1}""", """{"body":[{"anything-but":"x"}]}""", false)]
    [InlineData("plain", """{"messageId":["m-1"]}""", true)]
    [InlineData("""{"a":1}""", """{"messageId":["m-2"]}""", false)]
    [InlineData("""{"a":1""", """{"body":{"a":[1]}}""", false)]
    [InlineData("", """{"body":[""]}""", true)]
    public void Of_queues_matches_the_body_and_the_other_members(string body, string pattern, bool passes) =>
        Assert.Equal(passes, Passes(EventSourceKind.Sqs, body, pattern));

    [Fact]
    public void One_filter_is_enough() =>
        Assert.True(Passes(EventSourceKind.Sqs, """{"a":2}""", """{"body":{"a":[1]}}""", """{"body":{"a":[2]}}"""));

    [Fact]
    public void Streams_keep_theirs_under_other_keys()
    {
        Assert.True(Passes(EventSourceKind.Kinesis, """{"a":1}""", """{"data":{"a":[1]}}"""));
        Assert.True(Passes(EventSourceKind.SelfManagedKafka, """{"a":1}""", """{"value":{"a":[1]}}"""));
        Assert.True(Passes(EventSourceKind.Mq, """{"a":1}""", """{"data":{"a":[1]}}"""));
        Assert.False(Passes(EventSourceKind.Kinesis, [0xff, 0xfe], """{"data":[{"prefix":""}]}"""));
        Assert.True(Passes(EventSourceKind.Kinesis, [0xff, 0xfe], """{"messageId":["m-1"]}"""));
    }

    [Fact]
    public void What_is_nested_too_deeply_is_only_text() =>
        Assert.False(Passes(EventSourceKind.Sqs, new string('[', 2000) + new string(']', 2000), """{"body":{"a":[1]}}"""));
}
