using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html: answers while it goes on.</summary>
static class RegisterStreamConsumer
{
    const int MostConsumers = 20;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        var consumer = new StreamConsumer
        {
            Name = input.ConsumerName!,
            Status = DataStream.Creating,
            Created = services.Now,
            Tags = StreamTags.Merge(key, new Dictionary<string, string>(), input.Tags),
        };
        await services.ChangeAsync(key, stream =>
        {
            if (!stream.IsServing)
                throw StreamsErrors.NotActive(stream).AsException();
            if (stream.FindConsumer(consumer.Name) is not null)
                throw StreamsErrors.ConsumerExists(consumer.Name, key).AsException();
            return stream.Consumers.Count < MostConsumers
                ? stream with { Consumers = [.. stream.Consumers, consumer] }
                : throw StreamsErrors.LimitExceeded(
                    $"Stream {key.Name} under account {key.AccountId} cannot have more than {MostConsumers} registered consumers.").AsException();
        });
        await services.Activator.SettleAsync(key);
        return AwsResult.Json(new RegisterConsumerOutput(ConsumerViews.Of(consumer, key.Arn, null)), StreamsJson.Wire.RegisterConsumerOutput);
    }
}

static class ConsumerViews
{
    /// <param name="shownStream">The stream's ARN where the answer shows it.</param>
    public static ConsumerOutput Of(StreamConsumer consumer, string streamArn, string? shownStream) =>
        new(consumer.Name, consumer.ArnIn(streamArn), consumer.Status, Math.Floor(StreamServices.Seconds(consumer.Created)), shownStream);

    /// <summary>The consumer that a request names, by ARN or by name and stream.</summary>
    /// <exception cref="AwsException">It names none, or one that does not exist.</exception>
    public static (StreamKey Key, StreamConsumer Consumer) Existing(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        return input.ConsumerARN is { } arn ? ByArn(arn, services)
            : input.ConsumerName is { } name && StreamArn.KeyOf(request) is { } key
                ? (key, services.Existing(key).FindConsumer(name) ?? throw StreamsErrors.NoConsumer(name, key).AsException())
                : throw StreamsErrors.InvalidArgument("Either ConsumerARN or both ConsumerName and StreamARN should be provided.").AsException();
    }

    public static (StreamKey Key, StreamConsumer Consumer) ByArn(string arn, StreamServices services)
    {
        if (StreamArn.TryParse(arn) is not { Consumer: { } named } parsed)
            throw StreamsErrors.InvalidArgument($"{arn} is no ARN of a consumer.").AsException();
        var consumer = services.Existing(parsed.Stream).Consumers.FirstOrDefault(consumer => consumer.ArnIn(parsed.Stream.Arn) == arn);
        return consumer is not null ? (parsed.Stream, consumer) : throw StreamsErrors.NoConsumer(named, parsed.Stream).AsException();
    }

    /// <summary>What the permission is judged on: the consumer, as far as the request names one that exists.</summary>
    public static string ResourceOf(AwsRequest request, StreamCatalog catalog)
    {
        if (StreamArn.Text(request, "ConsumerARN") is { } arn)
            return arn;
        var stream = StreamArn.Text(request, "StreamARN") ?? "*";
        var name = StreamArn.Text(request, "ConsumerName") ?? "";
        return catalog.Find(stream)?.FindConsumer(name)?.ArnIn(stream) ?? $"{stream}/consumer/{name}";
    }
}
