using Pilotlight.Authorization;

namespace Pilotlight.Streams;

/// <summary>Streams and their consumers as authorization sees them.</summary>
sealed class JudgedStream(StreamCatalog catalog) : IJudgedResource
{
    public string Service => "kinesis";

    public string Kind => "stream";

    public IPolicyDocument? PolicyOf(string arn) => StreamArn.TryParse(arn) is { } parsed && catalog.Find(parsed.Stream) is { } stream
        ? parsed.Consumer is null ? stream.Policy : ConsumerOf(stream, arn)?.Policy
        : null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => StreamArn.TryParse(arn) is { } parsed && catalog.Find(parsed.Stream) is { } stream
        ? parsed.Consumer is null ? stream.Tags : ConsumerOf(stream, arn)?.Tags
        : null;

    static StreamConsumer? ConsumerOf(DataStream stream, string arn) => stream.Consumers.FirstOrDefault(consumer => consumer.ArnIn(stream.Arn) == arn);
}
